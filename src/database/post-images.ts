// Pictures in posts as rows: the agreed table joined with our details, the files and the place in the story.
import { type SqlBool, sql } from 'kysely';
import { notBeingErased } from './erasure.ts';
import type { PostPlaces } from './forum-queries.ts';
import type { Db } from './open.ts';
import type { Tables } from './tables.ts';

export type PostImageRow = NonNullable<Awaited<ReturnType<typeof findPostImage>>>;

/** Where a gallery page starts: after this picture, in the order asked for. */
export type StoryPosition = [
  chapterPosition: number,
  chapter: number,
  beatPosition: number,
  beat: number,
  post: number,
  image: number,
];

export interface GalleryQuery {
  gameId: number;
  characterId: number | null;
  userId: number | null;
  chapterId: number | null;
  order: 'story' | 'newest';
  after: StoryPosition | null;
  limit: number;
  /** Whose pictures are among them though they were taken down: this user's, or those of all. */
  takenDownOf: number | 'all';
}

export function findPostImages(db: Db, places: PostPlaces, ids: readonly number[]): Promise<PostImageRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return selectPostImages(db, places).where('image.id', 'in', ids).execute();
}

export function findPostImage(db: Db, places: PostPlaces, id: number) {
  return selectPostImages(db, places).where('image.id', '=', id).executeTakeFirst();
}

/** In story order within each post. */
export function postImagesOf(db: Db, places: PostPlaces, postIds: readonly number[]): Promise<PostImageRow[]> {
  if (postIds.length === 0) return Promise.resolve([]);
  return selectPostImages(db, places).where('image.post_id', 'in', postIds).orderBy('image.id').execute();
}

const STORY = sql.raw(
  'place.chapter_position, place.chapter_id, place.beat_position, place.beat_id, image.post_id, image.id',
);

export function galleryOf(db: Db, places: PostPlaces, query: GalleryQuery): Promise<PostImageRow[]> {
  const { after, characterId, userId, chapterId, takenDownOf } = query;
  const newest = query.order === 'newest';
  return selectPostImages(db, places)
    .where('place.game_id', '=', query.gameId)
    .$if(chapterId !== null, (select) => select.where('place.chapter_id', '=', chapterId))
    .$if(userId !== null, (select) => select.where('details.user_id', '=', userId))
    .$if(characterId !== null, (select) => select.where(shows(characterId)))
    .$if(takenDownOf !== 'all', (select) =>
      select.where((eb) =>
        eb.or([eb('takedown.file_id', 'is', null), eb('details.user_id', '=', takenDownOf as number)]),
      ),
    )
    .$if(after !== null && newest, (select) => select.where('image.id', '<', after?.[5] ?? 0))
    .$if(after !== null && !newest, (select) => select.where(sql<SqlBool>`(${STORY}) > (${sql.join(after ?? [])})`))
    .orderBy(newest ? sql`image.id desc` : STORY)
    .limit(query.limit)
    .execute();
}

function shows(characterId: number | null) {
  return sql<SqlBool>`(image.character_profile_id = ${characterId}
    or exists (select 1 from json_each(details.character_ids) where value = ${characterId}))`;
}

// A picture whose post is gone is not shown, even where the forum has its foreign keys switched off.
function selectPostImages(db: Db, places: PostPlaces) {
  return db
    .selectFrom('post_images as image')
    .innerJoin(places(db).as('place'), 'place.id', 'image.post_id')
    .leftJoin('image_post_details as details', 'details.post_image_id', 'image.id')
    .leftJoin('image_files as file', 'file.id', 'details.file_id')
    .leftJoin('image_takedowns as takedown', 'takedown.file_id', 'details.file_id')
    .where('file.deleted_at', 'is', null)
    .where(notBeingErased('details.user_id'))
    .select([
      'image.id',
      'image.post_id',
      'image.character_profile_id',
      'image.prompt',
      'image.negative_prompt',
      'image.image_url',
      'image.thumbnail_url',
      'image.generation_params',
      'image.created_at',
      'details.generation_id',
      'details.file_id',
      'details.user_id',
      'details.mode',
      'details.scene',
      'details.character_ids',
      'details.alt_text',
      'file.image_key',
      'file.thumbnail_key',
      'file.width',
      'file.height',
      'takedown.at as taken_down_at',
      'takedown.reason as takedown_reason',
      'takedown.category as takedown_category',
      'takedown.hide_at_ms',
      'place.game_id',
      'place.author_id as post_author_id',
      'place.chapter_position',
      'place.chapter_id',
      'place.beat_position',
      'place.beat_id',
    ]);
}

export interface NewPostImage {
  post_id: number;
  character_profile_id: number | null;
  prompt: string;
  negative_prompt: string;
  image_url: string;
  thumbnail_url: string;
  generation_params: string;
}

/** Writes the agreed row and its details; only inside a transaction. @returns the new id */
export async function insertPostImage(
  db: Db,
  image: NewPostImage,
  details: Omit<Tables['image_post_details'], 'post_image_id'>,
): Promise<number> {
  const legacy = (await hasUserColumn(db)) ? { user_id: details.user_id } : {};
  const { id } = await db
    .insertInto('post_images')
    .values({ ...image, ...legacy, created_at: new Date().toISOString() })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('image_post_details')
    .values({ ...details, post_image_id: id })
    .execute();
  return id;
}

/** A later version of the forum had a table of its own with a NOT NULL user_id, which we took over. */
export async function hasUserColumn(db: Db): Promise<boolean> {
  const result = await sql`select 1 from pragma_table_info('post_images') where lower(name) = 'user_id'`.execute(db);
  return result.rows.length > 0;
}

export async function deletePostImage(db: Db, id: number): Promise<void> {
  await db.deleteFrom('image_post_details').where('post_image_id', '=', id).execute();
  await db.deleteFrom('post_images').where('id', '=', id).execute();
}
