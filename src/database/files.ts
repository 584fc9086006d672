// The pictures in the storage, as rows: added with the picture, marked before their objects are deleted, gone after.
import type { Insertable } from 'kysely';
import type { Db } from './open.ts';
import type { Tables } from './tables.ts';
import { forgetReason } from './takedowns.ts';

export async function insertFile(db: Db, file: Insertable<Tables['image_files']>): Promise<number> {
  const { id } = await db.insertInto('image_files').values(file).returning('id').executeTakeFirstOrThrow();
  return id;
}

/** Marks files for deletion. From this commit on nobody is shown them; the sweep deletes the objects. */
export async function discardFiles(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await db.updateTable('image_generations').set({ file_id: null }).where('file_id', 'in', ids).execute();
  await db
    .updateTable('image_files')
    .set({ deleted_at: new Date().toISOString() })
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .execute();
}

/**
 * Marks files whose last user vanished without us: the forum deleted a post, a game or a user, and its foreign keys
 * (or nothing, where it has them switched off) took our rows along.
 * @param before ISO time; younger files are left alone
 * @returns how many were marked
 */
export async function discardUnusedFiles(db: Db, before: string): Promise<number> {
  const result = await db
    .updateTable('image_files')
    .set({ deleted_at: new Date().toISOString() })
    .where('deleted_at', 'is', null)
    .where('created_at', '<', before)
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('image_reference_images')
        .innerJoin('character_profiles', 'character_profiles.id', 'character_profile_id')
        .innerJoin('users', 'users.id', 'character_profiles.user_id')
        .innerJoin('games', 'games.id', 'character_profiles.game_id')
        .select('file_id'),
    )
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('image_post_details')
        .innerJoin('post_images', 'post_images.id', 'post_image_id')
        .innerJoin('posts', 'posts.id', 'post_images.post_id')
        .select('file_id'),
    )
    .where('generation_id', 'not in', (eb) =>
      eb
        .selectFrom('image_generations')
        .innerJoin('users', 'users.id', 'image_generations.user_id')
        .innerJoin('games', 'games.id', 'image_generations.game_id')
        .select('image_generations.id')
        .where('kind', '=', 'draft')
        .where('post_image_id', 'is', null),
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Marked files in the order of their ids, from above `afterId`. */
export function discardedFiles(db: Db, page: { afterId: number; limit: number }) {
  return selectDiscarded(db).where('id', '>', page.afterId).orderBy('id').limit(page.limit).execute();
}

/** Those of the files that are marked. */
export function discardedAmong(db: Db, ids: readonly number[]) {
  return ids.length > 0 ? selectDiscarded(db).where('id', 'in', ids).execute() : [];
}

/** But for those that a takedown or its end is moving: what is deleted in the meantime would come back. They are next. */
function selectDiscarded(db: Db) {
  const moving = db.selectFrom('image_takedowns').select('file_id').where('hide_at_ms', 'is not', null);
  return db
    .selectFrom('image_files')
    .select(['id', 'image_key', 'thumbnail_key'])
    .where('deleted_at', 'is not', null)
    .where('id', 'not in', moving);
}

/** After the objects are gone. The rows that pointed at the file go with it; the recipe of its generation stays. */
export async function forgetFile(db: Db, id: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom('image_post_details').where('file_id', '=', id).execute();
    await trx.deleteFrom('image_reference_images').where('file_id', '=', id).execute();
    await trx.deleteFrom('image_files').where('id', '=', id).execute();
    await forgetReason(trx, id);
  });
}
