// When a judge is asked, and when not: once for the same thing, not while it is out of order, and by one question on probation.
import { afterEach, expect, test, vi } from 'vitest';
import { NoVerdict, Verdicts } from '../../src/generation/verdicts.ts';
import type { Judge, Verdict } from '../../src/moderation/judge.ts';
import { ProviderError, type ProviderErrorKind } from '../../src/providers/provider.ts';
import { Breaker } from '../../src/queue/breaker.ts';

afterEach(() => vi.useRealTimers());

/** A judge that answers only when it is told to. */
function heldJudge() {
  const open: PromiseWithResolvers<Verdict>[] = [];
  const judge: Judge<string> = {
    judge: () => {
      const answer = Promise.withResolvers<Verdict>();
      open.push(answer);
      return answer.promise;
    },
    check: async () => {},
    close: async () => {},
  };
  return { judge, open };
}

function failingJudge(kind: ProviderErrorKind = 'later') {
  const judge = { fails: true, asked: 0 };
  const verdict = async (): Promise<Verdict> => {
    judge.asked += 1;
    if (judge.fails) throw new ProviderError(kind, 'no');
    return null;
  };
  return Object.assign(judge, { judge: verdict, check: async () => {}, close: async () => {} });
}

/** The outcomes of so many questions, one after another and each its own. */
async function askTimes(verdicts: Verdicts<string>, count: number, name = 'q'): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (let index = 0; index < count; index++) {
    outcomes.push(await verdicts.on(`${name} ${index}`).catch((error: unknown) => error));
  }
  return outcomes;
}

test('the same thing is asked once, also while the answer is out, and again after five minutes', async () => {
  vi.useFakeTimers();
  const { judge, open } = heldJudge();
  const verdicts = new Verdicts(judge);
  const both = [verdicts.on('a'), verdicts.on('a')];
  expect(open).toHaveLength(1);
  open[0]?.resolve('hate');
  expect(await Promise.all(both)).toEqual(['hate', 'hate']);
  expect(await verdicts.on('a')).toBe('hate');
  expect(open).toHaveLength(1);
  vi.setSystemTime(Date.now() + 5 * 60_000 + 1);
  void verdicts.on('a');
  expect(open).toHaveLength(2);
});

test('of very many verdicts the oldest are forgotten', async () => {
  const judge = failingJudge();
  judge.fails = false;
  const verdicts = new Verdicts<string>(judge);
  await askTimes(verdicts, 501);
  await verdicts.on('q 500');
  expect(judge.asked).toBe(501);
  await verdicts.on('q 0');
  expect(judge.asked).toBe(502);
});

test('five failures in half a minute stop the questions; then one is a probe, and its answer opens the gate again', async () => {
  let now = 0;
  const { judge, open } = heldJudge();
  const verdicts = new Verdicts(judge, new Breaker(() => now));
  const failures = ['a', 'b', 'c', 'd', 'e'].map((text) => expect(verdicts.on(text)).rejects.toBeInstanceOf(NoVerdict));
  for (const { reject } of open) reject(new Error('no'));
  await Promise.all(failures);
  await expect(verdicts.on('f')).rejects.toMatchObject({ retryAfterMs: 30_000 });
  expect(() => verdicts.assertWorking()).toThrow(NoVerdict);
  expect(open).toHaveLength(5);

  now = 30_000;
  const probe = verdicts.on('f');
  await expect(verdicts.on('g')).rejects.toBeInstanceOf(NoVerdict);
  expect(open).toHaveLength(6);
  open[5]?.reject(new Error('still no'));
  await expect(probe).rejects.toBeInstanceOf(NoVerdict);
  await expect(verdicts.on('h')).rejects.toMatchObject({ retryAfterMs: 30_000 });

  now = 60_000;
  const again = verdicts.on('h');
  open[6]?.resolve(null);
  expect(await again).toBeNull();
  const all = ['i', 'j', 'k'].map((text) => verdicts.on(text));
  expect(open).toHaveLength(10);
  for (const { resolve } of open) resolve(null);
  expect(await Promise.all(all)).toEqual([null, null, null]);
});

test('a refused key stops the questions at once; a refused question stops nothing', async () => {
  const locked = failingJudge('unavailable');
  await askTimes(new Verdicts<string>(locked), 3);
  expect(locked.asked).toBe(1);
  const picky = failingJudge('refused');
  await askTimes(new Verdicts<string>(picky), 20);
  expect(picky.asked).toBe(20);
});
