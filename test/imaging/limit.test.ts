// The limiter: never more than its places, first come first served, and a failure frees its place.
import { expect, test } from 'vitest';
import { createLimit } from '../../src/imaging/limit.ts';

test('at most two run at once, in order, even when some fail', async () => {
  const limit = createLimit(2);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const task = (i: number) => async () => {
    started.push(i);
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
    if (i % 3 === 0) throw new Error(`task ${i}`);
    return i;
  };
  const batch = (from: number) => Promise.allSettled(Array.from({ length: 20 }, (_, i) => limit(task(from + i))));
  const results = [...(await batch(0)), ...(await batch(20))];
  expect(most).toBe(2);
  expect(started).toEqual([...Array(40).keys()]);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(14);
});

test('a task that throws before its first await frees its place too', async () => {
  const limit = createLimit(1);
  const broken = limit(() => {
    throw new Error('at once');
  });
  await expect(broken).rejects.toThrow('at once');
  await expect(limit(async () => 1)).resolves.toBe(1);
});
