// Kills at moments that nobody chose: round after round on one growing database, audited over each dead body and at the end.
import { auditDead, auditSettled, recover } from './cell.ts';
import { Load } from './load.ts';
import { World, type WorldOptions } from './world.ts';

export interface RandomOptions extends WorldOptions {
  rounds: number;
  seed: number;
}

export interface RandomResult {
  seed: number;
  kills: number;
  faults: string[];
  generations: number;
  billed: number;
  pictures: number;
  /** From the last start until everything had ended. */
  recoveredMs: number;
  ms: number;
}

/** A kill comes at most this long after the start: by then a batch has been through every stage. */
const LONGEST_LIFE_MS = 2500;

export async function runRandomKills({ rounds, seed, ...options }: RandomOptions): Promise<RandomResult> {
  const began = Date.now();
  const random = generator(seed);
  await using world = await World.open(options);
  const load = new Load();
  const faults: string[] = [];
  let kills = 0;
  let recoveredMs = 0;
  try {
    for (; kills < rounds && faults.length === 0; kills++) {
      load.grow();
      await killAfter(world, load, random() * LONGEST_LIFE_MS);
      faults.push(...(await auditDead(world)).map((fault) => `round ${kills + 1}: ${fault}`));
      await world.ageUnsent();
    }
    recoveredMs = await recover(world, load);
    faults.push(...(await auditSettled(world, load)));
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error), ...load.faults);
  }
  const count = (where: string) => world.sql(`SELECT 1 FROM image_generations WHERE ${where}`).length;
  const figures = { generations: count('true'), pictures: count("status = 'succeeded'") };
  return { seed, kills, faults, ...figures, billed: world.double.bill.length, recoveredMs, ms: Date.now() - began };
}

async function killAfter(world: World, load: Load, ms: number): Promise<void> {
  const life = await world.start();
  if (!life) throw new Error('it did not start');
  // Whatever breaks off is asked for again in the end.
  const use = load.drive(life.program).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, ms));
  await life.program.end('SIGKILL');
  await use;
}

/** Mulberry32: small, and the same on every machine. @returns numbers from 0 up to 1 */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
