// A text as it may be meant: as it stands, and with the disguises undone that hide a word from a list.
import { LEET, plainLetters } from './lookalikes.ts';
import { blur } from './table.ts';
import { HIDDEN, knownOf } from './vocabulary.ts';

/** Words longer than any real one are looked into. */
const LONGEST_WORD = 40;
/** Of a word's letters. */
const MOST = 0.7;
/** So short that they stand beside others every day, and so are no halves of a cut word. */
const LITTLE_WORDS = new Set(
  'a i an as at be by do go he if in is it me my no of on or so to up us we ei et ja jo se te'.split(' '),
);
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const VOWELS = 'aeiouy';
const SINGLE_LETTERS = /(?<![a-z0-9])[a-z0-9@$!|+](?:[^a-z0-9@$!|+]{1,4}[a-z0-9@$!|+](?![a-z0-9])){2,}/g;
const NO_LETTERS = /[^a-z0-9@$!|+]+/g;
/** More of them hide nothing: they would only take time. */
const MAX_STARRED = 12;
const STAR = /(?<=[a-z0-9])[*#%_^~](?=[a-z0-9])/;
const STARS = new RegExp(STAR, 'g');
/** What divides a sentence; rules see it as a comma, since what stands on both sides of it belongs less together. */
const DIVIDING = /[,;:.!?()[\]{}/\n"“”„»«–—|]+/g;

export interface Readings {
  /** Each of a–z, 0–9, single spaces, and commas between spaces; the first is the text as it stands. */
  clear: string[];
  /** The same where it cannot be told whether an i or an l is meant: every l is an i. */
  blurred: string[];
  /** What stands as single letters, put together. */
  loose: string[];
}

/** Every step takes time in proportion to the length. */
export function readingsOf(text: string): Readings {
  const clear = new Set<string>();
  const blurred = new Set<string>();
  const loose = new Set<string>();
  for (const plain of new Set(plainLetters(text))) {
    const { joined, runs } = singleLettersJoined(plain);
    for (const letters of [plain, joined, starsFilled(plain)]) {
      addAll(clear, variantsOf(letters));
      if (!isMasked(letters)) continue;
      const unmasked = [unmask(letters), unmaskAll(letters)].flatMap(variantsOf);
      addAll(clear, unmasked);
      addAll(blurred, unmasked.map(blur));
    }
    if (runs) addAll(loose, [runs, unmaskAll(runs), unmaskAll(runs.replace(/[1!|]/g, 'l'))].map(spaced));
  }
  for (const reading of [...clear]) clear.add(halvesJoined(reading));
  return { clear: [...clear], blurred: [...blurred], loose: [...loose] };
}

function addAll(set: Set<string>, texts: string[]): void {
  for (const text of texts) set.add(text);
}

/** With signs inside of words taken for gaps, and taken for nothing; with letters repeated, once and twice. */
function variantsOf(letters: string): string[] {
  return [letters, closeUp(letters)]
    .map(spaced)
    .flatMap((text) => [text, opened(squeezed(text, 1)), opened(squeezed(text, 2))]);
}

/** Signs between words as spaces, and between clauses as commas. */
function spaced(text: string): string {
  const divided = text.replace(DIVIDING, ' , ').replace(/[^a-z0-9,]+/g, ' ');
  return divided.replace(/ (?:, )+/g, (gap) => (gap === ' ' ? gap : ' , ')).trim();
}

/** Digits and signs as letters, in words that have letters as well: 15 stays a number, and a cry a cry. */
function unmask(text: string): string {
  return text.replace(/[a-z0-9@$!|+]+/g, (part) => {
    const word = part.replace(/[!|+]+$/, '');
    return /[a-z]/.test(word) ? unmaskAll(word) + part.slice(word.length) : part;
  });
}

function unmaskAll(text: string): string {
  return text.replace(/[0-9@$!|+]/g, (sign) => LEET[sign] ?? sign);
}

/** Whether a word has letters and something else, which is no sign at its end. */
function isMasked(text: string): boolean {
  return /[a-z][0-9@$]|[a-z][!|+]+[a-z0-9@$]|[0-9@$!|+][a-z]/.test(text);
}

/** Signs inside of a word away: na-ked, na.ked. */
function closeUp(text: string): string {
  return text.replace(/(?<=[a-z])[^a-z0-9\s]+(?=[a-z])/g, '');
}

/** n a k e d, n.a.k.e.d: what stands as single letters is one word; a wider gap among them is one between words. */
function singleLettersJoined(text: string): { joined: string; runs: string } {
  const runs: string[] = [];
  const joined = text.replace(SINGLE_LETTERS, (run) => {
    const gaps = run.match(NO_LETTERS) ?? [];
    const narrowest = Math.min(...gaps.map((gap) => gap.length));
    const spaces = gaps.filter((gap) => /^\s$/.test(gap)).length;
    const isWide = (gap: string) => gap.length > narrowest || (spaces * 2 < gaps.length && gap === ' ');
    const words = run.replace(NO_LETTERS, (gap) => (isWide(gap) ? ' ' : ''));
    runs.push(words);
    return words;
  });
  return { joined, runs: runs.join(' , ') };
}

/** nuuuude, ppoorrnn: letters that are repeated more often than any word repeats them. */
function squeezed(reading: string, length: number): string {
  return reading.replace(/[a-z]{4,}/g, (word) => {
    if (/^(?:([a-z])\1){2,}$/.test(word)) return word.replace(/(.)\1/g, '$1');
    return word.replace(/([a-z])\1{2,}/g, (_, letter: string) => letter.repeat(length));
  });
}

/** Words run together that rules look for, two of them or more and little else; and all in what no word is so long as to be. */
function opened(reading: string): string {
  return reading.replace(/[a-z0-9]{6,}/g, (word) => {
    const hidden = word.match(HIDDEN) ?? [];
    const isMadeOfThem = hidden.length > 1 && hidden.join('').length >= word.length * MOST;
    return isMadeOfThem || (hidden.length > 0 && word.length > LONGEST_WORD)
      ? word.replace(HIDDEN, ' $& ').trim()
      : word;
  });
}

/** n*de: the letter that makes a word which rules look for of it, or all that may be meant. */
function starsFilled(text: string): string {
  let filled = 0;
  return text.replace(/\S+/g, (word) => {
    const stars = word.length > LONGEST_WORD ? 0 : (word.match(STARS)?.length ?? 0);
    if (stars < 1 || stars > 2 || filled === MAX_STARRED) return word;
    filled += 1;
    const meant = fillings(word, stars === 1 ? LETTERS : VOWELS);
    return (knownOf(meant) ?? meant).join(' ');
  });
}

function fillings(word: string, letters: string): string[] {
  if (!STAR.test(word)) return [word];
  return [...letters].flatMap((letter) => fillings(word.replace(STAR, letter), letters));
}

/** na ked: two halves beside each other that are such a word only together. */
function halvesJoined(reading: string): string {
  const words = reading.split(' ');
  return words.map((word, at) => (isHalf(word, words[at + 1]) ? `${word}${words[at + 1]} ${word}` : word)).join(' ');
}

function isHalf(word: string, next: string | undefined): boolean {
  if (!next || LITTLE_WORDS.has(word) || LITTLE_WORDS.has(next) || Math.min(word.length, next.length) > 4) return false;
  const whole = word + next;
  return whole.length < LONGEST_WORD && whole.match(HIDDEN)?.[0] === whole;
}
