// The soak and the burst as far as every change is to pass them: half a minute with a kill, a burst against each of
// the limits, and the order in which users get their turn. `npm run soak` and burst.ts do it in full, with bars on time.
import { describe, expect, test } from 'vitest';
import { acceptedOf, type BurstOptions, runBurst } from './burst-load.ts';
import { orderBeside } from './fairness.ts';
import { growthOf, spreadOf } from './soak/figures.ts';
import { readOptions } from './soak/options.ts';
import type { Sample } from './soak/probe.ts';
import { runSoak } from './soak/run.ts';

/** A request that a kill lost is sent again only when three minutes have proven it lost; that is rare. */
const LONG = 5 * 60_000;
const seed = Date.now() % 100_000;

const SMALL: BurstOptions = {
  users: 20,
  each: 5,
  withinMs: 1000,
  maxActivePerUser: 3,
  ratePerMinute: 10,
  maxQueued: 200,
  maxInFlight: 6,
  realPictures: false,
  seed,
};

describe.concurrent('under load', () => {
  test(`a kill loses nothing, seed ${seed}`, { timeout: LONG }, async () => {
    const options = readOptions(['--minutes', '0.3', '--latency', '1-3', '--kill-every', '9s', '--seed', String(seed)]);
    const result = await runSoak({ ...options, realPictures: false });
    expect(result.kills).toBeGreaterThan(0);
    expect(result.endings.succeeded).toBeGreaterThan(10);
    expect({ lost: result.lost, violations: result.violations, faults: result.faults }).toEqual({
      lost: 0,
      violations: [],
      faults: [],
    });
  });

  test.each<[string, Partial<BurstOptions>, string[]]>([
    ['that users may have at a time', {}, ['429 too_many_active']],
    [
      'that a user may ask for in a minute',
      { maxActivePerUser: 9, ratePerMinute: 2, maxInFlight: 4 },
      ['429 rate_limited'],
    ],
    ['that may wait in all', { maxQueued: 25 }, ['429 too_many_active', '503 queue_full']],
  ])('a burst gets as many pictures as the number %s', { timeout: LONG }, async (_name, changes, refusals) => {
    const options = { ...SMALL, ...changes };
    const accepted = acceptedOf(options);
    const all = options.maxInFlight + accepted;
    const result = await runBurst(options);
    const refused = Object.values(result.refused).reduce((sum, count) => sum + count, 0);
    expect(result).toMatchObject({ accepted, holds: all, endings: { succeeded: all }, billed: all, violations: [] });
    expect(refused).toBe(options.users * options.each - accepted);
    expect(refusals).toEqual(expect.arrayContaining(Object.keys(result.refused)));
  });

  test('who asks for one picture comes before the many of another that wait', { timeout: LONG }, async () => {
    const greedy = Array.from({ length: 8 }, (_, number) => `greedy ${number}`);
    expect(await orderBeside(7)).toEqual([greedy[0], 'modest', ...greedy.slice(1)]);
  });
});

test('figures are what they are called', () => {
  expect(spreadOf(Array.from({ length: 200 }, (_, index) => index + 1))).toEqual({
    count: 200,
    p50: 100,
    p95: 190,
    p99: 198,
    max: 200,
  });
  // A picture a second, and 10 kB kept of each after a warm-up that took 100 MB: 10 MB for each thousand.
  const samples = Array.from({ length: 300 }, (_, s) => ({ at: s * 1000, rss: s < 90 ? s : 100 + s * 0.01 }) as Sample);
  const finished = samples.map(({ at }) => at);
  const { pictures, perThousand } = growthOf(samples, finished);
  expect(pictures).toBe(199);
  expect(perThousand).toBeCloseTo(10);
});
