// What the demo forum holds on its first day: its people, its two games and the tale they have written so far.

export type Role = 'player' | 'gm' | 'admin';

export interface DemoUser {
  username: string;
  email: string;
  roles: Role[];
  /** Shown on the login card. */
  title: string;
}

export interface StoryPost {
  author: string;
  type: 'gm' | 'player' | 'op';
  title?: string;
  content: string;
}
export interface StoryBeat {
  title: string;
  content: string;
  posts: StoryPost[];
}
export interface StoryChapter {
  title: string;
  description: string;
  beats: StoryBeat[];
}
export interface StoryGame {
  name: string;
  description: string;
  chapters: StoryChapter[];
}

/** One word for everybody, shown on the login page: this forum is for trying things out. */
export const DEMO_PASSWORD = 'tarina';

export const DEMO_USERS: DemoUser[] = [
  { username: 'Elina', email: 'elina@pelisivusto.test', roles: ['player'], title: 'Pelaaja – Aino Kaarnasydän' },
  { username: 'Väinö', email: 'vaino@pelisivusto.test', roles: ['player'], title: 'Pelaaja – Ilmo Rautalampi' },
  { username: 'Mestari', email: 'mestari@pelisivusto.test', roles: ['player', 'gm'], title: 'Pelinjohtaja' },
  { username: 'Ylläpito', email: 'yllapito@pelisivusto.test', roles: ['admin'], title: 'Ylläpitäjä' },
];

/** What the first start draws: a character of this user, and her in the post with this title. */
export const FIRST_PICTURE = {
  username: 'Elina',
  postTitle: 'Lyhty laiturilla',
  character: {
    name: 'Aino Kaarnasydän',
    base_description:
      'nuori nainen, pitkä punainen letti, vihreät silmät, hoikka, tummanvihreä huppuviitta, arpi vasemmassa poskessa',
    style: 'fantasy',
    usable_by: 'game',
  },
  scene: 'seisoo jäisellä laiturilla lyhty kädessään, revontulet hehkuvat öisen sataman yllä',
} as const;

const mestari = (content: string, title?: string): StoryPost => ({ author: 'Mestari', type: 'gm', title, content });
const elina = (content: string, title?: string): StoryPost => ({ author: 'Elina', type: 'player', title, content });
const vaino = (content: string, title?: string): StoryPost => ({ author: 'Väinö', type: 'player', title, content });

const frozenHarbour: StoryChapter = {
  title: 'Jäätynyt satama',
  description: 'Talvi tulee Hiidenlahteen kuukautta liian aikaisin, eikä yksikään laiva pääse lähtemään.',
  beats: [
    {
      title: 'Saapuminen Hiidenlahteen',
      content: 'Viimeinen laiva on juuttunut jäihin aallonmurtajan taa. Joku odottaa teitä laiturilla.',
      posts: [
        mestari(
          'Pakkanen narisuttaa köysiä. Satama, jonka pitäisi tuoksua tervalta ja silliltä, ei tuoksu miltään: jää on niellyt kaiken. Kaukana ulapalla palaa yksi ainoa laivalyhty, eikä se ole liikkunut kolmeen yöhön.\n\nTaivaalla revontulet piirtävät kuvion, jonka vanhimmat kalastajat tunnistavat. He eivät suostu sanomaan sen nimeä ääneen.',
          'Kolmas yö',
        ),
        elina(
          'Aino nosti lyhtynsä korkeammalle ja astui laiturin ensimmäiselle laudalle. Puu valitti, mutta kesti.\n\n”Se ei ole huurretta”, hän sanoi puoliääneen ja kumartui koskettamaan kaidetta. Kiteet kasvoivat väärään suuntaan, tuulta vasten, kohti merta. Kuin jokin olisi hengittänyt sisäänpäin.',
          'Lyhty laiturilla',
        ),
        vaino(
          'Ilmo veti karvalakin korvilleen ja potkaisi jään irti saappaastaan. ”Rauta ei valehtele”, hän mutisi ja löi vasarallaan kevyesti ankkuriketjuun. Ääni, joka palasi, oli puoli säveltä liian matala.\n\n”Jokin pitelee ketjun toista päätä.”',
        ),
        mestari(
          'Ketju nytkähtää kerran, hitaasti, kuin vastaukseksi.\n\nSamalla hetkellä laiturin päähän syttyy toinen lyhty. Sen kantaja on pieni, korkeintaan kymmenvuotias, ja hänen varjonsa osoittaa lyhtyä kohti.',
        ),
        elina(
          'Lyhdyn liekki kallistui. Aino laski kätensä jousen kaarelle, muttei vielä jännittänyt sitä.\n\n”Hei sinä siellä. Me emme ole tulleet viemään keneltäkään mitään. Kuka sinut lähetti?”',
        ),
      ],
    },
    {
      title: 'Majatalo Kolme haukea',
      content: 'Lämmin tupa, liian monta tyhjää tuolia ja emäntä, joka laskee vieraansa kahteen kertaan.',
      posts: [
        mestari(
          'Sisällä tuoksuu savuahven ja märkä villa. Emäntä Helka asettaa pöytään neljä kulhoa, vaikka teitä on kaksi. Lapsi lyhtyineen on jäänyt kynnykselle; hän ei astu sisään, ennen kuin joku pyytää.',
          'Neljä kulhoa',
        ),
        vaino(
          'Ilmo katsoi kulhoja, sitten ovea, sitten taas kulhoja. ”Helka hyvä. Kenelle neljäs on?”\n\nHän siirsi silti penkin valmiiksi. Hänen äitinsä oli opettanut, että ylimääräinen istuin on halvempi kuin loukattu vieras.',
        ),
        elina(
          'Aino kyykistyi kynnykselle niin, että hänen kasvonsa olivat lapsen tasalla. ”Tule lämpimään”, hän sanoi. Sanat tuntuivat suussa oudon painavilta, kuin lupaus.',
        ),
        mestari(
          'Lapsi astuu sisään, ja jokainen kynttilä tuvassa palaa hetken sinisenä.\n\n”Minä olen Routa”, hän sanoo kohteliaasti. ”Äiti lähettää terveisiä. Hän haluaa laulunsa takaisin.”',
        ),
        {
          author: 'Ylläpito',
          type: 'op',
          title: 'Pelin ulkopuolelta',
          content:
            'Hieno kohtaus! Out of character: remember that pictures can be added to your own posts with the button below each post. Suomeksi tai englanniksi, molemmat käyvät.',
        },
      ],
    },
  ],
};

const beyondTheFells: StoryChapter = {
  title: 'Tuntureiden takana',
  description: 'Laulu on haudattu paikkaan, jossa tuuli ei puhalla. Sinne on kolmen päivän hiihto.',
  beats: [
    {
      title: 'Kuuran sola',
      content: 'Sola on kapea, ja sen seinissä on kasvoja. Useimmat niistä nukkuvat.',
      posts: [
        mestari(
          'Toisena aamuna aurinko nousee, mutta valo jää solan reunalle kuin maito kupin laidalle. Alhaalla on hämärää ja niin hiljaista, että kuulette omien silmäluomienne äänen.',
          'Hiljainen aamu',
        ),
        elina(
          'Aino hiihti edellä ja luki lunta. Jäniksen jäljet, riekon siivenlyönti, ja sitten ei mitään, sata askelta ei mitään. Hän pysähtyi ja nosti kämmenensä pystyyn.\n\n”Tästä eteenpäin mikään elävä ei ole kulkenut.”',
        ),
        vaino(
          '”Hyvä”, Ilmo puuskutti ja työnsi sauvansa hankeen. ”Kuolleet ainakin väistävät.”\n\nHän otti repustaan pienen ahjon, korkeintaan nyrkin kokoisen, ja puhalsi siihen. Hehku valaisi lähimmät kasvot kalliossa. Yksi niistä räpäytti.',
        ),
        mestari(
          'Räpäyttänyt kasvo puhuu hitaasti, kivi kiveä vasten:\n\n”Lämmintä. Viimeksi oli lämmintä, kun kuningas vielä osasi nauraa. Tietä saa kysyä kerran. Väärää tietä saa kysyä niin usein kuin haluaa.”',
        ),
        vaino(
          'Ilmo raapi partaansa. ”Kysytään siis väärää”, hän kuiskasi Ainolle, ja sitten kovempaa: ”Kunnian kivi! Mistä emme missään nimessä saisi mennä?”',
        ),
        elina('Aino puri huultaan, ettei olisi nauranut. Jossain kaukana yläpuolella lumi naurahti hänen puolestaan.'),
      ],
    },
    {
      title: 'Vanha tulikivi',
      content: 'Paikka, jossa tuuli ei puhalla. Keskellä seisoo kivi, joka on yhä lämmin.',
      posts: [
        mestari(
          'Tulikivi on miehen korkuinen, musta ja sileä. Siihen on kaiverrettu sävelkulku, mutta viimeinen merkki on lyöty rikki. Routa istahtaa lumeen kiven viereen ja painaa poskensa sitä vasten.',
          'Rikottu sävel',
        ),
        vaino(
          '”Tämän voi takoa uudestaan”, Ilmo sanoi pitkän hiljaisuuden jälkeen. Hän veti kintaat käsistään. ”Mutta jonkun pitää tietää, miten se päättyi.”',
        ),
        elina(
          'Aino muisti. Ei sanoja, vaan sen, miltä keittiössä oli tuntunut talvi-iltoina, kun isoäiti luuli kaikkien nukkuvan.\n\nHän avasi suunsa ja lauloi viimeisen sävelen.',
          'Viimeinen sävel',
        ),
        mestari(
          'Ensin ei tapahdu mitään.\n\nSitten tuuli, joka ei koskaan puhalla täällä, puhaltaa. Kaukana Hiidenlahdessa jää päästää irti laivasta, ja kolmen yön jälkeen lyhty ulapalla alkaa liikkua.',
        ),
      ],
    },
  ],
};

const saltShore: StoryChapter = {
  title: 'Majakan postilaatikko',
  description: 'Majakanvartija on kuollut kymmenen vuotta sitten. Hän kirjoittaa yhä joka tiistai.',
  beats: [
    {
      title: 'Ensimmäinen kirje',
      content: 'Postinkantaja tuo märän kuoren, jonka merkki on painettu ylösalaisin.',
      posts: [
        mestari(
          'Kuori on kirjattu teille molemmille. Muste on sinistä ja tuoksuu levältä. Sisällä on yksi lause: ”Valo sammuu torstaina, tulkaa ennen sitä.”\n\nTänään on keskiviikko.',
          'Märkä kuori',
        ),
        vaino(
          'Konstaapeli Salmi luki kirjeen kolmesti ja taittoi sen taskukirjansa väliin. ”Joko joku pilailee, tai sitten meillä on alle vuorokausi aikaa”, hän sanoi ja otti takkinsa.',
        ),
        elina(
          'Maisteri Lehtonen oli jo ovella, silmälasit huurussa ja kumisaappaat eri paria. ”Vuorovesi kääntyy kahdelta. Soudetaanko vai väitelläänkö?”',
        ),
      ],
    },
    {
      title: 'Karikon yli',
      content: 'Majakalle pääsee veneellä kahdesti päivässä. Takaisin harvemmin.',
      posts: [
        mestari(
          'Airot uppoavat veteen ääneti. Majakan valo pyyhkäisee ylitsenne, ja hetken ajan veneessä on kolme varjoa.',
          'Kolme varjoa',
        ),
        elina('Lehtonen laski varjot uudestaan. ”Konstaapeli”, hän sanoi hyvin rauhallisesti, ”älkää kääntykö.”'),
        vaino('Salmi souti. Hän ei kääntynyt. Mutta hän alkoi, varmuuden vuoksi, viheltää hautajaisvirttä.'),
      ],
    },
  ],
};

export const STORY: StoryGame[] = [
  {
    name: 'Revontulten varjot',
    description:
      'Pohjoisen satuja ja kylmää rautaa. Kaksi kulkijaa etsii laulua, jonka talvi on menettänyt, ennen kuin meri jäätyy pohjaan asti.',
    chapters: [frozenHarbour, beyondTheFells],
  },
  {
    name: 'Suolarannan kirjeet',
    description: 'Rauhallinen mysteeri saaristokaupungissa, jossa posti kulkee täsmällisesti myös kuolleilta.',
    chapters: [saltShore],
  },
];
