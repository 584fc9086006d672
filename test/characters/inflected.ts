// Names with their principal parts as a Finn says them, and the sentences of a forum that name none of them.

/** Name, the stem of its genitive (Mikko, Miko-n), partitive, into it. */
export const NAMES: [name: string, stem: string, partitive: string, illative: string][] = [
  ['Elina', 'Elina', 'Elinaa', 'Elinaan'],
  ['Väinö', 'Väinö', 'Väinöä', 'Väinöön'],
  ['Aino', 'Aino', 'Ainoa', 'Ainoon'],
  ['Mikko', 'Miko', 'Mikkoa', 'Mikkoon'],
  ['Matti', 'Mati', 'Mattia', 'Mattiin'],
  ['Pekka', 'Peka', 'Pekkaa', 'Pekkaan'],
  ['Heikki', 'Heiki', 'Heikkiä', 'Heikkiin'],
  ['Seppo', 'Sepo', 'Seppoa', 'Seppoon'],
  ['Risto', 'Risto', 'Ristoa', 'Ristoon'],
  ['Antti', 'Anti', 'Anttia', 'Anttiin'],
  ['Pirkko', 'Pirko', 'Pirkkoa', 'Pirkkoon'],
  ['Kerttu', 'Kertu', 'Kerttua', 'Kerttuun'],
  ['Riitta', 'Riita', 'Riittaa', 'Riittaan'],
  ['Satu', 'Sadu', 'Satua', 'Satuun'],
  ['Sampo', 'Sammo', 'Sampoa', 'Sampoon'],
  ['Ilta', 'Illa', 'Iltaa', 'Iltaan'],
  ['Kulta', 'Kulla', 'Kultaa', 'Kultaan'],
  ['Rauta', 'Rauda', 'Rautaa', 'Rautaan'],
  ['Tuomas', 'Tuomakse', 'Tuomasta', 'Tuomakseen'],
  ['Andreas', 'Andreakse', 'Andreasta', 'Andreakseen'],
  ['Markus', 'Markukse', 'Markusta', 'Markukseen'],
  ['Hannes', 'Hannekse', 'Hannesta', 'Hannekseen'],
  ['Iiris', 'Iirikse', 'Iiristä', 'Iirikseen'],
  ['Kuningas', 'Kuninkaa', 'Kuningasta', 'Kuninkaaseen'],
  ['Kaisa', 'Kaisa', 'Kaisaa', 'Kaisaan'],
  ['Ilmari', 'Ilmari', 'Ilmaria', 'Ilmariin'],
  ['Kalevi', 'Kalevi', 'Kalevia', 'Kaleviin'],
  ['Lumi', 'Lume', 'Lunta', 'Lumeen'],
  ['Suvi', 'Suvi', 'Suvia', 'Suviin'],
  ['Meri', 'Mere', 'Merta', 'Mereen'],
  ['Virtanen', 'Virtase', 'Virtasta', 'Virtaseen'],
  ['Mäkinen', 'Mäkise', 'Mäkistä', 'Mäkiseen'],
  ['Mäki', 'Mäe', 'Mäkeä', 'Mäkeen'],
  ['Anne', 'Anne', 'Annea', 'Anneen'],
  ['Säde', 'Sätee', 'Sädettä', 'Säteeseen'],
  ['Kai', 'Kai', 'Kaita', 'Kaihin'],
  ['Leo', 'Leo', 'Leoa', 'Leoon'],
  ['Eeva-Liisa', 'Eeva-Liisa', 'Eeva-Liisaa', 'Eeva-Liisaan'],
  ['John', 'Johni', 'Johnia', 'Johniin'],
  ['Gandalf', 'Gandalfi', 'Gandalfia', 'Gandalfiin'],
  ['Geralt', 'Geralti', 'Geraltia', 'Geraltiin'],
  ['Aragorn', 'Aragorni', 'Aragornia', 'Aragorniin'],
  ['Ahven', 'Ahvene', 'Ahventa', 'Ahveneen'],
  ['Thorin', 'Thorini', 'Thorinia', 'Thoriniin'],
  ['Harry', 'Harry', 'Harrya', 'Harryyn'],
];

/** Names that the rules were not made with, each with some of its forms. */
export const OTHERS = `
Kyösti Kyöstin Kyöstiä, Veikko Veikon Veikkoa, Ahti Ahdin Ahtia Ahtiin, Tapio Tapion Tapiota Tapioon, Louhi Louhen Louhea, Unto Unnon
Kullervo Kullervon Kullervoa, Lemminkäinen Lemminkäisen Lemminkäistä, Mielikki Mielikin Mielikkiä, Annikki Annikin, Otso Otson
Joukahainen Joukahaisen, Marjatta Marjatan Marjattaa, Juhani Juhanin, Jaakko Jaakon, Erkki Erkin, Lauri Laurin, Helmi Helmen Helmeä
Tähti Tähden Tähteä, Nuutti Nuutin, Björn Björnin Björniä, Éowyn Éowynin, Legolas Legolasin Legolaksen Legolasta, Chloe Chloen Chloea
Sherlock Sherlockin, Yennefer Yenneferin, Zoë Zoën Zoëlle, Ciri Cirin Ciriä, Rhys Rhysin Rhysille, Anna-Maija Anna-Maijan, Ukko Ukon
Hiisi Hiiden Hiittä, Susi Suden Sutta, Karhu Karhun, Kettu Ketun Kettua, Haukka Haukan, Rengas Renkaan, Ruhtinas Ruhtinaan Ruhtinasta
Ilves Ilveksen Ilvestä, Kaunis Kauniin Kaunista, Käärme Käärmeen, Halla Hallan, Kyy Kyyn Kyytä, Puro Puron, Jussi Jussin, Pasi Pasin
Louis Louisin Louis'n, Mary Maryn, Bo Bon Bo:lle, Aleksei Aleksein Alekseita, Hilkka Hilkan, Sade Sateen Sadetta, Orvokki Orvokin
`
  .trim()
  .split(/[\n,]\s*/)
  .map((line) => line.trim().split(' ') as [name: string, ...forms: string[]]);

const isFront = (stem: string) => !/[aou]/i.test(stem);

/** The name in every case of the singular, with a possessive and a clitic. */
export function formsOf([name, stem, partitive, illative]: (typeof NAMES)[number]): string[] {
  const a = isFront(stem) ? 'ä' : 'a';
  const cases = ['n', `ll${a}`, 'lle', `lt${a}`, `ss${a}`, `st${a}`, 'ksi', `tt${a}`];
  return [name, partitive, illative, ...cases.map((ending) => stem + ending), `${stem}nkin`, `${stem}llek${a}${a}n`];
}

/** As sentences begin: with a capital, and often with what looks like the beginning of a name. */
const OPENINGS = `
Ilman Ainoa Toivottavasti Mikään Mikä Matkalla Matto Pekonin Heikko Seppä Ristiretki Anttila-niminen Pirteä Kertoja Riita Satama
Satoi Sammuneen Illalla Iltaisin Kullattu Raudasta Tuomio Tuomarin Markkinat Markkinoilla Hanhet Iirikset Kuninkaallinen Kaista
Ilmassa Ilmarinen Kaleva Kalevala Lumikki Lumisade Suvanto Merkki Merenranta Virtaava Virta Mäkistö Annos Annetaan Säteily
Kaipaus Leipä Eevan Johtaja Gandhi Geologi Aragonia Ahventen Thor Harras Harmaa Elinaika Elin Elinvoima Väinölä Ainola Mikkola
Mattila Pekkala Heikkilä Seppälä Ristola Anttila Kerttula Satula Tuomala Markkula Kaisaniemi Lumivyöry Merikotka Kaivo Yöllä Kukaan
Kun Vanha Nuori Hän Minä Sinä Me He Tuuli Aurinko Kuu Tähdet Metsä Susi Karhu Laiva Linna Torni Silta Tie Kylä Kapakka Sotilas
Noita Velho Ritari Kääpiö Haltia Lohikäärme Peikko Kauppias Merirosvo Lapsi Koira Kissa Hevonen Miekka Kilpi Kirja Kynttilä Takka
Silloin Äkkiä Hiljaa Lopulta Ensin Sitten Koska Jos Vaikka Siellä Täällä Tuolla Missä Miksi Kuka Nyt Huomenna Eilen Aamulla Talvella
`
  .trim()
  .split(/\s+/);

const ENDINGS = [
  'kuului askelia pimeästä käytävästä.',
  'ja lumi satoi hiljaa katoille, kun ilta tuli.',
  'oli kaikki, mitä meri oli jättänyt rannalle.',
  'ei enää palaa. Ovi sulkeutui. Kukaan ei puhunut.',
];

/** Sentences without any of the names. */
export const NAMELESS = [
  ...OPENINGS.flatMap((opening) => ENDINGS.map((ending) => `${opening} ${ending}`)),
  'kuningas nousi ja aino toivo oli mennyt',
  'Pelasimme Mikkolassa ja Ainolassa; matti on mattapintainen.',
  'The king of Mikkeli rode north, and lumi is the Finnish word for snow.',
  'HANKI OLI PAKSU JA YÖ PIMEÄ',
];
