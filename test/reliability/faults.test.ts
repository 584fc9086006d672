// The fault list as far as every change is to pass it: every second case of each kind, and none that takes most of a minute.
// `npm run faults` runs them all.
import { beforeAll, expect, test } from 'vitest';
import { type CaseResult, runCase } from './faults/case.ts';
import { TABLE } from './faults/table.ts';
import { inParallel } from './in-parallel.ts';

const LONG = 240_000;
/** They spend their time waiting. */
const AT_ONCE = 10;

const all = TABLE.flatMap((kind) =>
  kind.cases
    .filter(({ slow }, index) => !slow && index % 2 === 0)
    .map((one) => ({ name: `${kind.kind}: ${one.name}`, kind, one })),
);

const results = new Map<string, Promise<CaseResult>>();
beforeAll(() => {
  const runs = all.map(
    ({ kind, one }) =>
      () =>
        runCase(kind, one),
  );
  inParallel(AT_ONCE, runs).forEach((run, index) => {
    run.catch(() => {}); // its own test will tell
    results.set(all[index]?.name ?? '', run);
  });
});

test('no two cases have one name', () => {
  const names = TABLE.flatMap(({ kind, cases }) => cases.map(({ name }) => `${kind}: ${name}`));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(all)('$name', { timeout: LONG }, async ({ name }) => {
  expect((await results.get(name))?.deviations).toEqual([]);
});
