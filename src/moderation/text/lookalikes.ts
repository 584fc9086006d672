// Signs of other scripts, and digits and signs of this one, that are read as a Latin letter.

/** By the letter that they are read as; in lower case, as NFKC leaves them and without their accents. */
const SIGNS_BY_LETTER: Record<string, string> = {
  a: 'аαɑᴀɐạ∂ⲁꭺ',
  b: 'вьбβʙƀɓ฿ъ',
  c: 'сϲᴄƈȼ¢©ⅽ',
  d: 'ԁɗđðᴅժδ',
  e: 'еєεɛᴇǝə€ҽ℮эɘ',
  f: 'ƒꜰϝғſ',
  g: 'ɡɢցǥɠ',
  h: 'нһʜħհҺɦηҥ',
  i: 'іιɪıɩӏїι¡ⅰ',
  j: 'јᴊϳʝɉ',
  k: 'кκᴋƙқĸҝ',
  l: 'ʟłɭℓⅼլⱡ',
  m: 'мᴍɱʍмⅿ',
  n: 'ոɴпηŋɲภ',
  o: 'оοσᴏøօәѳθɵ○',
  p: 'рρᴘþƥ',
  q: 'ԛʠզ',
  r: 'гʀɹгɾɍ',
  s: 'ѕꜱʂś§ς',
  t: 'тτᴛŧƭʇ†',
  u: 'υᴜսцʉʊμ',
  v: 'νᴠѵʋ',
  w: 'ωᴡԝшɯ',
  x: 'хχ×ӿ',
  y: 'уγʏүұɣ¥',
  z: 'ᴢʐƶᴢʑ',
};

/** One reading for each sign, but for those that stand for two letters: the second reading of them is in `SECOND`. */
const FIRST = new Map<string, string>();
const SECOND = new Map<string, string>();
for (const [letter, signs] of Object.entries(SIGNS_BY_LETTER)) {
  for (const sign of signs) (FIRST.has(sign) ? SECOND : FIRST).set(sign, letter);
}

const LIGATURES: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe' };
/** What a picture model reads as well as a person. */
const EMOJI: Record<string, string> = {
  '👶': ' baby ',
  '🧒': ' child ',
  '👧': ' child ',
  '👦': ' child ',
  '🔞': ' nsfw ',
};
/** Letters in circles and squares that NFKC leaves alone: three alphabets in a row, and that of the flags. */
const ENCLOSED = [0x1f150, 0x1f170, 0x1f1e6, 0x1f130];

/** 1, ! and | are an i or an l: see blurred(). */
export const LEET: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
  '+': 't',
};
/** In plain Latin letters and lower case, without accents and invisible signs. The second reading differs only where a sign has two. */
export function plainLetters(text: string): [string, string] {
  const shown = text.replace(/\p{Extended_Pictographic}/gu, (sign) => EMOJI[sign] ?? sign);
  const folded = accentsOff(accentsOff(shown.normalize('NFKC')).toLowerCase());
  const first: string[] = [];
  const second: string[] = [];
  for (const sign of folded) {
    const letter = sign < '\x80' ? sign : (FIRST.get(sign) ?? LIGATURES[sign] ?? enclosedLetter(sign) ?? sign);
    first.push(letter);
    second.push(SECOND.get(sign) ?? letter);
  }
  return [first.join(''), second.join('')];
}

function accentsOff(text: string): string {
  return text.normalize('NFD').replace(/[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
}

function enclosedLetter(sign: string): string | undefined {
  const code = sign.codePointAt(0) ?? 0;
  const start = ENCLOSED.find((base) => code >= base && code < base + 26);
  return start === undefined ? undefined : String.fromCharCode(97 + code - start);
}
