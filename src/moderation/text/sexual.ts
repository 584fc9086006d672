// Words for nakedness and sexual acts, in English and Finnish, by how much they say.
import { pattern, wholeWords } from './table.ts';

/** What may be naked and is no body. */
const THING =
  'sword|blade|steel|dagger|kni(?:fe|ve)|katana|axe|spear|metal|iron|bone|branch|bough|tree|birch|oak|alder|willow|ash|aspen|rowan|elm|beech|pine|twig|trunk|' +
  'wood|forest|grove|rock|stone|cliff|crag|earth|ground|soil|hill|hillside|mountain|peak|ridge|island|isle|wall|brick|beam|rafter|floor|board|' +
  'bulb|flame|fire|light|lamp|torch|candle|eye|truth|fact|fear|terror|rage|ambition|greed|hatred|hate|hostility|aggression|power|' +
  'force|lie|hope|despair|sky|plain|landscape|field|desert|dune|vine|hedge|hedgerow|rose|stem|stalk|thorn|winter|wire|cable|edge|mole rat|moor|moorland|heath|plateau|slope|valley|boulder|steppe|coast|headland|roof|plank|pole|mast|tower|house|room|yard|garden|orchard|maple|larch|hawthorn|sapling|sand|horizon|metal|malice|aggression|envy|ice|glacier|scarp|ridgeline|spire|ruin';
/** Words after which a thing is no longer what is naked. */
const NO_MANNER =
  'and|or|with|in|on|at|by|near|behind|under|before|beside|holding|against|from|to|who|girl|boy|child\\w*|kids?|teen\\w*|wom[ae]n|m[ae]n|' +
  'elf|elves|body|bodies|baby|toddler|minor|princess|queen|maiden|person|people';
const OF_A_THING = `(?= (?:(?!(?:${NO_MANNER})\\b)\\w+ )?(?:${THING})(?:e?s)?\\b)`;
const ESINE =
  'oksa|puu|koivu|leppa|tammi|haapa|paju|pihlaja|kallio|kivi|miekka|tera|seina|vuori|saari|luoto|maa|hanki|talvi|totuus|pensas|runko|metsa|taivas|silma|' +
  'liekki|valo|lamppu|kangas|nummi|tunturi|kallioluoto|marraskuu|harjanne|harju|rinne|pelto|aukea|aukio|suo|lehto|hiekka|dyyni|aavikko|eramaa|laakso|kukkula|maki|niitty|' +
  'niemi|kari|jyrkanne|muuri|torni|katto|lattia|huone|piha|puisto|ruusu|piikki|pelko|viha|raivo|voima|valta|ilkeys|ahneus|syksy|raunio|saarni|vaahtera|poppeli|jaa|hirsi';
/** The same in other cases: before any ending, consonants weakened. */
const ESINEEN =
  'oks|puu|pui|puid|koivu|lepa|leppa|tamm|haav|haap|paju|pihlaj|kallio|kivi|kive|miek|tera|teri|seina|sein|vuor|saar|luodo|luoto|maa|maid|' +
  'hang|hanke|talv|totuu|penka|pensa|runko|rungo|metsa|metsi|taiva|silm|liek|valo|lamp|kanga|numm|tuntur|marrask|harja|harju|rinte|rinne|pello|pelto|auke|aukio|suo|soi|lehd|lehto|lehto|hiek|dyyni|aavik|erama|laakso|kukkul|maki|mae|make|niity|niitty|' +
  'niem|kari|jyrkan|muuri|torni|kato|katto|lattia|huone|piha|puisto|ruusu|piik|pelo|pelko|viha|raivo|voima|valla|valta|ilkey|ahneu|syksy|raunio|saarn|vaahter|poppeli|jaa|jaid|hirr|hirs';

/** Not the word of a form, nor of a pair. */
const SEX =
  '(?<!\\b(?:opposite|same|fair|fairer|either|both|weaker|gentle|gentler|other|of which|biological) )' +
  'sex(?! (?:, )?(?:and age|age|is|of|race|[mfx]|female|male|unknown|none|not|other|intersex|non ?binary|wom[ae]n|m[ae]n|change|n a)\\b)';

/** A body without clothes, or the parts that clothes cover: nothing to be seen of a minor. */
export const NUDE = wholeWords(
  `
  nud(?:e|es|ity|ist|ists|ism)(?!\\s(?:colou?r|colou?red|tones?|shades?|palette|lipstick|heels)\\b) nekkid naked(?:ness)?(?!{thing}) half~naked(?!{thing})
  topless unclothed unclad undress\\w* disrob\\w* strip(?:s|ped|ping)?_(?:naked|nude|off|(?:of_)?(?:all_)?(?:his_|her_|their_)?(?:clothes|clothing|garments)) striptease\\w* skinny_dip\\w* skyclad birthday_suit bare_(?:body|bodies|flesh) expos(?:e|es|ed|ing)_(?:him|her|them)sel(?:f|ves) wear(?:s|ing)?_only_(?:a_smile|socks|jewel*|a_necklace|a_collar)
  bare~(?:breast|bottom|butt|buttock|backside|bosom|ass)\\w* exposed_(?:breast|nipple|genital|buttock|crotch|bosom)\\w*
  (?:without|no|sans|lacking|minus)_(?:any_|all_|her_|his_|their_|its_|a_)?(?:clothes|clothing|garments|panties|underwear|pants|bra|dress_on)
  (?:clothes|clothing|panties|underwear|bra|garments)_(?:are_)?(?:off|removed|torn_off)
  (?:tak(?:es?|ing|en)|took|pull(?:s|ed|ing)?|tear(?:s|ing)?|tore)_(?:off_)?(?:all_)?(?:his_|her_|their_|its_|the_)?(?:clothes|clothing|panties|underwear|bra)(?:_off)?
  (?:not_|never_|isn_t_|is_not_)wearing_(?:any~thing|any_\\w+|clothes|a_(?:thing|stitch))
  wear(?:s|ing)?_(?:absolutely_|only_)?(?:nothing(?!_(?:fancy|special|but_(?!underwear|panties|a_smile|lingerie|socks)))|no_(?:clothes|clothing|pants|panties|underwear|shirt_or))
  (?:with_)?nothing_on(?!_(?:the|his|her|it|their)) in_(?:the_)?(?:nude|buff|altogether)
  {sex} genital\\w* nipples? areola\\w* crotch\\w* private_parts pubic\\w* buttocks (?<!(?:blue|great|coal|marsh|willow|tailed)_)tits titties
  (?:puoli|ilki)?alast(?:i|omuu\\w*|omana\\w*|omina\\w*) {alaston}
  ilkosil\\w* naku(?:na|il|kuv|lla)* nudist* pippeli* kikkeli* pimppi* alastonku* ilman_(?:vaat\\w+|rihmankiertama\\w*|pikkuhous\\w+|alusvaat\\w+|alushous\\w+|housuja|mitaan_paalla\\w*) vaatteit?ta(?:an)? vaatteetto\\w*
  riisuun?tu* (?<!aseista\\s)riisuttu* (?<!aseista\\s)riisutt(?:una|uina|uja|ujen)
  riisu*_(?:kaikki_)?(?:itsensa_)?(?:vaattee(?:nsa|t)|vaatteita(?:an)?|alasti|alastomaksi) vaatteet_(?:pois|riisuttu|lattialla)
  ylaosattom* palja*_(?:rinnat|rinnoi\\w*|rintoj\\w*|takapuol\\w+|pakara\\w*|pylly\\w*|peppu\\w*|pepu\\w*|alapaa\\w*|sukuel\\w*) rinnat_(?:palja*|esilla|nakyvissa)
  sukuelim* sukupuoliel* nannit nanneja nannien hapy(?:karv|kukkul|kumpu)* tiss(?:i|in|ia|it|ien|eja|ejaan|insa|eilla)
  (?:aatamin|eevan)_(?:asu|puvu)*
  `,
  {
    thing: OF_A_THING,
    sex: SEX,
    alaston: `(?:puoli|ilki)?alaston(?! (?:${ESINE})\\b)|(?:puoli|ilki)?alasto(?:nta|m(?!ana|ina|uu)\\w*)(?! (?:\\w+ )?(?:${ESINEEN})\\w*\\b(?<!na))`,
  },
);

/** What is only suggested: no reason to refuse a picture of adults. */
export const SUGGESTIVE = wholeWords(
  `
  sex(?:y|ier|iest|ual|ually|uali[sz]\\w*|uality) sensual\\w* erotic\\w* lewd\\w* uncensored skimpy scantily see_through_(?:dress|shirt|clothes|gown) (?:micro|string)_bikini french_kiss* making_out fondl* touch(?:es|ing)_(?:him|her)self intimate_(?:parts|poses?) privates threesomes? dominatrix milfs? seduc(?:e|es|ed|ing|tive\\w*|tion) slut\\w* lingerie g~strings?
  pant(?:y|ies) underwear underpants bras knickers cleavage lustful\\w* horny kinky fetish\\w* bondage bdsm orgies orgy(?!\\sof\\s(?:colou?r|light|sound|violence|blood|food))
  spread(?:s|ing)?_(?:her|his|their|its|open)_(?:\\w+_)?legs legs_(?:spread|wide_open|apart) (?:mak(?:e|es|ing)|made)_love upskirt camel_toe
  breasts boobs? boobies busty voluptuous sexting prostitut\\w* provocative\\w* suggestive_poses? incest\\w* fuck(?:s|ed|ing)_(?:her|him|them)
  seksika* seksuaal* eroo?tt?i* erooti* aistilli* viettelev* vietteli* himok* kiimai* alusvaat* alusasu* alushou* pikkuhou*
  string(?:it|eissa|eja) rintaliiv* rintsik* pitsialus* sukkanauh* strip(?:pa|par|tease)* (?:haarat|jalat)_levall* prostituoi* rakastel* orgia* vahapukei* vahissa_vaatteissa niukasti_pukeutu* lapinaky*_(?:mek|pai|vaat|puku|asu|yopai)* hyvail*_itse* petipuuh* insesti*
  `,
);

/** Alone enough to be refused. */
export const EXPLICIT = wholeWords(
  `
  porn(?:s|y|hub|stars?)? porno* hentai* nsfw xxx x_rated rule~34 r34 ahegao bukkake futa(?:nari)? yiff* guro bdsm_sex
  genitals genitalia masturbat* fellatio cunnilingus (?:blow|hand|rim|foot|tit)~jobs? deep~throat* creampies? cumshots? cumming cum_(?:on|in|all)_*
  (?:covered_in|dripping|full_of)_cum ejaculat* semen sperm(?!_whale*) sodomy sodomi[sz]\\w* penis(?:es|ta)? dildos? vagina(?:s|l)? vulvas? clit(?:s|oris*)? labia orgasm* anal anally anus oral_sex
  (?:sexual|vaginal|anal)_(?:intercourse|penetration|acts?|abuse|assault\\w*|slave\\w*|torture|positions?)
  sexual(?:ly)?_(?:assault|abus|tortur|penetrat|explicit|violat)* (?<!social\\s)intercourse explicit_(?:nudity|sexual\\w*|sex)
  {having}_sex sex_(?:scenes?|acts?|slaves?|tapes?|toys?|positions?|with|party|dolls?|orgy) gang~bang* gang~rape*
  rape(?:s|d)?(?!\\s?(?:seed|field|flower|oil|plant|blossom)) raping rapists? molest* zoophil* bestiality necrophil*
  (?:erect|hard|throbbing)_(?:cock|dick|member|shaft)s? (?:suck|lick)(?:s|ed|ing)?_(?:\\w+_)?(?:cock|dick|pussy)s? wet_pussy doggy~style full_frontal
  being_fucked fuck(?:s|ed|ing)?_(?:each_other|from_behind) cock~sucking spread_pussy
  pornogra* pornahtav* (?:suu|anaali|ryhma|peppu|seka)?seks(?:i|ia|in|illa|iin|issa|ista|eja) (?:suu|anaali|ryhma)seksi*
  seksi(?:kohta|akti|orj|video|kuva|lelu|asen|asento|tilan|leikk)* \\w*raiska* yhdyn(?:ta|na|no)* nussi* masturboi* runkka(?:a|i|u)* runkat* itsetyydyt*
  ejakulaa* siemensyok* peniks[ei]* siemennest* sperma(?:a|n)? panopuuh* ematin ematti* emattim* vagina* klitoris* klitorikse* hapyhuul* suihinot* ryhmaseks*
  pillu(?:a|n|t|ssa|un|lla|sta|ja)? kyrp(?:a|aa|ia|at) kyrvan kulli(?:n|a|t|en|lla)? kulleja siitin siittimen siittimet siitinta erektio*
  elaimiin_sekaan* elainseks* seksuaali*_(?:hyvaksi|vakival|kanssakay)*
  `,
  { having: 'have|has|had|having|during|explicit|group|rough|hot|wild|hardcore|forced|gay|lesbian|public|after|for' },
);

/** In a negative prompt these words ask for nakedness. */
export const NO_CLOTHES = new RegExp(
  `^(?:${pattern('(?:any_|all_|fully_)?(?:cloth(?:es|ing|ed)|garments?|dressed|outfits?|underwear|bras?|panties|swimsuits?|bikinis?) vaattee[tn]* vaatteita vaatetus puettu pukeutunut alusvaattee* alushousu*')})$`,
);
