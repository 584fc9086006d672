// Repeatable chance for the preview's drawings: the same text always gives the same row of numbers, in every process.
import { createHash } from 'node:crypto';

export interface Chance {
  /** 0 ≤ x < 1 */
  next(): number;
  between(low: number, high: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
}

export function chanceOf(text: string): Chance {
  let state = createHash('sha256').update(text).digest().readUInt32LE(0);
  // Mulberry32: tiny, and even enough for pictures.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    pick: (from) => from[Math.floor(next() * from.length)] ?? from[0],
  };
}
