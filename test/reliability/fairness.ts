// How somebody fares who asks for one picture at a time beside somebody who asks for a hundred.
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './burst-load.ts';
import { spreadOf } from './soak/figures.ts';
import { Stage } from './soak/stage.ts';
import { until } from './world.ts';

const WAITING = 100;

export interface Waits {
  /** From asking to the picture, p95, ms. */
  alone: number;
  beside: number;
}

/** In which order the provider is asked when one user has `waiting` pictures waiting, and then another asks for one. */
export async function orderBeside(waiting: number): Promise<string[]> {
  await using stage = await openStage({ MAX_IN_FLIGHT: '1', POLL_INTERVAL_MS: '200' }, [0.2, 0.2], false);
  const [greedy = 0, modest = 0] = stage.users;
  await stage.start();
  await stage.upstream.hold();
  for (let number = 0; number <= waiting; number++) await ask(stage, greedy, `greedy ${number}`);
  await until('the first is under way', async () => (await stage.upstream.running()) === 1);
  await ask(stage, modest, 'modest');
  await stage.upstream.release();
  await until('everything has ended', () => stage.unfinished() === 0, 120_000);
  const bill = await stage.upstream.bill();
  return bill.map(({ input }) => /(greedy \d+|modest)/.exec(String(input.prompt))?.[0] ?? '');
}

/** @param pictures asked for one after the other, first alone, then while somebody else always has a hundred waiting */
export async function waitsBeside(pictures: number): Promise<Waits> {
  await using stage = await openStage({ MAX_IN_FLIGHT: '16' }, [1, 3], false);
  const [greedy = 0, modest = 0] = stage.users;
  await stage.start();
  const alone = await waitsOf(stage, modest, pictures);
  const over = new AbortController();
  const greed = askAlways(stage, greedy, over.signal);
  await until('many wait', () => stage.unfinished() >= WAITING);
  const beside = await waitsOf(stage, modest, pictures);
  over.abort();
  await greed;
  return { alone: spreadOf(alone).p95, beside: spreadOf(beside).p95 };
}

function openStage(settings: Record<string, string>, latencyS: [number, number], realPictures: boolean) {
  const generous = { MAX_ACTIVE_PER_USER: '1000', RATE_LIMIT_PER_MINUTE: '10000' };
  return Stage.open({ latencyS, faults: 0, seed: 1, realPictures, users: 2, settings: { ...generous, ...settings } });
}

async function waitsOf(stage: Stage, user: number, pictures: number): Promise<number[]> {
  const waits: number[] = [];
  for (let number = 0; number < pictures; number++) {
    const start = performance.now();
    const { body } = await ask(stage, user, `modest ${number}`);
    const isThere = () =>
      stage.sql('SELECT 1 FROM image_generations WHERE id = ? AND finished_at IS NOT NULL', body.id).length > 0;
    await until('the picture is there', isThere, 60_000);
    waits.push(performance.now() - start);
  }
  return waits;
}

async function askAlways(stage: Stage, user: number, signal: AbortSignal): Promise<void> {
  for (let number = 0; !signal.aborted; ) {
    if (stage.unfinished() < WAITING + 2) await ask(stage, user, `greedy ${number++}`);
    else await sleep(20);
  }
}
