// What admins see of the storage's state: the last comparison with the rows, and the pictures that it found broken.
import type { Db } from './open.ts';

/** The report of the last sweep that has ended, as JSON; undefined before the first. */
export async function lastSweepReport(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom('image_orphan_sweeps')
    .select('report')
    .where('report', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.report ?? undefined;
}

/** With who made them and where they are shown, by file id from above `afterId`. */
export function brokenFilesOf(db: Db, page: { afterId: number; limit: number }) {
  return db
    .selectFrom('image_files as file')
    .leftJoin('image_generations as generation', 'generation.id', 'file.generation_id')
    .select(['file.id as file_id', 'file.generation_id', 'file.image_key', 'file.thumbnail_key'])
    .select(['file.broken_at', 'file.broken_reason as reason', 'file.created_at'])
    .select(['generation.user_id', 'generation.game_id', 'generation.post_image_id', 'generation.reference_image_id'])
    .where('file.broken_at', 'is not', null)
    .where('file.deleted_at', 'is', null)
    .where('file.id', '>', page.afterId)
    .orderBy('file.id')
    .limit(page.limit)
    .execute();
}
