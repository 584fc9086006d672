// Finds the characters that a text names, in English or Finnish, where a name changes with its case: Mikko, Mikon, Mikolle.

export interface Named {
  name: string;
}

/** Said of many, and so the name of nobody. */
const TITLES = new Set(
  (
    'sir lady lord dame master mistress king queen prince princess captain doctor dr mr mrs ms father mother brother sister saint the of ' +
    'herra rouva neiti kuningas kuningatar prinssi prinsessa kapteeni tohtori mestari isä äiti veli sisar pyhä vanha nuori suuri ' +
    'von van de la le da del di der af av ja and jr sr ii iii iv'
  ).split(' '),
);

/** Forms of names that begin sentences as quite ordinary words. */
const ORDINARY = new Set(
  'ainoa ilman toivon onneksi satuin valoa rauhaa lunta tuulta merta illalla kaista kullasta raudasta'.split(' '),
);

const VOWEL = '[aeiouyäöåáàâãéèêëíìîïóòôõøúùûüýæ]';
/** Susi, Suden, Sutta. */
const ENDS_IN_SI = new RegExp(`${VOWEL}si$`, 'u');
const CLITICS = '(?:kin|kaan|kään|k[oö](?:h[aä]n)?|h[aä]n|p[aä]s?)?';
const POSSESSIVE = '(?:ni|si|ns[aä]|mme|nne|(?<=a)an|(?<=ä)än|(?<=e)en)?';
/** Of the singular alone: nobody is there twice. */
const CASES = `(?:n|(?:[aä]|ll[aäe]|lt[aä]|ss[aä]|st[aä]|ks[ie]|tt[aä]|n[aä])${POSSESSIVE})`;
/** After an apostrophe or a colon: Geralt'n, Bo:lle, Elina's. */
const APART = `[’':](?:s|i?(?:${CASES}|t[aä]|[aeiou]n))`;

/** How the last consonants before the last vowel weaken in a closed syllable. */
const WEAKENING: [strong: RegExp, weak: string][] = [
  [/([kpt])\1$/, '$1'],
  [/nk$/, 'ng'],
  [/nt$/, 'nn'],
  [/mp$/, 'mm'],
  [/lt$/, 'll'],
  [/rt$/, 'rr'],
  [/(?<![sh])p$/, 'v'],
  [/(?<![st])t$/, 'd'],
];

interface Word {
  text: string;
  /** In lower case. */
  plain: string;
  /** Whether only a space stands between it and the word before. */
  follows: boolean;
  opensSentence: boolean;
}

interface Form {
  /** The letter that every form begins with. */
  initial: string;
  nominative: RegExp;
  inflected: RegExp;
}

/** So many words of a name are looked for: "Anna Maria Elisabet Virtanen". */
const WORDS_OF_A_NAME = 4;

/** A character that a word may mean. */
interface Match<T> {
  character: T;
  rank: number;
}

/**
 * The characters named in the text, in the order of `characters`. A word that is one's very name is no form of another's, and
 * of two with the same surname the one is meant whose first name stands beside it.
 */
export function findNamed<T extends Named>(text: string, characters: readonly T[]): T[] {
  const matches = matchesAmong(characters);
  const named = new Set<T>();
  for (const run of runsOf(wordsOf(text.normalize('NFC')))) {
    for (const character of meantIn(run.map(matches))) named.add(character);
  }
  return characters.filter((character) => named.has(character));
}

/** What finds the characters that a word may mean. Each word is looked at once: texts repeat themselves, and casts are large. */
function matchesAmong<T extends Named>(characters: readonly T[]): (word: Word) => Match<T>[] {
  const cast = characters.map((character) => ({ character, forms: formsOf(character.name) }));
  const known = new Map<string, Match<T>[]>();
  return (word) => {
    const key = `${word.opensSentence} ${word.text}`;
    const found =
      known.get(key) ??
      cast
        .map(({ character, forms }) => ({ character, rank: Math.max(0, ...forms.map((form) => likeness(form, word))) }))
        .filter(({ rank }) => rank > 0);
    known.set(key, found);
    return found;
  };
}

/** Of all that the words of a run may mean, for each word those that the whole run speaks for most. */
function meantIn<T>(run: Match<T>[][]): T[] {
  const totals = new Map<T, number>();
  for (const { character, rank } of run.flat()) totals.set(character, (totals.get(character) ?? 0) + rank);
  return run.flatMap((matches) => {
    const best = matches.reduce((most, { character }) => Math.max(most, totals.get(character) ?? 0), 0);
    return matches.filter(({ character }) => totals.get(character) === best).map(({ character }) => character);
  });
}

function formsOf(name: string): Form[] {
  return distinctiveWords(name).slice(0, WORDS_OF_A_NAME).map(formOf);
}

/** Words with a capital, where they stand next to each other together: a first name and a surname are one run. */
function runsOf(words: Word[]): Word[][] {
  const runs: Word[][] = [];
  let previous: Word | undefined;
  for (const word of words) {
    if (!/^[\p{Lu}\p{Lt}\p{Lo}]/u.test(word.text)) {
      previous = undefined;
      continue;
    }
    if (previous && word.follows) runs.at(-1)?.push(word);
    else runs.push([word]);
    previous = word;
  }
  return runs;
}

function wordsOf(text: string): Word[] {
  const found = text.matchAll(/[\p{L}\p{M}\p{N}]+(?:['’:‑-][\p{L}\p{M}\p{N}]+)*/gu);
  let end = 0;
  return [...found].map(({ 0: word, index }) => {
    const between = text.slice(end, index);
    const opensSentence = end === 0 || /[.!?…:\n"”»–—]/u.test(between);
    end = index + word.length;
    return { text: word, plain: word.toLowerCase(), follows: between === ' ', opensSentence };
  });
}

/** 2 for the name itself, 1 for a form of it, 0 for neither. */
function likeness({ initial, nominative, inflected }: Form, { plain, text, opensSentence }: Word): number {
  if (!plain.startsWith(initial)) return 0;
  // Elina-täti: what is put behind a name with a hyphen is no part of it.
  const head = /^(.+?)[‑-]\p{Ll}/u.exec(text)?.[1]?.toLowerCase();
  if (nominative.test(plain) || (head && nominative.test(head))) return 2;
  if (opensSentence && ORDINARY.has(plain)) return 0;
  return inflected.test(plain) ? 1 : 0;
}

/** What tells a character from others: not "Sir", and not "von". Where nothing else is left, all of it. */
function distinctiveWords(name: string): string[] {
  const words = wordsOf(name.normalize('NFC')).map(({ plain }) => plain);
  const telling = words.filter((word) => !TITLES.has(word) && (word.length > 1 || words.length === 1));
  return telling.length > 0 ? telling : words;
}

function formOf(word: string): Form {
  const own = pattern(word);
  const vowelStems = vowelStemsOf(word).map(inflectionsOf);
  const consonantStems = consonantStemsOf(word).map((stem) => `${pattern(stem)}(?:t[aä]|n[aä])`);
  const inflections = [...vowelStems, ...consonantStems].join('|');
  return {
    initial: word.slice(0, 1),
    nominative: new RegExp(`^${own}${CLITICS}$`, 'u'),
    inflected: new RegExp(`^(?:${inflections}|${own}${APART}|${own}(?:ni|ns[aä]|mme|nne))${CLITICS}$`, 'u'),
  };
}

/** Everything that a stem with a vowel at its end may become; into it: Elinaan, Leoon, Kaihin, Tuomaaseen. */
function inflectionsOf(stem: string): string {
  const last = stem.at(-1) ?? '';
  const isLong = new RegExp(`${VOWEL}{2}$`, 'u').test(stem);
  const longCases = isLong ? `|t[aä]|h${last}n|seen` : '';
  return `${pattern(stem)}(?:${CASES}|${last}n|${last}ns[aä]${longCases})`;
}

function vowelStemsOf(word: string): string[] {
  if (/nen$/.test(word)) return [word.replace(/nen$/, 'se'), `${word}i`];
  const lengthened = /([aeiäu])s$/u.exec(word);
  if (lengthened) {
    const open = word.slice(0, -1);
    const long = `${open}${lengthened[1]}`;
    return [`${open}kse`, `${word}i`, long, strengthened(long)];
  }
  if (!new RegExp(`${VOWEL}$`, 'u').test(word)) return /[lnrs]$/.test(word) ? [`${word}i`, `${word}e`] : [`${word}i`];
  return stemsOnVowel(word);
}

function stemsOnVowel(word: string): string[] {
  const both = (stem: string) => [stem, weakened(stem)];
  if (/e$/.test(word)) return [...both(word), `${word}e`, strengthened(`${word}e`)];
  if (ENDS_IN_SI.test(word) && word.length <= 6) return [word, word.replace(/si$/, 'te'), word.replace(/si$/, 'de')];
  // Lumi may bend like the snow (Lumen) or like a name (Lumin); Mäki and Joki lose their k.
  if (/[^aeiouyäö]i$/u.test(word) && word.length <= 6) {
    const stem = word.replace(/i$/, 'e');
    return [...both(word), ...both(stem), stem.replace(/(?<=[aeiouyäö])ke$/u, 'e')];
  }
  return both(word);
}

/** Before -ta and -na: Virtasta, Markusta, lunta, tuulta. */
function consonantStemsOf(word: string): string[] {
  if (/nen$/.test(word)) return [word.replace(/nen$/, 's')];
  if (/[lnrs]$/.test(word)) return [word];
  if (ENDS_IN_SI.test(word) && word.length <= 6) return [word.replace(/si$/, 't')];
  if (/[lnrs]i$/.test(word) && word.length <= 5) return [word.slice(0, -1)];
  if (/mi$/.test(word) && word.length <= 5) return [word.replace(/mi$/, 'n')];
  return /e$/.test(word) ? [`${word}t`] : [];
}

function weakened(stem: string): string {
  const body = stem.slice(0, -1);
  const rule = WEAKENING.find(([strong]) => strong.test(body));
  return rule ? body.replace(rule[0], rule[1]) + stem.slice(-1) : stem;
}

/** The other way round, before two vowels: Säde, Säteen; Kuningas, Kuninkaan. */
function strengthened(stem: string): string {
  const body = stem.slice(0, -2);
  const end = stem.slice(-2);
  if (/ng$/.test(body)) return body.replace(/ng$/, 'nk') + end;
  if (/d$/.test(body)) return body.replace(/d$/, 't') + end;
  if (/v$/.test(body)) return body.replace(/v$/, 'p') + end;
  return /(?<![kpt])[kpt]$/.test(body) ? body + body.slice(-1) + end : stem;
}

/** Words hold no signs but these, so nothing in them is a command; a hyphen may be one that does not break. */
function pattern(word: string): string {
  return word.replace(/[‑-]/g, '[‑-]');
}
