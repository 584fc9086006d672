// The ledger as one would write it in a hurry: what is free is read, judged, and then written. Here to be caught.
import type { Db } from '../../../src/database/open.ts';

export type NaiveHold = (db: Db, userId: number, id: string) => Promise<void>;

/** @throws insufficient_credits */
export const naiveHold: NaiveHold = async (db, userId, id) => {
  const account = await db
    .selectFrom('image_credit_accounts')
    .select(['balance', 'held'])
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  if (account.balance - account.held < 1) throw Object.assign(new Error('refused'), { code: 'insufficient_credits' });
  const created_at = new Date().toISOString();
  const entry = { user_id: userId, generation_id: id, kind: 'hold', amount: 0, held: 1, created_at } as const;
  await db.insertInto('image_credit_entries').values(entry).execute();
  await db
    .updateTable('image_credit_accounts')
    .set({ held: account.held + 1 })
    .where('user_id', '=', userId)
    .execute();
};
