// Takes the fields of a prompt apart into pieces, each with the rank by which it is kept when not all can stay.
import type { Part } from './features.ts';
import { countTokens } from './tokens.ts';

export interface Piece {
  text: string;
  /** What joins it to the piece before, where that one stands, too; null where a new part begins. */
  glue: string | null;
  /** The lower, the sooner it gets its place. */
  rank: number;
  /** The beginning of the same sentence, without which this one makes no sense. */
  after: Piece | null;
  /** Whether somebody wrote or chose it, and so is told when it is left out. */
  told: boolean;
}

export interface Field {
  text: string;
  divide(clause: string): Part[];
  /** @param isFirst of its field */
  rank(part: string, isFirst: boolean): number;
  /** How many tokens of its beginning stay together; 16 when left out. */
  beginning?: number;
  told: boolean;
}

/** A part longer than this may be shortened between its words. */
const LONG_PART = 16;
/** And loses this much at a time. */
const CHUNK = 8;
/** Longer than this, or without any letter, is no word that could begin anything: nothing hangs on it, and it may go alone. */
const LONGEST_WORD = 24;

/** @param said every clause so far, in lower case, with its pieces: it is not said again, and what is new is added */
export function piecesOf(field: Field, said: Map<string, Piece[]>): Piece[] {
  const pieces: Piece[] = [];
  let isFirst = true;
  for (const clause of clausesOf(field.text)) {
    const known = said.get(clause.toLowerCase());
    const fresh: Piece[] = known ? [] : clausePieces(field, clause, isFirst);
    if (known) raise(known, field, isFirst);
    else said.set(clause.toLowerCase(), fresh);
    pieces.push(...fresh);
    isFirst &&= !(known ?? fresh).some(isReadable);
  }
  return pieces;
}

function clausesOf(text: string): string[] {
  const clauses = text.split(/[,\n\r]/).map((clause) => clause.replace(/\s+/g, ' ').trim());
  return clauses.filter((clause) => clause !== '');
}

function clausePieces(field: Field, clause: string, isFirst: boolean): Piece[] {
  const pieces: Piece[] = [];
  for (const [index, { text, glue }] of field.divide(clause).entries()) {
    pieces.push(...chunksOf(field, text, index === 0 ? null : glue, isFirst && !pieces.some(isReadable)));
  }
  return pieces;
}

/** What is said in two fields is as important as in the one where it matters more. */
function raise(pieces: Piece[], field: Field, isFirst: boolean): void {
  const first = pieces.find(isReadable);
  for (const piece of pieces) {
    piece.rank = Math.min(piece.rank, field.rank(piece.text, isFirst && piece === first));
  }
}

/** A part whole, or, when it is long, as its beginning and what follows, never cut inside a word. */
function chunksOf(field: Field, text: string, glue: string | null, isFirst: boolean): Piece[] {
  const chunks: Piece[] = [];
  const beginning = isFirst ? (field.beginning ?? LONG_PART) : LONG_PART;
  for (const [index, chunk] of split(text, beginning).entries()) {
    const before = chunks.findLast(isReadable) ?? null;
    const piece = { text: chunk, glue: index === 0 ? glue : ' ', rank: 0, after: before, told: field.told };
    piece.rank = field.rank(text, isFirst && !before && isReadable(piece));
    chunks.push(piece);
  }
  return chunks;
}

function split(text: string, beginning: number): string[] {
  if (countTokens(text) <= beginning) return [text];
  const chunks: string[] = [];
  let room = 0;
  for (const word of text.split(' ')) {
    const tokens = countTokens(word);
    if (tokens > room) {
      chunks.push(word);
      room = (chunks.length === 1 ? beginning : CHUNK) - tokens;
    } else {
      chunks.push(`${chunks.pop()} ${word}`);
      room -= tokens;
    }
  }
  return chunks;
}

function isReadable({ text }: { text: string }): boolean {
  return /[\p{L}\p{N}]/u.test(text) && countTokens(text) <= LONGEST_WORD;
}
