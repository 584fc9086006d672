// Several processes spend the same credits, and end the same holds: never more than there are, and each once. The same tests
// must fail where the ledger is naive, the transaction deferred, or missing. `npm run double-spend` does it at length.
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Edit, Nursery } from '../reliability/mutants/plant.ts';
import { Arena } from './double-spend/arena.ts';
import type { Act } from './double-spend/contestant.ts';

const LONG = 120_000;
const CREDITS = 500;
const TRIES = 2000;
const ROUNDS = 250;

let nursery: Nursery;
beforeAll(() => {
  nursery = new Nursery();
});
afterAll(() => nursery.remove());

const rootWith = (...edits: Edit[]) => dirname(dirname(nursery.plant(edits)));
const DIALECT = 'src/database/sqlite-dialect.ts';

describe(`${TRIES} tries of four processes at ${CREDITS} credits`, { timeout: LONG }, () => {
  test.each(['wal', 'delete'] as const)('are exactly as many holds as credits (%s)', async (journalMode) => {
    await using arena = await Arena.open({ credits: CREDITS, journalMode });
    expect(await arena.spend(TRIES)).toEqual({
      granted: CREDITS,
      refused: TRIES - CREDITS,
      errors: [],
      holds: CREDITS,
      faults: [],
    });
  });

  test('are more where what is free is read first and written then', async () => {
    await using arena = await Arena.open({ credits: CREDITS, journalMode: 'wal', ledger: 'naive' });
    const { granted, faults } = await arena.spend(TRIES);
    expect(granted).toBeGreaterThan(CREDITS);
    expect(faults).not.toEqual([]);
  });

  test('fail where the transaction is deferred', async () => {
    const root = rootWith({ file: DIALECT, from: "raw('begin immediate')", to: "raw('begin')" });
    await using arena = await Arena.open({ credits: CREDITS, journalMode: 'wal', root });
    expect((await arena.spend(TRIES)).errors).not.toEqual([]);
  });
});

describe('a hold that everybody wants to end in another way', { timeout: LONG }, () => {
  const faultsIn = async (arena: Arena, acts: Act[], withRow: boolean) => {
    for (let round = 0; round < ROUNDS; round++) {
      const faults = await arena.race(round, acts, withRow);
      if (faults.length > 0) return faults;
    }
    return [];
  };

  test('is settled, voided or expired, but once', async () => {
    await using arena = await Arena.open({ credits: 2 * ROUNDS });
    expect(await faultsIn(arena, ['settle', 'void', 'settle', 'expire'], false)).toEqual([]);
  });

  test('ends as its picture does, whoever comes first, and never by the sweep while that is under way', async () => {
    await using arena = await Arena.open({ credits: 2 * ROUNDS });
    expect(await faultsIn(arena, ['succeed', 'fail', 'cancel', 'expire'], true)).toEqual([]);
  });

  test('ends twice where there is neither a transaction nor an index', async () => {
    const root = rootWith(
      { file: DIALECT, from: "raw('begin immediate')", to: "raw('select 1')" },
      { file: DIALECT, from: "raw('commit')", to: "raw('select 1')" },
    );
    await using arena = await Arena.open({ credits: 2 * ROUNDS, root, without: 'image_credit_one_resolution' });
    expect(await faultsIn(arena, ['settle', 'void', 'settle', 'void'], false)).not.toEqual([]);
  });
});
