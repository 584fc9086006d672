// The ledger against a model: whatever is held, settled and voided in whatever order, the sums are the entries and nobody overdraws.
// LEDGER_RUNS chooses how many orders are tried.
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { voidAbandonedHolds } from '../../src/credits/abandoned-holds.ts';
import { ServiceError } from '../../src/errors.ts';
import { ELINA, VAINO } from '../support/forum-file.ts';
import { type OpenedLedger, openLedger } from './open-ledger.ts';

const RUNS = Number(process.env.LEDGER_RUNS ?? 25);
const ALLOWANCE = 6;

type Move =
  | { act: 'hold'; user: number; prices: number[] }
  | { act: 'settle' | 'void'; which: number }
  | { act: 'adjust'; user: number; amount: number }
  | { act: 'rollback'; user: number };

const user = fc.constantFrom(ELINA, VAINO);
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('hold' as const),
      user,
      prices: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constantFrom('settle' as const, 'void' as const), which: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('adjust' as const), user, amount: fc.integer({ min: -8, max: 8 }) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('rollback' as const), user }) },
);

interface Model {
  available: Map<number, number>;
  holds: { id: string; user: number; price: number; open: boolean }[];
}

async function play({ db, ledger }: OpenedLedger, model: Model, step: Move): Promise<void> {
  if (step.act === 'rollback') {
    const undone = db.transaction().execute(async (trx) => {
      await ledger.hold(trx, step.user, []);
      await ledger.hold(trx, step.user, [{ generationId: 'undone', credits: 1 }]);
      throw new Error('undone');
    });
    return void (await expect(undone).rejects.toThrow());
  }
  if (step.act === 'hold') return hold({ db, ledger }, model, step);
  if (step.act === 'adjust') return adjust({ db, ledger }, model, step);
  const known = model.holds[step.which % Math.max(1, model.holds.length)];
  if (!known) return;
  // Twice, as a worker that was interrupted would.
  for (let time = 0; time < 2; time += 1) await db.transaction().execute((trx) => ledger[step.act](trx, known.id));
  if (known.open && step.act === 'void') add(model, known.user, known.price);
  known.open = false;
}

async function hold(
  { db, ledger }: Pick<OpenedLedger, 'db' | 'ledger'>,
  model: Model,
  step: Extract<Move, { act: 'hold' }>,
): Promise<void> {
  const wanted = step.prices.map((credits, index) => ({ generationId: `g${model.holds.length + index}`, credits }));
  const total = step.prices.reduce((sum, price) => sum + price, 0);
  const done = db.transaction().execute((trx) => ledger.hold(trx, step.user, wanted));
  if (total > (model.available.get(step.user) ?? 0)) {
    await expect(done).rejects.toThrow(ServiceError);
    return;
  }
  await done;
  add(model, step.user, -total);
  for (const { generationId, credits } of wanted) {
    model.holds.push({ id: generationId, user: step.user, price: credits, open: true });
  }
}

async function adjust(
  { db, ledger }: Pick<OpenedLedger, 'db' | 'ledger'>,
  model: Model,
  step: Extract<Move, { act: 'adjust' }>,
): Promise<void> {
  const done = db.transaction().execute((trx) => ledger.adjust(trx, step.user, { ...step, reason: 'a prize' }));
  if ((model.available.get(step.user) ?? 0) + step.amount < 0) {
    await expect(done).rejects.toThrow(ServiceError);
    return;
  }
  await done;
  add(model, step.user, step.amount);
}

function add(model: Model, id: number, amount: number): void {
  model.available.set(id, (model.available.get(id) ?? 0) + amount);
}

async function expectBooks({ host, ledger }: OpenedLedger, { available, holds }: Model, id: number): Promise<void> {
  const held = holds.filter(({ open, user: whose }) => open && whose === id).reduce((sum, { price }) => sum + price, 0);
  expect(await ledger.statement(id)).toMatchObject({ available: available.get(id), held });
  const sums = host.prepare(
    'SELECT sum(amount) AS balance, sum(held) AS held FROM image_credit_entries WHERE user_id = ?',
  );
  const account = host.prepare('SELECT balance, held FROM image_credit_accounts WHERE user_id = ?');
  expect(sums.get(id)).toEqual(account.get(id));
}

test('holds, settlements, voids and adjustments in any order keep the books', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 60, size: 'max' }), async (steps) => {
      await using opened = await openLedger(ALLOWANCE);
      const model: Model = { available: new Map([ELINA, VAINO].map((id) => [id, ALLOWANCE])), holds: [] };
      for (const step of steps) await play(opened, model, step);
      for (const id of [ELINA, VAINO]) await expectBooks(opened, model, id);
    }),
    { numRuns: RUNS },
  );
});

test('the database itself refuses an overdraft and a second resolution', async () => {
  await using opened = await openLedger(ALLOWANCE);
  await opened.db
    .transaction()
    .execute((trx) => opened.ledger.hold(trx, ELINA, [{ generationId: 'g', credits: ALLOWANCE }]));
  const run = (sql: string) => () => opened.host.prepare(sql).run();
  expect(run('UPDATE image_credit_accounts SET balance = balance - 1')).toThrow('CHECK');
  expect(run('UPDATE image_credit_accounts SET held = held + 1')).toThrow('CHECK');
  const insert = (kind: string) =>
    run(`INSERT INTO image_credit_entries (user_id, generation_id, kind, amount, held, created_at)
      VALUES (1, 'g', '${kind}', 0, 0, '')`);
  expect(insert('hold')).toThrow('UNIQUE');
  insert('settle')();
  expect(insert('void')).toThrow('UNIQUE');
});

describe('a hold that nothing will resolve any more', () => {
  const ids = ['gone', 'ended', 'waiting', 'training', 'settled'];

  async function openWithHolds(): Promise<OpenedLedger> {
    const opened = await openLedger(ALLOWANCE);
    const holds = ids.map((id) => ({ generationId: id, credits: 1 }));
    await opened.db.transaction().execute((trx) => opened.ledger.hold(trx, ELINA, holds));
    await opened.db.transaction().execute((trx) => opened.ledger.settle(trx, 'settled'));
    const generation = opened.host.prepare(`
      INSERT INTO image_generations (id, kind, user_id, game_id, mode, character_ids, scene, alt_text, recipe, status,
        nonce, image_key, thumbnail_key, credits, run_at_ms, created_at, updated_at, finished_at)
      VALUES (@id, 'draft', 1, 1, 'scene', '[]', '', '', '{}', @status, @id, @id || 'i', @id || 't', 1, 0, '', '', @end)`);
    generation.run({ id: 'ended', status: 'failed', end: '2020-01-01T00:00:00.000Z' });
    generation.run({ id: 'waiting', status: 'queued', end: null });
    opened.host.exec(`
      INSERT INTO image_lora_trainings (id, character_profile_id, user_id, game_id, status, nonce, weights_key, "trigger",
        seed, steps, generation_ids, credits, run_at_ms, created_at, updated_at)
      VALUES ('training', 1, 1, 1, 'training', 'n', 'k', 'TOK', 1, 1, '[]', 1, 0, '', '')`);
    return opened;
  }

  test('is given back with a line in the log; one of what is under way stays, however old', async () => {
    await using opened = await openWithHolds();
    const lines: { generations?: string[] }[] = [];
    const log = pino({ level: 'error' }, { write: (line) => lines.push(JSON.parse(line)) });
    await voidAbandonedHolds({ ...opened, log });
    expect(lines.map(({ generations }) => generations)).toEqual([['gone', 'ended']]);
    const voided = opened.host.prepare("SELECT generation_id FROM image_credit_entries WHERE kind = 'void'").pluck();
    expect(voided.all()).toEqual(['gone', 'ended']);
    expect(await opened.ledger.statement(ELINA)).toMatchObject({ available: 3, held: 2 });
    await voidAbandonedHolds({ ...opened, log });
    expect(lines).toHaveLength(1);
  });
});
