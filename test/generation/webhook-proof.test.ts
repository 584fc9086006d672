// A lost request is sent again only when it is proven not to have arrived; a webhook about it proves that it has.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { faults } from '../support/replicate-double.ts';
import { WEBHOOK_SECRET } from '../support/replicate-webhooks.ts';
import { call } from './hooks.ts';
import { openWorld } from './world.ts';

const MINUTE = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets the service believe that time has gone by; timers and the double's clock stay as they are. */
function createClock(): (ms: number) => void {
  const real = Date.now;
  let ahead = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => real() + ahead);
  return (ms) => {
    ahead += ms;
  };
}

test.each([
  ['by a webhook: it is never sent again', true, 1],
  ['by nothing: it is sent again, once', false, 2],
])('a request that nobody can find, known %s', async (_name, known, creates) => {
  await using world = await openWorld({
    PUBLIC_URL: 'http://127.0.0.1:9',
    REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    POLL_INTERVAL_MS: '60000',
  });
  const { double } = world;
  const advance = createClock();
  double.next('create', faults.reset('before'));
  double.next('list', ...Array.from({ length: 100 }, () => faults.answer(200, { results: [], next: null })));
  const generation = await world.ask();
  await double.arrived('list');
  if (known) await call(world, generation, { id: 'nobodyknowsit' });
  // Below the ten minutes after which people have to look. The worker notices at its next round, a second later at most.
  for (let minute = 0; minute < 8 && double.count('create') < 2; minute++) {
    advance(MINUTE);
    await sleep(1100);
  }
  expect(double.count('list')).toBeGreaterThan(2);
  expect(double.count('create')).toBe(creates);
});
