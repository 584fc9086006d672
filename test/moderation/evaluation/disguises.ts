// The ways in which people hide a word from a list and still have it read: each on its own, and mixed.
import { type Disguise, pick, type Random } from './phrases.ts';

const CYRILLIC: Record<string, string> = {
  a: 'а',
  c: 'с',
  e: 'е',
  i: 'і',
  j: 'ј',
  k: 'к',
  o: 'о',
  p: 'р',
  s: 'ѕ',
  x: 'х',
  y: 'у',
};
const GREEK: Record<string, string> = {
  a: 'α',
  e: 'ε',
  i: 'ι',
  k: 'κ',
  n: 'η',
  o: 'ο',
  p: 'ρ',
  t: 'τ',
  u: 'υ',
  v: 'ν',
  x: 'χ',
};
const SMALL: Record<string, string> = Object.fromEntries(
  [...'abcdefghijklmnopqrstuvwyz'].map((letter, at) => [letter, [...'ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ'][at] as string]),
);
const DIGITS: Record<string, string> = { a: '4', e: '3', i: '1', l: '1', o: '0', s: '5', t: '7' };
const SIGNS: Record<string, string> = { a: '@', i: '!', s: '$', e: '€', l: '|', t: '+' };

const letters = (word: string, change: (letter: string, at: number) => string) => [...word].map(change).join('');
const isLetter = (letter: string) => /\p{L}/u.test(letter);
const by = (table: Record<string, string>) => (word: string) => letters(word, (letter) => table[letter] ?? letter);
const shifted = (base: number) => (word: string) =>
  letters(word, (letter) => (/[a-z]/.test(letter) ? String.fromCodePoint(base + letter.charCodeAt(0) - 97) : letter));
/** Between the letters of each word; the gaps between words stay wider. */
const spread = (word: string, between: (random: Random) => string, random: Random) =>
  word
    .split(' ')
    .map((part) => [...part].map((letter, at) => (at === 0 ? letter : between(random) + letter)).join(''))
    .join('   ');
/** One cut in the middle of every word that is long enough. */
const cut = (word: string, sign: string, random: Random) =>
  word
    .split(' ')
    .map((part) => {
      const at = 2 + Math.floor(random() * Math.max(1, part.length - 3));
      return part.length < 4 || !/^\p{L}+$/u.test(part) ? part : part.slice(0, at) + sign + part.slice(at);
    })
    .join(' ');
const starred = (word: string) =>
  word
    .split(' ')
    .map((part) => (part.length < 4 ? part : part.replace(/(?<=^.{1,})[aeiouyäö]/, '*')))
    .join(' ');
const stretched = (word: string, random: Random) => {
  const vowels = [...word].flatMap((letter, at) => (/[aeiouyäö]/.test(letter) && at > 0 ? [at] : []));
  const chosen = vowels.length > 0 ? pick(vowels, random) : 0;
  return letters(word, (letter, at) => (at === chosen && isLetter(letter) ? letter.repeat(4) : letter));
};
const zeroWidth = (word: string, random: Random) =>
  letters(
    word,
    (letter) => letter + (isLetter(letter) ? pick(['\u200b', '\u200d', '\u2060', '\u00ad', '\ufeff'], random) : ''),
  );
const lookAlike = (word: string, random: Random) =>
  letters(word, (letter) => pick([CYRILLIC[letter], GREEK[letter], letter], random) ?? letter);

export const DISGUISES: Record<string, Disguise> = {
  none: (word) => word,
  capitals: (word) => word.toUpperCase(),
  'full-width letters': shifted(0xff41),
  'bold mathematical letters': shifted(0x1d41a),
  'script mathematical letters': shifted(0x1d4ea),
  'double-struck letters': shifted(0x1d552),
  'circled letters': shifted(0x24d0),
  'small capitals': by(SMALL),
  'Cyrillic look-alikes': by(CYRILLIC),
  'Greek look-alikes': by(GREEK),
  'mixed look-alikes': lookAlike,
  'leet digits': by(DIGITS),
  'leet signs': by(SIGNS),
  'zero-width signs': zeroWidth,
  'combining marks': (word, random) =>
    letters(
      word,
      (letter) => letter + (isLetter(letter) ? pick(['\u0336', '\u0301\u0323', '\u034f', '\u20dd'], random) : ''),
    ),
  'spaces between letters': (word, random) => spread(word, () => ' ', random),
  'dots between letters': (word, random) => spread(word, () => '.', random),
  'any signs between letters': (word, random) =>
    spread(word, (own) => pick(['-', '_', '*', '~', '·', '/'], own), random),
  'repeated letters': stretched,
  'every letter twice': (word) => letters(word, (letter) => (isLetter(letter) ? letter + letter : letter)),
  'a star for a vowel': starred,
  'cut by a hyphen': (word, random) => cut(word, '-', random),
  'cut by a dot': (word, random) => cut(word, '.', random),
  'look-alikes and repeats': (word, random) => lookAlike(stretched(word, random), random),
  'leet and spaces': (word, random) => spread(by({ a: '4', e: '3', o: '0' })(word), () => ' ', random),
  'leet and zero-width': (word, random) => zeroWidth(by({ i: '1', s: '$', o: '0' })(word), random),
};
