// The beginning of an erasure, with what is to outlive it: nobody is to win credits or patience by being erased.
import { accountOf, hasAllowance } from './credits.ts';
import { creditsKept, latestErasure } from './erasure.ts';
import type { Db } from './open.ts';
import { rejectionsOf } from './spending.ts';
import type { ErasureRow } from './tables.ts';

/** As many as anything is decided by. */
const REJECTIONS = 5;

/** Begins one, unless one is under way. Only inside a transaction. */
export async function beginErasure(trx: Db, userId: number): Promise<{ row: ErasureRow; isNew: boolean }> {
  const known = await latestErasure(trx, userId);
  if (known?.finished_at === null) return { row: known, isNew: false };
  const requested_at = new Date().toISOString();
  const rejections = JSON.stringify(await rejectionsOf(trx, userId, REJECTIONS));
  const credits_left = await creditsLeft(trx, userId, requested_at.slice(0, 7));
  const row = await trx
    .insertInto('image_erasures')
    .values({ user_id: userId, requested_at, credits_left, rejections })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { row, isNew: true };
}

/** Also what is held: it is given back when the work is ended. Who was given none yet has what an earlier erasure has left. */
async function creditsLeft(trx: Db, userId: number, period: string): Promise<number | null> {
  if (!(await hasAllowance(trx, userId, period))) return creditsKept(trx, userId, period);
  return (await accountOf(trx, userId)).balance;
}
