// What is read of the forum's own tables, in the shape they have in this forum: post → beat → chapter → game.
import { sql } from 'kysely';
import type { Db } from './open.ts';

/** The tables and columns that the queries below, and our foreign keys, stand on. */
export const FORUM_TABLES: Record<string, string[]> = {
  users: ['id', 'username', 'roles', 'is_admin'],
  games: ['id', 'name'],
  chapters: ['id', 'game_id', 'sequence_number'],
  beats: ['id', 'chapter_id', 'sequence_number'],
  posts: ['id', 'beat_id', 'author_id', 'content'],
};

export function findUser(db: Db, id: number) {
  return db.selectFrom('users').select(['id', 'username', 'roles', 'is_admin']).where('id', '=', id).executeTakeFirst();
}

export function findGame(db: Db, id: number) {
  return db.selectFrom('games').select(['id', 'name']).where('id', '=', id).executeTakeFirst();
}

/** With `is_archived`: anything but 0 where the post's chapter is closed. */
export async function findPosts(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return [];
  const mark = await archiveMark(db);
  const archived = mark ? sql<number>`coalesce(${sql.ref(`chapters.${mark}`)}, 0)` : sql.lit(0);
  return postPlaces(db).select(archived.as('is_archived')).where('posts.id', 'in', ids).execute();
}

/** A later version of the forum marks closed chapters. Looked for each time: it may come while we run. */
async function archiveMark(db: Db): Promise<string | undefined> {
  const marks = sql<{ name: string }>`
    select name from pragma_table_info('chapters') where lower(name) in ('is_archived', 'archived')`;
  return (await marks.execute(db)).rows[0]?.name;
}

export async function postContent(db: Db, id: number): Promise<string | undefined> {
  const row = await db.selectFrom('posts').select('content').where('id', '=', id).executeTakeFirst();
  return row?.content;
}

/** Inside a transaction; by the key that our foreign key points at, whatever the forum's shape. */
export async function postExists(db: Db, id: number): Promise<boolean> {
  return (await db.selectFrom('posts').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

/** Every post with its game and its place in the story; the gallery is put in order by it. */
export function postPlaces(db: Db) {
  return db
    .selectFrom('posts')
    .innerJoin('beats', 'beats.id', 'posts.beat_id')
    .innerJoin('chapters', 'chapters.id', 'beats.chapter_id')
    .select((eb) => [
      'posts.id as id',
      'posts.author_id as author_id',
      'chapters.game_id as game_id',
      'chapters.id as chapter_id',
      'beats.id as beat_id',
      eb.fn.coalesce('chapters.sequence_number', eb.lit(0)).as('chapter_position'),
      eb.fn.coalesce('beats.sequence_number', eb.lit(0)).as('beat_position'),
    ]);
}

/** The shape a replacement for postPlaces must have. */
export type PostPlaces = typeof postPlaces;
