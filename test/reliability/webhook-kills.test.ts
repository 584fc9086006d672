// One picture, one webhook, and a program that dies over it: what it had committed by then, and that the news counts once.
import { expect, test } from 'vitest';
import { ELINA, GAME } from '../support/forum-file.ts';
import { auditSettled } from './cell.ts';
import { everythingEnded, Load } from './load.ts';
import { until, World } from './world.ts';

const LONG = 120_000;
/** The service's own pause between two looks at a picture, where webhooks are on. */
const POLL_MS = 10_000;
/** Once for its state, once for the address of the picture, and the picture. */
const ONCE = ['get', 'get', 'download'];

/** Asks for one picture and has the program die over its webhook. */
async function dieAt(point: string, world: World, load: Load): Promise<void> {
  const life = await world.start(`${point}:kill`);
  if (!life) throw new Error('it did not start');
  world.double.holding = true;
  await load.ask(await life.program.as(ELINA), `/games/${GAME}/images`, 'a mill');
  // Not before the order is written down: news that outruns it is another story.
  await until('it is under way', () => stateOf(world).status === 'generating');
  world.double.release();
  expect((await life.ended).signal).toBe('SIGKILL');
}

/** How long after its order the dead program would have looked at the picture. */
function dueAfter(world: World): number {
  const { status, submitted_at, run_at_ms } = stateOf(world);
  expect(status).toBe('generating');
  return run_at_ms - Date.parse(submitted_at);
}

function stateOf(world: World) {
  const [row] = world.sql<{ status: string; submitted_at: string; run_at_ms: number }>(
    'SELECT status, submitted_at, run_at_ms FROM image_generations',
  );
  if (!row) throw new Error('it was asked for');
  return row;
}

/** Starts the program again until the picture is there, and whatever else is to happen has happened. @returns what it asked for */
async function recover(world: World, load: Load, happened = () => true): Promise<unknown[]> {
  const before = world.double.requests.length;
  const life = await world.start();
  if (!life) throw new Error('it did not start');
  await everythingEnded(life.program);
  await until('all has happened', happened);
  await life.program.end();
  expect(await auditSettled(world, load)).toEqual([]);
  const calls = world.double.requests.slice(before).map(({ call }) => call);
  return calls.filter((call) => call !== 'version'); // the start asks about its model
}

test.concurrent.each([
  ['K9', 'nothing is committed yet', false],
  ['K10', 'the picture is due, but nobody was answered', true],
])('%s: %s; the sender says it again, and it counts once', { timeout: LONG }, async (point, _what, isDue) => {
  await using world = await World.open({ wakeUp: 'webhook' });
  const load = new Load();
  await dieAt(point, world, load);
  expect(dueAfter(world) < POLL_MS).toBe(isDue);
  const { deliveries } = world.double.webhooks;
  expect(await recover(world, load, () => deliveries.at(-1)?.status === 200)).toEqual(ONCE);
  expect(deliveries.length).toBeGreaterThan(1);
  expect(deliveries.slice(0, -1).map(({ status }) => status)).not.toContain(200);
  expect(new Set(deliveries.map(({ id }) => id)).size).toBe(1);
});

test.concurrent('K9, and it is never said again: the picture is found by asking', { timeout: LONG }, async () => {
  await using world = await World.open({ wakeUp: 'webhook' });
  const load = new Load();
  await dieAt('K9', world, load);
  world.double.webhooks.giveUp();
  expect(await recover(world, load)).toEqual(ONCE);
  expect(world.double.webhooks.deliveries.map(({ status }) => status)).not.toContain(200);
});
