// The pictures in the storage, as rows: added with the picture, marked before their objects are deleted, gone after.
import { type Insertable, type SqlBool, sql } from 'kysely';
import type { Db } from './open.ts';
import type { Tables } from './tables.ts';
import { forgetReason } from './takedowns.ts';
import { windowsOf } from './windows.ts';

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

/** No character, post or draft that is there has it. Asked row by row, by indexes: whole lists grow with the years. */
const isUnused = sql<SqlBool>`deleted_at is null
  and not exists (
    select 1 from image_reference_images as reference
    join character_profiles as character on character.id = reference.character_profile_id
    join users on users.id = character.user_id join games on games.id = character.game_id
    where reference.file_id = image_files.id)
  and not exists (
    select 1 from image_post_details as details
    join post_images as image on image.id = details.post_image_id join posts on posts.id = image.post_id
    where details.file_id = image_files.id)
  and not exists (
    select 1 from image_generations as generation
    join users on users.id = generation.user_id join games on games.id = generation.game_id
    where generation.id = image_files.generation_id and generation.kind = 'draft' and generation.post_image_id is null)`;

/**
 * Marks files whose last user vanished without us: the forum deleted a post, a game or a user, and its foreign keys
 * (or nothing, where it has them switched off) took our rows along. They are looked for without a lock.
 * @param before ISO time; younger files are left alone
 * @returns how many were marked, window by window
 */
export async function* discardUnusedFiles(db: Db, before: string): AsyncGenerator<number> {
  for await (const window of windowsOf(db, 'image_files')) {
    const unused = db.selectFrom('image_files').select('id').where(window).where('created_at', '<', before);
    const found = await unused.where(isUnused).execute();
    if (found.length === 0) yield 0;
    else
      yield await discardStillUnused(
        db,
        found.map(({ id }) => id),
      );
  }
}

async function discardStillUnused(db: Db, ids: readonly number[]): Promise<number> {
  const marked = await db
    .updateTable('image_files')
    .set({ deleted_at: new Date().toISOString() })
    .where('id', 'in', ids)
    .where(isUnused)
    .executeTakeFirst();
  return Number(marked.numUpdatedRows);
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
