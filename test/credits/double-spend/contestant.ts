// Run by arena.ts: one of several processes at the same ledger. Told what to do, it does it and answers with what came of it.
import type { NaiveHold } from './naive-hold.ts';

type Order = { act: 'spend'; tries: number } | { act: Act; id: string };
export type Act = 'settle' | 'void' | 'expire' | 'succeed' | 'fail' | 'cancel';

export interface Spent {
  granted: number;
  refused: number;
  /** Null, or what else went wrong; it ended the spending. */
  error: string | null;
}

const [path = '', root = '', ledgerKind = '', credits = ''] = process.argv.slice(2);
/** Of the program itself or of a copy with a bug in it. */
const load = <T>(file: string) => import(`${root}/src/${file}`) as Promise<T>;
const { openPath } = await load<typeof import('../../../src/database/open.ts')>('database/open.ts');
const { Ledger } = await load<typeof import('../../../src/credits/ledger.ts')>('credits/ledger.ts');
const { Endings } = await load<typeof import('../../../src/generation/endings.ts')>('generation/endings.ts');
const { GenerationEvents } = await load<typeof import('../../../src/generation/events.ts')>('generation/events.ts');
const { createDiskStorage } = await load<typeof import('../../../src/storage/disk.ts')>('storage/disk.ts');
const generations = await load<typeof import('../../../src/database/generations.ts')>('database/generations.ts');
const { voidAbandonedHolds } =
  await load<typeof import('../../../src/credits/abandoned-holds.ts')>('credits/abandoned-holds.ts');
const { naiveHold } = (await import('./naive-hold.ts')) as { naiveHold: NaiveHold };

const { db } = openPath(path);
const ledger = new Ledger(db, { creditsPerMonth: Number(credits) });
const endings = new Endings({
  db,
  ledger,
  storage: createDiskStorage({ kind: 'disk', path: `${path}.images`, publicBaseUrl: undefined }),
  events: new GenerationEvents(),
  deleteFiles: async () => {},
});
const log = { error: () => {} } as unknown as Parameters<typeof voidAbandonedHolds>[0]['log'];
const PICTURE = { image: Buffer.from('image'), thumbnail: Buffer.from('thumbnail'), width: 1, height: 1 };

const USER = 1;
const WORKER = 'w';

async function hold(id: string): Promise<void> {
  if (ledgerKind === 'naive') return naiveHold(db, USER, id);
  await db.transaction().execute((trx) => ledger.hold(trx, USER, [{ generationId: id, credits: 1 }]));
}

async function spend(tries: number): Promise<Spent> {
  const spent: Spent = { granted: 0, refused: 0, error: null };
  for (let n = 0; n < tries && spent.error === null; n++) {
    try {
      await hold(`${process.pid}-${n}`);
      spent.granted += 1;
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (code === 'insufficient_credits') spent.refused += 1;
      else spent.error = message;
    }
  }
  return spent;
}

async function perform(act: Act, id: string): Promise<void> {
  if (act === 'expire') return voidAbandonedHolds({ db, ledger, log });
  if (act === 'settle' || act === 'void') return db.transaction().execute((trx) => ledger[act](trx, id));
  const row = await generations.findGeneration(db, id);
  if (row?.status !== 'storing') return; // somebody was quicker
  if (act === 'succeed') await endings.succeed(row, WORKER, PICTURE);
  else await endings.fail(row, act === 'cancel' ? null : WORKER, act === 'cancel' ? 'canceled' : 'timed_out');
}

process.on('message', async (order: Order) => {
  const answer =
    order.act === 'spend'
      ? await spend(order.tries)
      : await perform(order.act, order.id).then(
          () => null,
          (error: Error) => error.message,
        );
  process.send?.({ answer });
});
process.once('disconnect', () => process.exit());
process.send?.({ answer: 'ready' });
