// Tells apart the features in a description, and which of them make a character recognisable in a picture.

/** English words in any form, `|` between. */
const english = (words: string) => new RegExp(`\\b(?:${words})\\b`, 'i');
/** Finnish stems: at the end of a compound and before any ending. */
const finnish = (stems: string) => new RegExp(`(?:${stems})`, 'i');
/** Finnish stems that are so short that they only count where a word begins. */
const finnishStart = (stems: string) => new RegExp(`(?<!\\p{L})(?:${stems})`, 'iu');

/** What kind of being: species, sex, age, build, calling. */
const KIND = [
  english(
    'wom[ae]n|m[ae]n|girls?|boys?|lady|ladies|lord|child(?:ren)?|teen(?:ager)?|adult|elderly|old|aged?|young|youth|person|male|female|human|' +
      'elf|elves|elven|half-\\w+|dwar(?:f|ves|ven)|orc|goblin|troll|giant|gnome|halfling|hobbit|fairy|fae|demon|devil|angel|vampire|werewol(?:f|ves)|wolf|cat|fox|dragon|lizard|bird|bear|undead|ghost|skeleton|robot|android|cyborg|alien|tiefling|mermaid|centaur|minotaur|satyr|' +
      'tall|short|slim|slender|thin|lean|lanky|gaunt|petite|small|tiny|big|large|huge|massive|fat|plump|stout|stocky|burly|broad(?:-shouldered)?|muscular|athletic|curvy|wiry|build|built|body|shoulders|hunched|' +
      'knight|wizard|witch|mage|sorcer(?:er|ess)|warrior|ranger|rogue|thief|priest(?:ess)?|cleric|monk|paladin|bard|druid|hunter|sailor|soldier|smith|king|queen|prince(?:ss)?|pirate|merchant|shaman|assassin|archer|noble(?:wo)?man',
  ),
  finnish(
    'nainen|naise|tyttö|tytö|poika|pojan|lapsi|lapse|vanhus|ihminen|haltia|kääpiö|örk|peikko|peiko|hiisi|jättiläi|keiju|vampyyr|ihmissu|lohikäär|kummitu|robotti|nuori|nuoren|vanha|iäkäs|keski-ikä|vuotia|' +
      'hoikka|hoika|solakka|lyhyt|lyhye|roteva|tanakka|lihaksik|lihava|kookas|kookka|hartia|ruumiinraken|vartalo|' +
      'ritari|velho|noita|noida|soturi|metsästäjä|pappi|papitar|munkki|druidi|merimies|sotilas|seppä|kuninga|kuningat|prinss|rosvo|kauppias|shamaani|tietäjä|jousiampuja',
  ),
  finnishStart('mies|miehen|tonttu|menninkä|pitkä (?:mies|nainen)|laiha|pieni|iso|suuri|rotu'),
];

const HAIR = [
  english(
    'hair(?:ed|style|cut)?|\\w*haired|braids?|braided|plaits?|ponytails?|pigtails?|curls?|curly|locks|dreadlocks|mohawk|bangs|fringe|bun|bald|shaved|blond(?:e)?|brunette|redhead|ginger|auburn|' +
      'beards?|bearded|moustaches?|mustaches?|goatee|stubble|sideburns|eyebrows?|fur|furry|mane|feathers',
  ),
  finnish(
    'hius|hiuks|tukka|tukan|letti|leti|palmik|kihara|poninhän|nutura|otsatuk|kalju|parta|parran|viiks|pulisong|kulmakarv|turkki|turki',
  ),
  finnishStart('harja|karva|sulka|sulat'),
];

const EYES = [
  english('eyes?|eyed|\\w+-eyed|gaze|pupils?|eyepatch|glasses|spectacles|monocle|goggles'),
  finnish('silm[äi]|katse|pupilli|monokkeli'),
];

/** Face, skin, limbs and what is on them. */
const MARKS = [
  english(
    'scars?|scarred|scarface|freckles?|freckled|moles?|birthmarks?|tattoos?|tattooed|piercings?|pierced|warts?|wrinkles?|wrinkled|dimples?|face(?:d)?|facial|nose|mouth|lips?|teeth|tusks?|fangs?|chin|jaw|cheeks?|cheekbones|forehead|' +
      'ears?|eared|horns?|horned|antlers|wings?|winged|tail|tailed|claws?|hooves|scales?|scaly|skin(?:ned)?|complexion|pale|tanned|dark-skinned|hands?|arms?|legs?|fingers?|one-\\w+|missing|prosthetic|mechanical|wooden|hook|limp|burn(?:s|ed|t)?|runes?|' +
      'face ?paint|war ?paint|makeup',
  ),
  finnish(
    'pisama|tatuoin|lävisty|syntymämer|ryppy|rypyt|rypis|hymykuop|kasvo|nenä|hampa|torahampa|leuka|leuan|poski|poske|otsa|korva|sarvi|sarve|siiv|häntä|hännä|kynsi|kynne|suomu|iho|kalpea|rusket|tumma|vaalea|riimu|maalau|proteesi|puujalka|rampa',
  ),
  finnishStart('arpi|arve|arpe|luomi|käsi|käde|jalka|jala|suu(?!r)|huule|huuli'),
];

const CLOTHES = [
  english(
    'wear(?:s|ing)?|wore|clothes|clothed|clothing|dressed|outfit|clad|cloaks?|cloaked|capes?|coats?|overcoat|jackets?|robes?|robed|dress(?:es)?|gowns?|skirts?|kilts?|tunics?|shirts?|blouse|vests?|waistcoat|doublet|trousers|pants|breeches|leggings|shorts|jeans|boots?|shoes?|sandals|barefoot|' +
      'gloves?|gauntlets?|mittens?|hats?|hoods?|hooded|caps?|helmets?|helm|crowns?|circlet|tiara|headband|bandana|veil|masks?|masked|scar(?:f|ves)|shawl|belts?|sash|armou?r(?:ed)?|chainmail|mail|breastplate|pauldrons?|leather|uniform|suit|apron|tabard|fur-\\w+|' +
      'necklaces?|pendant|amulets?|medallion|earrings?|rings?|bracelets?|brooch|jewel(?:le)?ry|feather|backpack|satchel|quiver|kimono|sari|toga|corset|ribbons?',
  ),
  finnish(
    'viitta|viita|takki|takin|mekko|mekon|kaapu|kaavu|hame|paita|paida|pusero|liivi|housu|saapp|saapas|kengä|kenkä|sandaal|paljasjalk|käsinee|hanska|kinta|rukkas|hattu|hatun|huppu|hupun|lakki|lakin|pipo|kypär|kruunu|otsanauha|huntu|naamio|huivi|vyö|haarnisk|panssari|rintapans|sotisop|nahka|nahkai|univorm|esiliina|tunika|asu(?:ssa|na)|vaattei|vaatetus|pukeutu|pukuu?|' +
      'kaulakoru|riipus|amulet|medaljo|korvakoru|korvaren|sormus|rannekoru|solki|koru|reppu|laukku|viini(?=nsä|ö)|kimono|nauha|villa',
  ),
];

const COLOURS = [
  english(
    'red|scarlet|crimson|orange|yellow|golden|gold|green|emerald|teal|turquoise|blue|azure|navy|indigo|violet|purple|pink|brown|tan|beige|black|white|grey|gray|silver(?:y)?|bronze|copper|ivory|ebony|\\w+-colou?red',
  ),
  finnish(
    'punai|punert|oranss|keltai|kullan|kultai|vihreä|vihertä|turkoos|sininen|sinise|sini[sn]|sinert|violet|liila|purppur|vaaleanpun|pinkki|pinki|ruskea|beige|valkoi|valkea|harmaa|hopea|pronssi|kupari',
  ),
  finnishStart('musta'),
];

const anyOf = (tables: RegExp[]) => (text: string) => tables.some((table) => table.test(text));
const namesFeature = anyOf([...KIND, ...HAIR, ...EYES, ...MARKS, ...CLOTHES]);

/** Whether it makes a character recognisable: species, age, build, hair, eyes, marks, clothes, colours. */
export const isDistinguishing = anyOf([...KIND, ...HAIR, ...EYES, ...MARKS, ...CLOTHES, ...COLOURS]);
export const isClothing = anyOf(CLOTHES);

const SENTENCE_END = /([;.!?…。；！？]+(?:\s+|$)|[。；，、]|\s+[–—-]\s+)/u;
const CONNECTIVE = /(\s+(?:and|with|wearing|ja|sekä)\s+)/iu;

/** A part of a text with what stands between it and the part before. */
export interface Part {
  text: string;
  glue: string;
}

/** The sentences of a text, put together again by their glue. */
export function sentencesOf(text: string): Part[] {
  return partsAt(SENTENCE_END, text);
}

/**
 * The features in a text without commas. An "and" or "with" divides only what is a feature on both of its sides, so that a
 * black and white cloak stays one.
 */
export function featuresOf(text: string): Part[] {
  return sentencesOf(text).flatMap((sentence) => {
    const parts = partsAt(CONNECTIVE, sentence.text).reduce<Part[]>(addFeature, []);
    return parts.map((part, index) => (index === 0 ? { ...part, glue: sentence.glue } : part));
  });
}

function addFeature(parts: Part[], next: Part): Part[] {
  const last = parts.at(-1);
  if (!last || (namesFeature(last.text) && namesFeature(next.text))) return [...parts, next];
  return [...parts.slice(0, -1), { text: last.text + next.glue + next.text, glue: last.glue }];
}

function partsAt(separator: RegExp, text: string): Part[] {
  const parts: Part[] = [];
  let glue = '';
  for (const [index, token] of text.split(separator).entries()) {
    const isSeparator = index % 2 === 1;
    if (isSeparator || token === '') glue += token;
    else {
      parts.push(parts.length === 0 ? { text: glue + token, glue: '' } : { text: token, glue });
      glue = '';
    }
  }
  const last = parts.at(-1);
  if (!last) return [{ text, glue: '' }];
  last.text += glue; // what ends with its own full stop keeps it
  return parts;
}
