// The safety net is tested by bugs: each is planted in a copy of the real program, and the auditor must tell of it by its invariant.
// It trusts that a sound program passes the same scenarios without a word.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inParallel } from '../in-parallel.ts';
import { type Edit, Nursery } from './plant.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { Stage } from './stage.ts';
import { MUTANTS } from './table.ts';

const LONG = 240_000;
const AT_ONCE = 4;

interface Trial {
  name: string;
  scenario: ScenarioName;
  edits: Edit[];
}

const sound = (Object.keys(SCENARIOS) as ScenarioName[]).map((name): Trial => ({ name, scenario: name, edits: [] }));
const planted = MUTANTS.map(({ name, scenario, also, ...edit }): Trial => {
  return { name, scenario, edits: also ? [edit, also] : [edit] };
});

let nursery: Nursery;
const trials = new Map<string, Promise<string[]>>();
beforeAll(() => {
  nursery = new Nursery();
  const all = [...sound, ...planted];
  const runs = inParallel(
    AT_ONCE,
    all.map((trial) => () => violationsIn(trial)),
  );
  runs.forEach((run, index) => {
    run.catch(() => {}); // its own test will tell
    trials.set(all[index]?.name ?? '', run);
  });
});
afterAll(async () => {
  await Promise.allSettled(trials.values());
  nursery.remove();
});

async function violationsIn({ edits, scenario: name }: Trial): Promise<string[]> {
  const scenario = SCENARIOS[name];
  await using stage = await Stage.open(nursery.plant(edits), scenario.settings);
  await scenario.play(stage);
  return stage.violations;
}

test.each(sound)('the sound program: $name', { timeout: LONG }, async ({ name }) => {
  expect(await trials.get(name)).toEqual([]);
});

test('a bug that does not fit into the source any more, or into two places of it, is not planted in silence', () => {
  const edit = { file: 'src/credits/ledger.ts', to: '' };
  expect(() => nursery.plant([{ ...edit, from: 'was here once' }])).toThrow(/has 0 places/);
  expect(() => nursery.plant([{ ...edit, from: 'await' }])).toThrow(/has \d+ places, and not one/);
});

test.each(MUTANTS)('$name', { timeout: LONG }, async ({ name, violates }) => {
  expect(await trials.get(name)).toContainEqual(expect.stringMatching(violates));
});
