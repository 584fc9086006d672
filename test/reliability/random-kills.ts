// Kills at moments that nobody chose: round after round on one growing database, audited over each dead body and at the end.
import { generator } from '../support/random.ts';
import { auditDead, auditSettled, recover, unfinishedIn, wokenIn } from './cell.ts';
import { Load } from './load.ts';
import { type WakeUp, World, type WorldOptions } from './world.ts';

export interface RandomOptions extends WorldOptions {
  rounds: number;
  seed: number;
}

export interface RandomResult {
  seed: number;
  wakeUp: WakeUp;
  kills: number;
  faults: string[];
  generations: number;
  billed: number;
  pictures: number;
  /** Killed twice on the way to the provider, and so left to people. */
  lostTwice: number;
  /** Pictures that a webhook has told of, where that can be known for certain. */
  woken: number;
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
    faults.push(String(error), ...load.faults, ...unfinishedIn(world));
  }
  const count = (where: string) => world.sql(`SELECT 1 FROM image_generations WHERE ${where}`).length;
  const { wakeUp = 'polling' } = options;
  const figures = {
    generations: count('true'),
    billed: world.double.bill.length,
    pictures: count("status = 'succeeded'"),
    lostTwice: world.lostTwice().length,
    woken: wokenIn(world, wakeUp, faults),
  };
  return { seed, wakeUp, kills, faults, ...figures, recoveredMs, ms: Date.now() - began };
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
