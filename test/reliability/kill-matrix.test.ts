// The kill matrix as far as every change is to pass it: each point once, and some random kills. `npm run kill-matrix` does it
// all. The cells are run side by side, as they spend their time waiting for leases to run out.
import { beforeAll, expect, test } from 'vitest';
import { auditSettled, recover, runCell } from './cell.ts';
import { inParallel } from './in-parallel.ts';
import { Load } from './load.ts';
import { POINTS } from './points.ts';
import { runRandomKills } from './random-kills.ts';
import { World } from './world.ts';

const LONG = 240_000;
const AT_ONCE = 12;
const KILLS = 8;
const seed = Date.now() % 100_000;
/** Where a fault of our own is not the answer to somebody's request. */
const WITHIN_THE_WORK = ['K7', 'K8', 'K13', 'K14', 'K16', 'K17', 'K18', 'K23'];

const kills = { name: `killed ${KILLS} times at random moments, seed ${seed}`, run: randomKills };
/** Often a request is lost there on its way, and a minute goes by until that is certain: these are begun first. */
const SLOW = ['K1', 'K2', 'K5', 'K7', 'K8', 'K27'];
const slowFirst = POINTS.toSorted((a, b) => Number(SLOW.includes(b.id)) - Number(SLOW.includes(a.id)));
const cells = slowFirst.map((point) => ({
  name: `${point.id}: killed when ${point.what}`,
  run: () => killedAt(point),
}));
const survivals = WITHIN_THE_WORK.map((id) => ({ name: `${id}: a fault of our own there`, run: () => survived(id) }));
const all = [kills, ...cells, ...survivals];

const faults = new Map<string, Promise<string[]>>();
beforeAll(() => {
  const runs = all.map(({ run }) => run);
  inParallel(AT_ONCE, runs).forEach((run, index) => {
    run.catch(() => {}); // its own test will tell
    faults.set(all[index]?.name ?? '', run);
  });
});

test.each(all)('$name', { timeout: LONG }, async ({ name }) => {
  expect(await faults.get(name)).toEqual([]);
});

async function randomKills(): Promise<string[]> {
  return (await runRandomKills({ rounds: KILLS, seed })).faults;
}

async function killedAt(point: (typeof POINTS)[number]): Promise<string[]> {
  return (await runCell(point)).faults;
}

async function survived(id: string): Promise<string[]> {
  await using world = await World.open();
  const load = new Load();
  load.grow();
  await recover(world, load, `${id}:throw`);
  return auditSettled(world, load);
}
