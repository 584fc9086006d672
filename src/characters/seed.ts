// Where seeds come from when nobody has chosen one.
import { randomInt } from 'node:crypto';
import { SEED_LIMIT } from '../contract.ts';

export function randomSeed(): number {
  return randomInt(SEED_LIMIT);
}
