// What the preview understands of a prompt, in English and Finnish: the scenery, the hour, the weather, and a character's colours.

const PLACES = {
  plain:
    'plain background|neutral background|simple background|white background|grey background|studio|reference sheet|character sheet|yksivärinen tausta',
  tavern: 'tavern|inn_|pub_|kitchen|library|bedroom|kapak|tavern|majatalo|krouvi|keitti|kirjasto|huonee',
  cave: 'cave_|cavern|dungeon|mine_|crypt|tomb|luola|tyrm|kaivos|kaivoks|hauta',
  castle: 'castle|fortress|palace|throne|tower|keep_|linna|palatsi|torni|valtaist',
  city: 'city_|cities|street|town_|market|alley|square|rooftop|kaupun|katu|kadu|kuja|tori_|torilla',
  sea: 'sea_|seaside|seashore|ocean|beach|ship_|boat_|harbou?r|lake_|shore|meri|meren|mere[lls]|merta|ranta|ranna|satam|laiva|järv|vene',
  desert: 'desert|dune|oasis|sahara|aavik|autiomaa|dyyni',
  mountains: 'mountain|cliff|peak_|hills|alps|vuor|kallio|jyrkän|tunturi',
  forest: 'forest|wood_|woodland|jungle|grove|metsä|metsi|viidak|lehto',
  meadow: 'meadow|field|garden|village|farm_|grass|flowers|niitty|niity|niitu|pelto|pello|puutarh|kylä|kukk',
} as const;

const HOURS = {
  night: 'night|midnight|moonlight|moonlit|starry|stars|nighttime|yö|öinen|öise|keskiyö|kuutam|täht',
  dusk: 'sunset|dusk|evening|twilight|golden hour|auringonlask|ilta|illal|illan|hämär',
  dawn: 'dawn|sunrise|morning|daybreak|auringonnous|aamu',
  day: 'day_|daylight|noon|sunny|sunlight|päivä|aurinkoi|keskipäiv',
} as const;

const WEATHERS = {
  snow: 'snow|winter|blizzard|ice_|icy_|frost|frozen|lumi|lume|lunta|talvi|talve|jää|pakka',
  rain: 'rain_|storm|thunder|sade|sataa|satei|myrsky',
  fog: 'fog_|mist_|misty|haze|sumu|usva',
  fire: 'fire|flame|burning|campfire|bonfire|inferno|tuli_|tulen|tulet|liek|nuotio|palav',
} as const;

const MOODS = {
  happy: 'smil|happy|laugh|grin|joy_|cheerful|hymy|iloi|nauru|nauraa|naurav',
  sad: 'sad_|cry_|crying|tears|mourn|melanchol|suru|itke|kyynel',
  angry: 'angry|fury|furious|rage_|scowl|fierce|battle|fight|vihai|raivo|taistel',
  amazed: 'surpris|amazed|shock|awe_|hämmäst|yllätt|järkytt',
} as const;

const COLOURS = {
  '#b8352b': 'red_|crimson|scarlet|puna',
  '#c8622a': 'ginger|auburn|copper|orange|oranssi|kupari',
  '#e3bd63': 'blonde?|golden|gold_|yellow|kelta|kulta|vaale',
  '#3f7d4a': 'green|emerald|vihre',
  '#3465a8': 'blue|azure|sapphire|sini|sinertäv',
  '#74489c': 'purple|violet|violetti|liila|purppur',
  '#e08bad': 'pink|rose_|pinkki|vaaleanpuna|roosa',
  '#7a4a2c': 'brown|chestnut|hazel|rusk',
  '#23202b': 'black|raven|dark|musta|tumma',
  '#ece8e1': 'white|snow-white|valko|valkea',
  '#a9adb8': 'gr[ea]y|silver|harma|hope',
} as const;

const THINGS = {
  hair: 'hair_|haired|hiuks|hiuk|tukka|tukan|tukk|braid|braids|ponytail|letti',
  eyes: 'eye_|eyed|silm',
  clothes:
    'cloak|cape_|coat_|tunic|dress|robe|armou?r|jacket|shirt|vest_|gown|clothes|viit|kaapu|kaavu|takki|takin|takis|mekko|meko|tunik|paita|paida|haarnis|puku|vaat',
} as const;

const HAIR_CUTS = {
  bald: 'bald|kalju',
  braids: 'braid|pigtail|letti|letit|palmik',
  ponytail: 'ponytail|poninhän',
  bun: 'bun_|updo|nuttur',
  curly: 'curl|wavy|kihar|laine',
  mohawk: 'mohawk|irokees',
} as const;

const EXTRAS = {
  beard: 'beard|parta|parra',
  glasses: 'glasses|spectacles|silmälasi',
  pointedEars: 'elf_|elven|half-elf|haltia|haltij|puolihaltia|fairy|keiju',
  emptyScene: 'establishing shot|no people|empty scene|no characters|ei ihmisiä',
} as const;

export type Place = keyof typeof PLACES;
export type Hour = keyof typeof HOURS;
export type Weather = keyof typeof WEATHERS;
export type Mood = keyof typeof MOODS;
export type HairCut = keyof typeof HAIR_CUTS;

/** Undefined where the prompt says nothing. */
export interface Reading {
  place: Place | undefined;
  hour: Hour | undefined;
  weather: Weather | undefined;
  mood: Mood | undefined;
  hairCut: HairCut | undefined;
  hair: string | undefined;
  eyes: string | undefined;
  clothes: string | undefined;
  beard: boolean;
  glasses: boolean;
  pointedEars: boolean;
  emptyScene: boolean;
}

export function readPrompt(prompt: string): Reading {
  const text = prompt.slice(0, 4000).normalize('NFC').toLowerCase();
  return {
    // A plain background is asked for at the end of a long description and still meant above all.
    place: says(PLACES.plain, text) ? 'plain' : firstOf(PLACES, text),
    hour: firstOf(HOURS, text),
    weather: firstOf(WEATHERS, text),
    mood: firstOf(MOODS, text),
    hairCut: firstOf(HAIR_CUTS, text),
    hair: colourOf('hair', text),
    eyes: colourOf('eyes', text),
    clothes: colourOf('clothes', text),
    beard: says(EXTRAS.beard, text),
    glasses: says(EXTRAS.glasses, text),
    pointedEars: says(EXTRAS.pointedEars, text),
    emptyScene: says(EXTRAS.emptyScene, text),
  };
}

/**
 * Stems match from a word's beginning, since Finnish puts its cases at the end ("metsä" finds "metsässä"). Those that begin too many
 * other words carry a `_`: they must be whole, with at most a plural ("sea" is not in "season", nor "inn" in "inner").
 */
function matcher(stems: string): RegExp {
  const known = matchers.get(stems);
  if (known) return known;
  const made = new RegExp(`(?<!\\p{L})(?:${stems.replaceAll('_', 's?(?!\\p{L})')})`, 'u');
  matchers.set(stems, made);
  return made;
}

const matchers = new Map<string, RegExp>();

function says(stems: string, text: string): boolean {
  return matcher(stems).test(text);
}

/** The one named first: in "a tavern by the sea" we are in the tavern. */
function firstOf<K extends string>(table: Readonly<Record<K, string>>, text: string): K | undefined {
  let found: { key: K; at: number } | undefined;
  for (const key of Object.keys(table) as K[]) {
    const at = text.search(matcher(table[key]));
    if (at >= 0 && at < (found?.at ?? Number.POSITIVE_INFINITY)) found = { key, at };
  }
  return found?.key;
}

/** The colour word nearest before the thing, within its clause and not beyond another thing: "red hair, green eyes and a cloak". */
function colourOf(thing: keyof typeof THINGS, text: string): string | undefined {
  for (const clause of text.split(/[,.;:()]/)) {
    const words = clause.split(/[^\p{L}]+/u).filter(Boolean);
    const at = words.findIndex((word) => isThing(thing, word));
    const colour = at < 0 ? undefined : nearestColour(words, at);
    if (colour) return colour;
  }
  return undefined;
}

const FARTHEST = 4;

function nearestColour(words: string[], thingAt: number): string | undefined {
  for (let at = thingAt; at >= Math.max(0, thingAt - FARTHEST); at -= 1) {
    const word = words[at] ?? '';
    if (at < thingAt && Object.values(THINGS).some((stems) => matcher(stems).test(word))) return undefined;
    const colour = firstOf(COLOURS, word);
    if (colour) return colour;
  }
  return undefined;
}

/** "hiukset" is hair, and so is the end of "punahiuksinen". */
function isThing(thing: keyof typeof THINGS, word: string): boolean {
  return matcher(THINGS[thing]).test(word) || WITHIN[thing].test(word);
}

const WITHIN = { hair: /hiuks|tukka/u, eyes: /silmä/u, clothes: /viitta|kaapu|haarnis/u } as const;
