// Reports of pictures as rows: made by users, open until somebody has dealt with them.
import type { Db } from './open.ts';
import type { Resolution } from './tables.ts';

/** A second report of the same user on the same picture replaces the first, and is open again. */
export async function upsertReport(
  db: Db,
  report: { post_image_id: number; user_id: number; reason: string },
): Promise<void> {
  const said = { reason: report.reason, created_at: new Date().toISOString() };
  await db
    .insertInto('image_reports')
    .values({ ...report, ...said })
    .onConflict((conflict) =>
      conflict.columns(['post_image_id', 'user_id']).doUpdateSet({ ...said, resolved_at: null, resolution: null }),
    )
    .execute();
}

export type ReportRow = Awaited<ReturnType<typeof reportsOf>>[number];

/** Newest first, from below `beforeId`. */
export function reportsOf(db: Db, page: { open: boolean; beforeId: number | null; limit: number }) {
  return db
    .selectFrom('image_reports')
    .selectAll()
    .where('resolved_at', page.open ? 'is' : 'is not', null)
    .$if(page.beforeId !== null, (query) => query.where('id', '<', page.beforeId ?? 0))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
}

export function findReport(db: Db, id: number) {
  return db.selectFrom('image_reports').selectAll().where('id', '=', id).executeTakeFirst();
}

/** One part of the caller's commit. @returns whether it was open */
export async function resolveReport(trx: Db, id: number, resolution: Resolution): Promise<boolean> {
  const resolved = await resolving(trx, resolution).where('id', '=', id).executeTakeFirst();
  return resolved.numUpdatedRows > 0n;
}

/** One part of the caller's commit. @returns how many were open */
export async function resolveReportsOf(trx: Db, postImageId: number, resolution: Resolution): Promise<number> {
  const resolved = await resolving(trx, resolution).where('post_image_id', '=', postImageId).executeTakeFirst();
  return Number(resolved.numUpdatedRows);
}

function resolving(trx: Db, resolution: Resolution) {
  return trx
    .updateTable('image_reports')
    .set({ resolved_at: new Date().toISOString(), resolution })
    .where('resolved_at', 'is', null);
}
