// Suffering that is shown for its own sake, harm that people do to themselves, and real people made a show of.
import { pattern, wholeWords } from './table.ts';

const SELF = '(?:him|her|it|my|your|them)sel(?:f|ves)';

export const SELF_HARM = wholeWords(
  `
  self~harm* self~injur* self~mutilat* {cut}_(?:open_)?(?:his|her|their|my|your|its|one_?s|own)_(?:own_(?:wrists?|arms?|forearms?|veins?|thighs?|skin|throat)|(?:left_|right_)?(?:wrists?|veins))
  {cut}_(?:wrists|veins) (?:tak(?:es?|ing|en)|took|end(?:s|ed|ing)?)_(?:his|her|their|my|your)_own_life wrists_(?:are_)?(?:cut|slit|slashed|bleeding) hang(?:ing|s|ed)?_{self} kill(?:ing|s|ed)?_{self} (?:shoot(?:s|ing)?|shot|stab(?:s|bing|bed)?|hurting|cutting|cuts|starving|drowning)_{self}
  commit*_suicide suicide_(?:by|method*|note|scene|attempt|pact|instruction*|tutorial|guide) overdos(?:e|es|ed|ing)_(?:of|on) (?:tak*|took)_an_overdose
  pro~ana pro~mia thinspo thinspiration jump*_to_(?:his|her|their)_death
  {viilt}_(?:\\w+_)?(?:rante(?:en|et|is|it)* itse(?:aan|nsa|ansa|ni)) {viilt}_(?:oma*_)?(?:ranteensa|ranteitaan|kasivar*|kasiaan|katensa|reisi*|ihoaan|itseaan|itsensa) rante*_auki
  (?:leikk|leika|avaa|avasi|silp)*_(?:oma*_)?rante* hirttay* (?:hirtt|tapp|tapo|ampu|ammu|hukutt)*_(?:itsensa|itseaan|itseni|itsesi) (?:itsensa|itseaan)_(?:tapp|hirtt|vahing|silpo|satut|viilt)*
  riist*_(?:oman_)?hen(?:kensa|keni|gen) paatt*_paivansa (?:tek|teh|yritt|yrita)*_itsemurha(?:n|a|nsa)? itsemurha(?:ohje|tapa|kuva|yrity)* (?:vahingoitt|satutt|silpo|viilt|viilte)*_(?:itseaan|itsensa|itseansa) itsensa~vahingoit* yliannostu*
  `,
  {
    self: SELF,
    cut: '(?:cut|cutting|cuts|slit|slits|slitting|slic\\w*|slash\\w*|carv\\w*|open|opens|opening)',
    viilt: '(?:viilt\\w*|viille\\w*)',
  },
);

/** Worse than a fight leaves behind. */
export const MUTILATED = wholeWords(`
  mutilat* dismember* disembowel* eviscerat* vivisect* flay(?:ed|ing) skinn(?:ed|ing)_alive skin*_alive gouged_(?:out_)?eyes guts_(?:are_)?(?:spill|hang|out|pour)*
  (?:intestines|entrails|organs)_(?:are_)?(?:spill|hang|out|pour|on)* extreme_gore gore
  silvo* silpo* suolist* elavalta_nyl* sisalmy*_(?:valu|ulko|ulos|esil|roikku|levall)* suol(?:et|ia)_(?:valu|ulko|ulos|roikku)*
`);

/** A photograph of it, or what would look like one. */
export const REALISTIC = wholeWords(`
  photo(?:s|graph*|realis*)? realis* hyper~realis* ultra~realis* footage close~up real_life lifelike
  valokuva* foto* realisti* aito* aido* lahikuva* todellinen todelli*
`);

const TORTURED = pattern(`
  mutilat* dismember* disembowel* eviscerat* tortur* skinn(?:ed|ing) flay* decapitat* behead* crucif*
`);
const KIDUTETTU = pattern(`silvo* silpo* kidut* kidute* paloitel* paloitt* suolist* nylje* nylki* mestat*`);
const CHILD =
  'child|children|kids?|bab(?:y|ies)|toddlers?|infants?|newborns?|little (?:girl|boy)s?|schoolgirls?|schoolboys?|pupp(?:y|ies)|kittens?|dogs?|cats?';
const LAPSI = 'laps[ie]\\w*|lasta|lasten|vauva\\w*|taapero\\w*|pikku(?:tyt|poik|poj)\\w*|pent\\w*|koira\\w*|kissa\\w*';

export const CRUELTY = new RegExp(
  `\\b(?:${[
    pattern(`
      snuff_(?:films?|movies?|videos?) snuff* (?:gore|torture)_?~porn* crush_(?:fetish|video)* animal_(?:cruelty|torture) (?:real|actual|authentic)_(?:gore|beheading*|execution*|torture|corpses?|murders?)
      (?:photo|photograph|picture|video)s?_of_(?:a_)?real_(?:beheading|execution|corpse|murder|torture) (?:aito|aido|oike)*_(?:mestau|teloit|kidut|ruumi|murha)*
    `),
    `(?:${TORTURED}) (?:\\w+ ){0,2}(?:${CHILD})`,
    `(?:${CHILD}) (?:, )?(?:(?:is|are|was|being|who|lies) ){0,2}(?:${TORTURED}|skinned alive)`,
    `(?:${KIDUTETTU}) (?:\\w+ ){0,1}(?:${LAPSI})`,
    `(?:${LAPSI}) (?:, )?(?:\\w+ ){0,1}(?:${KIDUTETTU})`,
  ].join('|')})\\b`,
);

/** Whom lists can know: a few who are drawn most, and the words for the rest. */
export const REAL_PERSON = wholeWords(`
  (?:donald|ivanka|melania)_trump* vladimir_putin* putin* joe_biden* kamala_harris (?:barack|michelle)_obama* elon_musk* (?:volodymyr_)?zelensk* xi_jinping* kim_jong_* netanyahu*
  (?:emmanuel_)?macron* angela_merkel* (?:bill|hillary)_clinton* king_charles prince_(?:harry|william) kate_middleton meghan_markle greta_thunberg*
  taylor_swift* emma_watson* scarlett_johansson ariana_grande* billie_eilish selena_gomez natalie_portman gal_gadot jenna_ortega millie_bobby_brown kim_kardashian beyonce rihanna
  jennifer_lawrence angelina_jolie justin_bieber harry_styles boris_johnson kimi_raikkonen* my_(?:ex|classmates?|teacher|co~workers?|colleagues?) (?:luokka|tyo)kaveri* opettajani zendaya margot_robbie sydney_sweeney
  sauli_niinisto* niinisto(?:n|a|lla)? alexander_stubb* presidentti_stubb* sanna_marin* petteri_orpo* li_andersson* riikka_purra* jussi_halla~aho* tarja_halonen tarja_halos*
  celebrit* famous_(?:actor|actress|singer|model|person|politician)s? (?:film|movie|pop|tv)_stars? real_(?:actor|actress|person|people|politician)s? (?:american|finnish|russian|us)_president
  presidents?_of_\\w+ prime_ministers?(?!_of_the_(?:dwarves|elves|goblins|orcs)) deep~fake* julkki* julkisuuden_henkilo* kuuluisa_(?:nayttelij|laulaj)* paaminist* presiden(?:tti*|tin*) kansanedusta*
`);

/** What is done to no real person in a picture, beside what is sexual. */
export const DEGRADING = wholeWords(`
  tortur* humiliat* on_all_fours in_(?:a_)?diapers? urinat* on_a_leash deep~fake_* behead* mutilat* lynched
  noyryyt* kidut* vaipoissa nelinkontin talutushihna* mestat* silvo*
`);
