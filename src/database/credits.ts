// The ledger's rows: entries that are only added, and each user's sums kept in the same commit.
import { sql } from 'kysely';
import type { Db } from './open.ts';
import type { NewCreditEntry } from './tables.ts';

export interface CreditAccount {
  balance: number;
  held: number;
}

export async function accountOf(db: Db, userId: number): Promise<CreditAccount> {
  const row = await db
    .selectFrom('image_credit_accounts')
    .select(['balance', 'held'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row ?? { balance: 0, held: 0 };
}

/** Adds the entry and moves the sums by it. Only inside a transaction; SQLite refuses an overdraft by a CHECK. */
export async function addEntry(db: Db, entry: NewCreditEntry): Promise<void> {
  await db.insertInto('image_credit_entries').values(entry).execute();
  const { user_id, amount, held } = entry;
  // Not an upsert: its CHECK would judge the movement by itself before it is added to what is there.
  const moved = await db
    .updateTable('image_credit_accounts')
    .set({ balance: sql`balance + ${amount}`, held: sql`held + ${held}` })
    .where('user_id', '=', user_id)
    .executeTakeFirst();
  if (moved.numUpdatedRows > 0n) return;
  await db.insertInto('image_credit_accounts').values({ user_id, balance: amount, held }).execute();
}

export async function hasAllowance(db: Db, userId: number, period: string): Promise<boolean> {
  const row = await db
    .selectFrom('image_credit_entries')
    .select('id')
    .where('user_id', '=', userId)
    .where('period', '=', period)
    .executeTakeFirst();
  return row !== undefined;
}

/** The hold of a generation that is neither settled nor voided yet. */
export async function openHold(db: Db, generationId: string) {
  const entries = await db
    .selectFrom('image_credit_entries')
    .select(['kind', 'user_id', 'held'])
    .where('generation_id', '=', generationId)
    .execute();
  if (entries.some((entry) => entry.kind === 'settle' || entry.kind === 'void')) return undefined;
  return entries.find((entry) => entry.kind === 'hold');
}

/** Newest first, from below `beforeId`. */
export function entriesOf(db: Db, userId: number, page: { beforeId: number | null; limit: number }) {
  return db
    .selectFrom('image_credit_entries')
    .select(['id', 'generation_id', 'kind', 'amount', 'held', 'reason', 'created_at'])
    .where('user_id', '=', userId)
    .$if(page.beforeId !== null, (query) => query.where('id', '<', page.beforeId))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
}

/** Ids of holds that nothing will resolve any more: what they were taken for has ended, or its row is gone. */
export async function abandonedHolds(db: Db): Promise<string[]> {
  // A cross join is read in its order: from the few who have something held, not from all holds that ever were.
  const { rows } = await sql<{ generation_id: string }>`
    select hold.generation_id from image_credit_accounts as account
    cross join image_credit_entries as hold
    where account.held > 0 and hold.user_id = account.user_id and hold.kind = 'hold'
      and not exists (
        select 1 from image_credit_entries where generation_id = hold.generation_id and kind in ('settle', 'void')
      )
      and not exists (select 1 from image_generations where id = hold.generation_id and finished_at is null)
      and not exists (select 1 from image_lora_trainings where id = hold.generation_id and finished_at is null)
    order by hold.id`.execute(db);
  return rows.map((row) => row.generation_id);
}
