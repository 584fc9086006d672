// The kill matrix as far as every change is to pass it: each point once, those that webhooks bear upon with these too, and some
// random kills of either kind. `npm run kill-matrix` does it all. The cells are run side by side, as they spend their time
// waiting for leases to run out.
import { beforeAll, expect, test } from 'vitest';
import { auditSettled, recover, runCell } from './cell.ts';
import { inParallel } from './in-parallel.ts';
import { Load } from './load.ts';
import { POINTS, type Point } from './points.ts';
import { runRandomKills } from './random-kills.ts';
import { type WakeUp, World } from './world.ts';

/** Only for a run that hangs: on a machine that is busy with much else it all takes several times as long. */
const LONG = 600_000;
const AT_ONCE = 12;
const KILLS = 8;
const seed = Date.now() % 100_000;
/** Where a fault of our own is not the answer to somebody's request. */
const WITHIN_THE_WORK = ['K7', 'K8', 'K13', 'K14', 'K16', 'K17', 'K18', 'K23'];
const IN_THE_RECEIVER = ['K9', 'K10'];
/** Between the order and the news of its end: elsewhere it makes no difference how the service was woken. */
const BESIDE_WEBHOOKS = ['K5', 'K6', 'K7', 'K8', 'K9', 'K9-lost', 'K10', 'K12', 'K20', 'K27'];

const pointsOf: Record<WakeUp, Point[]> = {
  polling: POINTS.filter(({ wakeUp }) => wakeUp !== 'webhook'),
  webhook: POINTS.filter(({ id }) => BESIDE_WEBHOOKS.includes(id)),
};
const all = (['polling', 'webhook'] as const).flatMap((wakeUp) => [
  { name: `${wakeUp}: killed ${KILLS} times at random moments, seed ${seed}`, run: () => randomKills(wakeUp) },
  ...pointsOf[wakeUp].map((point) => ({
    name: `${wakeUp}, ${point.id}: killed when ${point.what}`,
    run: () => killedAt(point, wakeUp),
  })),
  ...(wakeUp === 'polling' ? WITHIN_THE_WORK : IN_THE_RECEIVER).map((id) => ({
    name: `${wakeUp}, ${id}: a fault of our own there`,
    run: () => survived(id, wakeUp),
  })),
]);

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

async function randomKills(wakeUp: WakeUp): Promise<string[]> {
  return (await runRandomKills({ rounds: KILLS, seed, wakeUp })).faults;
}

async function killedAt(point: Point, wakeUp: WakeUp): Promise<string[]> {
  return (await runCell(point, { wakeUp })).faults;
}

async function survived(id: string, wakeUp: WakeUp): Promise<string[]> {
  await using world = await World.open({ wakeUp });
  const load = new Load();
  load.grow();
  await recover(world, load, `${id}:throw`);
  return auditSettled(world, load);
}
