// Fits pieces into the tokens that the model reads: each gets its place by rank, and none is cut.
import type { Piece } from './pieces.ts';
import { TOKEN_LIMIT } from './tokens.ts';

export interface Shortened {
  text: string;
  tokens: number;
  /** What people wrote or chose and the model is not told. */
  left_out: string[];
}

/** @param count of the tokens of a whole text */
export function shorten(pieces: Piece[], count: (text: string) => number): Shortened {
  const whole = join(pieces, () => true);
  const tokens = count(whole);
  if (tokens <= TOKEN_LIMIT) return { text: whole, tokens, left_out: [] };
  const kept = choose(pieces, count);
  const text = join(pieces, (piece) => kept.has(piece));
  return { text, tokens: count(text), left_out: leftOut(pieces, kept) };
}

/** In the order of their ranks, and among equals as they stand: each that still fits. */
function choose(pieces: Piece[], count: (text: string) => number): Set<Piece> {
  const kept = new Set<Piece>();
  let used = 0;
  for (const piece of pieces.toSorted((one, other) => one.rank - other.rank)) {
    if (piece.after && !kept.has(piece.after)) continue;
    const comma = used > 0 && piece.glue === null ? 1 : 0;
    if (used + comma + count(piece.text) > TOKEN_LIMIT) continue;
    kept.add(piece);
    const tokens = count(join(pieces, (each) => kept.has(each))); // signs that meet may count otherwise than alone
    if (tokens > TOKEN_LIMIT) kept.delete(piece);
    else used = tokens;
  }
  return kept;
}

function join(pieces: Piece[], isKept: (piece: Piece) => boolean): string {
  let text = '';
  let isBeside = false;
  for (const piece of pieces) {
    const stays = isKept(piece);
    if (stays) text += (text === '' ? '' : isBeside ? (piece.glue ?? ', ') : ', ') + piece.text;
    isBeside = stays;
  }
  return text;
}

/** As it was written: neighbours of one sentence together. */
function leftOut(pieces: Piece[], kept: Set<Piece>): string[] {
  const texts: string[] = [];
  let isBeside = false;
  for (const piece of pieces) {
    const isOut = piece.told && !kept.has(piece);
    if (isOut && isBeside && piece.glue !== null) texts.push(texts.pop() + piece.glue + piece.text);
    else if (isOut) texts.push(piece.text);
    isBeside = isOut;
  }
  return texts;
}
