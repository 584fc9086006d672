// Contempt for groups of real people: slurs, calls for their death, their likening to animals, and praise of those who killed them.
import { near, pattern } from './table.ts';

const SLUR = pattern(`
  nigg(?:er|ers|a|as|az|uh|let)s? sand~nigg* kikes? wetbacks? rag~heads? towel~heads? spics?(?!\\sand\\sspan) gooks? trann(?:y|ies) jungle_bunn* porch_monkey*
  (?<!(?:bundle|bundles|pile|piles|of|dry|wood|wooden)\\s)faggots?(?!\\s(?:of|for|and|on|in|to|wood|fire*|burn*)) untermensch* goll[iy]wog*
  neeker[ie](?!nsuuk)* nekru* mutakuono* ratti~pa[ai]* ryss(?:a|an|at|aa|alle|alta|illa|ille|ien) kamelikuski* jutku* juutalais(?:sik|rott|saast)* hintti*
`);

const GROUP = pattern(`
  jews jew jewish_(?:people|men|women|children) muslims? moslems? arabs blacks black_(?:people|men|women|folk|m[ae]n|wom[ae]n|persons?) africans asians mexicans
  gyps(?:ies|y) romani roma_people gays gay_(?:people|men) homosexuals? lesbians queers trans(?:gender|sexual)?(?:s|_people|_women|_men) immigrants migrants refugees
  somalis latinos hispanics (?:disabled|autistic|chinese)_people russians ukrainians palestinians israelis kurds pakistanis
`);
const ONE_OF_THEM =
  '(?:every|each|any)(?: last)?(?: \\w+)? (?:jew|muslim|arab|african|asian|mexican|gypsy|gay|homosexual|lesbian|immigrant|migrant|refugee|somali|latino|black)';
const GROUP_FI = pattern(`
  (?:juuta|islami|pako|saame|vena)lai(?!nen\\b)* musta(?:laisi|laise|laist)* (?:musta|tumma)ihoi(?!nen\\b)* muslim(?:it|e*|ien|ista)
  roma(?:nit|ne*|nien) neeker* homo(?:t|ja|jen|ille|ilta) homoseksuaal(?!i\\b)* lesbo(?:t|ja|jen|ille) maahanmuutta* mamu(?:t|ja|jen|ille) somal(?:it|e*|ien)
  arab(?:it|e*|ien) turvapaikanhaki* trans(?:ut|uja|ujen|sukupuoliset)
`);

const KILL = pattern(`
  kill(?:s|ing|ed)? exterminat* eradicat* annihilat* gas(?:s|sed|sing)? lynch* hang(?:s|ing|ed)? shoot* burn(?:s|ing|ed)? slaughter* massacr* genocide cleans(?:e|ing) purg(?:e|ing)
  wip(?:e|ing)_out murder* eliminat* death_to down_with rid_of behead*
`);
const KILL_FI = pattern(`
  tap(?:etaan|ettava|ettakoon|paa|pakaa|akaa|an|etut) hirte(?:en|taan)? hirtt(?:akaa|aa|akaamme) kaasu(?:ta|kam|un)* poltt(?:akaa|aa) poltetaan tuho(?:taan|ttava|amme|a)
  havit(?:e|t)a* kuole(?:ma|maa|maan|koon|koot) lahda(?:taan|tkaa) teurast(?:etaan|akaa|ettava|aa) ammu(?:taan|kaa|ttava) ampu(?:a|kaa)\\w* surma(?:ta|taan|tkaa) murha(?:ta|taan|tkaa) tuhota lynka(?:ta|taan|tkaa) uuniin roviolle
`);

const VERMIN =
  'vermin|rats?|cockroach\\w*|apes?|monkeys?|pigs?|dogs|parasit\\w*|sub ?humans?|insects?|lice|leech\\w*|animals|trash|filth|plague|disease|scum|maggots?|beasts|dirt';
const SYOPALAINEN =
  'syopalai\\w*|torako\\w*|torakka\\w*|rott\\w*|loisi\\w*|saasta\\w*|apino\\w*|sikoj\\w*|elukoi\\w*|ali ?ihmis\\w*|koiria|rutto\\w*|tuholai\\w*|mato\\w*|elaimia|roskaa';

const PRAISE = pattern(`
  sieg_heil heil_hitler (?:hail|glory_to|long_live|praise|honou?r_to)_(?:the_)?(?:hitler|fue?hrer|reich|third_reich|ss|nazis?|kkk|klan) hitler_(?:was|is)_right
  white_(?:power|supremac*|pride) (?:nazi|hitler)_salut* race_war (?:heroic|proud|noble|glorious|victorious|holy)_(?:nazis?|hitler|ss_*)
  (?:nazi|hitler|swastika)(?:s)?_(?:\\w+_)?(?:glor*|hero|heroes|heroic|triumph*|saviou?r|saint|messiah)
  valkoi*_(?:valta|vallan|voima|(?:\\w+_)?yliva[ll]*) valkoylival* (?:kunnia|elakoon|terve)_(?:natse*|natsi*|hitler*|ss) hitler*_oli_oikeas* natsiterveh* rotusot(?:a|aan)
`);

/** A year like any other, and a number of a house, but for whom it stands beside. */
const NUMBER = '1488|14 88';
const ITS_COMPANY = pattern(`
  aryan* skin~heads? swastika* nazi* heil tattoo* arjala* natsi* hakaristi* skinhead* tatuoi*
`);

export const HATE = new RegExp(
  `\\b(?:${[
    SLUR,
    PRAISE,
    `(?:${KILL}) (?:(?:\\w+ ){0,4}(?:${GROUP})|${ONE_OF_THEM})`,
    `(?:${GROUP}) (?:\\w+ ){0,2}(?:are|is|as|like|into|to) (?:\\w+ )?(?:${VERMIN}|be (?:\\w+ )?(?:${KILL})|gas chambers?|the (?:gas|ovens?|gallows))`,
    `(?:${GROUP}) (?:\\w+ ){0,2}(?:must|should|shall|deserve|will|have to|ought to|need to) (?:all )?(?:be )?(?:\\w+ )?(?:${KILL}|die|death|dead)`,
    near(GROUP_FI, KILL_FI, 3),
    near(NUMBER, ITS_COMPANY, 4),
    `(?:${GROUP_FI}) (?:\\w+ )?(?:on|ovat|kuin|ja muut) (?:\\w+ )?(?:${SYOPALAINEN})`,
  ].join('|')})\\b`,
);
