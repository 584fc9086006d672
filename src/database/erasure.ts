// Erasures as rows: begun, under way, done. One row hides all of its user at once, whatever is still to be deleted.
import { type SqlBool, sql } from 'kysely';
import type { Db } from './open.ts';
import type { ErasureRow } from './tables.ts';

/** The user of rows that belong to nobody any more: kept for the books, with nothing of who it was. */
export const NOBODY = 0;

/** As it is told to others: null for nobody. */
export function somebody(userId: number): number | null {
  return userId === NOBODY ? null : userId;
}

/** For the rows of users who are not being erased. @param userId the column, with its table; rows without a user pass */
export function notBeingErased(userId: string) {
  return sql<SqlBool>`not exists (
    select 1 from image_erasures as erasure where erasure.user_id = ${sql.ref(userId)} and erasure.finished_at is null)`;
}

export function latestErasure(db: Db, userId: number): Promise<ErasureRow | undefined> {
  return db
    .selectFrom('image_erasures')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Whether what bears this user's id is to be seen by nobody. */
export async function isErased(db: Db, userId: number): Promise<boolean> {
  if (userId === NOBODY) return true;
  const row = await latestErasure(db, userId);
  return row !== undefined && row.finished_at === null;
}

/** What the user may begin anew with, after an erasure of this month (as `2026-11`); null for the allowance that everybody gets. */
export async function creditsKept(db: Db, userId: number, period: string): Promise<number | null> {
  const last = await latestErasure(db, userId);
  return last?.requested_at.startsWith(period) ? last.credits_left : null;
}

/** When pictures were refused before the last erasure, newest first: what the user has to wait for does not end by it. */
export async function rejectionsKept(db: Db, userId: number): Promise<string[]> {
  return JSON.parse((await latestErasure(db, userId))?.rejections ?? '[]') as string[];
}

/** The oldest first. */
export function runningErasures(db: Db): Promise<ErasureRow[]> {
  return db.selectFrom('image_erasures').selectAll().where('finished_at', 'is', null).orderBy('id').execute();
}

export async function noteWaiting(db: Db, id: number, waitingFor: ErasureRow['waiting_for']): Promise<void> {
  await db
    .updateTable('image_erasures')
    .set({ waiting_for: waitingFor })
    .where('id', '=', id)
    .where('waiting_for', 'is not', waitingFor)
    .execute();
}

export type ErasureCount = 'characters' | 'generations' | 'trainings';

/** Only in the commit that purges them: what is told to be gone is gone. */
export async function countErased(trx: Db, id: number, what: ErasureCount, count: number): Promise<void> {
  await trx
    .updateTable('image_erasures')
    .set({ [what]: sql`${sql.ref(what)} + ${count}` })
    .where('id', '=', id)
    .execute();
}

export async function endErasure(trx: Db, id: number): Promise<void> {
  await trx
    .updateTable('image_erasures')
    .set({ finished_at: new Date().toISOString(), waiting_for: null })
    .where('id', '=', id)
    .execute();
}
