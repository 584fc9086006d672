// Words for those who are no adults, in English and Finnish.
import { pattern, wholeWords } from './table.ts';

const ONE_TO_SEVENTEEN =
  '[1-9]|1[0-7]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven)teen';
const SIX_TO_SEVENTEEN = '[6-9]|1[0-7]|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven)teen';
const YHDESTA_SEITSEMAANTOISTA =
  '[1-9]|1[0-7]|(?:yksi|kaksi|kolme|nelja|viisi|kuusi|seitseman)(?:toista)?|kahdeksan|yhdeksan|kymmen(?:en)?|' +
  '(?:yhden|kahden|kolmen|neljan|viiden|kuuden|seitseman)(?:toista)?';

/** Nobody else is called so, but for a metaphor. */
export const MINOR = wholeWords(
  `
  child(?:ren|like|s)? (?:kid|kiddo|kiddie)s? minors? under~aged? toddlers? bab(?:y|ies) infants? new~borns? pre~teen\\w* tweens?
  teen(?:age|aged|agers?|s)? adolescen(?:ts?|ce) (?:pre|early)_?~adolescen* in_(?:his|her|their)_(?:early_)?teens juveniles? youngsters? (?:boy|girl|cub)_scouts? (?:grand|god|step)child(?:ren)?
  school~(?:girl|boy|child|kid|children|mate)s? school_uniforms? kindergart\\w* preschool\\w* nursery_school\\w*
  (?:grade|elementary|primary|middle|junior_high|secondary|high)~school\\w* graders? (?:[1-9](?:st|nd|rd|th)?|{ordinal})_grade
  (?:little|lil|wee|young|small|tiny)_(?:girl|boy|one|child|sister|brother|lass|lad|princess)(?:s|es)? (?:girl|boy)_child(?:ren)?
  loli(?:s|con\\w*|ta\\w*)? shota\\w* jail~bait nymphet\\w* pubescent pre~pubescent puberty barely_legal p(?:a)?edo(?:s|phil\\w*)?
  {n}(?:_?~(?:years?|yrs?|y)(?:~olds?|_of_age)|~y~o|_(?:winters?|summers?|springs)) age(?:d|s)?_(?:of_|about_|only_|just_|is_)?{n} turn(?:ed|s|ing)_{n} (?:under|below|younger_than)_(?:the_age_of_)?(?:{n}|18|eighteen)
  (?:girl|boy|lad|lass|maid|maiden|daughter|son|squire|page|apprentice|princess|prince)_of_{n}
  (?:is|was|looks|looks_like|appears|only|just|barely)_(?:only_|just_|barely_|about_|to_be_|like_)?{teens}(?!\\s(?:feet|foot|m|men|of|years?_(?:ago|later)))
  1[0-7]~[mf] [mf]~1[0-7]
  `,
  {
    n: ONE_TO_SEVENTEEN,
    teens: SIX_TO_SEVENTEEN,
    ordinal: 'first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth',
  },
);

export const ALAIKAINEN = wholeWords(
  `
  lapsi* lapse(?:[nkle]|ss|st|t(?!on|tom))* lasta lasten(?:sa)? lapsu?[ko](?:ai|ne|se|si)* (?:pikku|koulu|orpo|vauva|tytto|poika|katu|ihmis)laps[ie]*
  (?:yli|ala)?alaikai* ala~ikai* (?:esi|varhais)?tein[ie]* murrosi[ka]* esipuber* \\w*koululai* (?:koulu|leikki|vaippa)~ikai* varhaisnuor* ipana* koulu(?:tyto|tytt|poik|poja)*
  \\w*luokkalai* (?:ala|yla)~aste* lukiolai* eskarilai* paivako[td]i* tarhaikai* taapero* (?:syli)?vauva* vastasynty* imevai*
  naper(?:o|oa|on|ot|oita) kakara* kersa* penska* tenava* skid[ie]* pikku(?:ista|iset|inen|isia)_(?:tyto|tytt|poik|poja)* pikku~(?:tyto|tytt|poik|poja|velj?|sisko|sisar|neiti)*
  (?:pien|nuor)(?:i|en|ta|et|ia|ten|illa|elle|ella)_(?:tyto|tytt|poik|poja)* lolit* pedofiil*
  {n}_?~vuotia* {n}~v {n}_(?:vuotta|vuoden)(?!_(?:sitten|ajan|kuluttua|myohemmin)) vasta_{n}
  alle_(?:18|kahdeksantois*|kuudentois*|{n}) ei_(?:ole_)?(?:viela_)?taysi~ikai*
  `,
  { n: YHDESTA_SEITSEMAANTOISTA },
);

/** Adults are called so as well, but are not shown unclothed under this name. */
export const YOUNG = wholeWords(`
  girls? boys? lads? lass(?:es|ie|ies)? youths? schoolmates? [1-9]?girls? [1-9]?boys?
  \\w*tytto* tytt[oja]* tyto[nlistjk]* \\w*poika* poik[ai]* poja[nltsk]*
`);

/** In a negative prompt these words ask for a minor. */
export const NO_ADULT = new RegExp(
  `^(?:${pattern('adults? grown~ups? mature_(?:wo)?m[ae]n mature aikui* taysi~ikai*')})$`,
);
