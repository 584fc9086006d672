// The ledger against a model: whatever is held, settled and voided in whatever order, the sums are the entries and nobody overdraws.
import BetterSqlite3 from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ledger } from '../../src/credits/ledger.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openBeside } from '../../src/database/open.ts';
import { ServiceError } from '../../src/errors.ts';
import { createForum } from '../../src/forum/forum.ts';
import { createForumFile, ELINA, VAINO } from '../support/forum-file.ts';

const ALLOWANCE = 6;

type Move =
  | { act: 'hold'; user: number; prices: number[] }
  | { act: 'settle' | 'void'; which: number }
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
  { weight: 1, arbitrary: fc.record({ act: fc.constant('rollback' as const), user }) },
);

interface Model {
  available: Map<number, number>;
  holds: { id: string; user: number; price: number; open: boolean }[];
}

async function openLedger() {
  const file = createForumFile();
  const host = new BetterSqlite3(file.path);
  const { db, connection } = openBeside(host);
  await migrate(connection, createForum(db).tables);
  const close = async () => {
    await db.destroy();
    host.close();
    file.remove();
  };
  return { db, host, close, ledger: new Ledger(db, { creditsPerMonth: ALLOWANCE }) };
}

type Opened = Awaited<ReturnType<typeof openLedger>>;

async function play({ db, ledger }: Opened, model: Model, step: Move): Promise<void> {
  if (step.act === 'rollback') {
    const undone = db.transaction().execute(async (trx) => {
      await ledger.hold(trx, step.user, []);
      await ledger.hold(trx, step.user, [{ generationId: 'undone', credits: 1 }]);
      throw new Error('undone');
    });
    return void (await expect(undone).rejects.toThrow());
  }
  if (step.act === 'hold') return hold({ db, ledger }, model, step);
  const known = model.holds[step.which % Math.max(1, model.holds.length)];
  if (!known) return;
  // Twice, as a worker that was interrupted would.
  for (let time = 0; time < 2; time += 1) await db.transaction().execute((trx) => ledger[step.act](trx, known.id));
  if (known.open && step.act === 'void') add(model, known.user, known.price);
  known.open = false;
}

async function hold(
  { db, ledger }: Pick<Opened, 'db' | 'ledger'>,
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

function add(model: Model, id: number, amount: number): void {
  model.available.set(id, (model.available.get(id) ?? 0) + amount);
}

test('holds, settlements and voids in any order keep the books', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 25 }), async (steps) => {
      const opened = await openLedger();
      try {
        const model: Model = { available: new Map([ELINA, VAINO].map((id) => [id, ALLOWANCE])), holds: [] };
        for (const step of steps) await play(opened, model, step);
        for (const id of [ELINA, VAINO]) {
          const open = model.holds.filter((each) => each.open && each.user === id);
          expect(await opened.ledger.statement(id)).toMatchObject({
            available: model.available.get(id),
            held: open.reduce((sum, each) => sum + each.price, 0),
          });
          const entries = opened.host
            .prepare('SELECT sum(amount) AS balance, sum(held) AS held FROM image_credit_entries WHERE user_id = ?')
            .get(id);
          const account = opened.host
            .prepare('SELECT balance, held FROM image_credit_accounts WHERE user_id = ?')
            .get(id);
          expect(entries).toEqual(account);
        }
      } finally {
        await opened.close();
      }
    }),
    { numRuns: 25 },
  );
});

test('the database itself refuses an overdraft and a second resolution', async () => {
  const opened = await openLedger();
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
  await opened.close();
});
