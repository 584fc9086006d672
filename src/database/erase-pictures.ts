// What an erasure takes of pictures. What was paid stays as a row that says only that: of nobody, with nothing anybody wrote.
import { type SqlBool, sql } from 'kysely';
import { NOBODY } from './erasure.ts';
import { discardFiles } from './files.ts';
import type { Db } from './open.ts';
import type { GenerationRow } from './tables.ts';
import { forgetReason } from './takedowns.ts';
import { windowsOf } from './windows.ts';

/** Who is erased, and the characters that go along. */
export interface Erased {
  userId: number;
  characterIds: readonly number[];
}

export interface ErasablePicture {
  generation_id: string;
  image_key: string;
  thumbnail_key: string;
}

/** The user's characters, and those that were the user's, as far as its own pictures and trainings still tell. */
export async function charactersEver(db: Db, userId: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from character_profiles where user_id = ${userId}
    union select value from image_generations as generation, json_each(generation.character_ids)
      where generation.user_id = ${userId} and kind = 'reference' and value not in (select id from character_profiles)
    union select character_profile_id from image_lora_trainings
      where user_id = ${userId} and character_profile_id not in (select id from character_profiles)`.execute(db);
  return rows.map(({ id }) => id);
}

function shows(characterIds: readonly number[]) {
  return sql<SqlBool>`exists (select 1 from json_each(image_generations.character_ids) as shown
    where shown.value in (select value from json_each(${JSON.stringify(characterIds)})))`;
}

/** What is under way for the user, or with its characters. */
export function unfinishedOf(db: Db, { userId, characterIds }: Erased): Promise<GenerationRow[]> {
  return db
    .selectFrom('image_generations')
    .selectAll()
    .where(sql<SqlBool>`status in ('queued', 'submitting', 'generating', 'storing')`)
    .where((eb) => eb.or([eb('user_id', '=', userId), shows(characterIds)]))
    .execute();
}

/** Finished pictures of others with these characters in them. */
export async function* picturesOfOthers(db: Db, { userId, characterIds }: Erased) {
  if (characterIds.length === 0) return;
  for await (const window of windowsOf(db, 'image_generations')) {
    yield* await db
      .selectFrom('image_generations')
      .select(['id', 'scene', 'recipe'])
      .where(window)
      .where('user_id', '<>', userId)
      .where('finished_at', 'is not', null)
      .where(shows(characterIds))
      .execute();
  }
}

/** What is left of somebody else's picture without the characters: written wherever the old one was. */
export interface WithoutCharacters {
  id: string;
  recipe: string;
  character_ids: string;
  alt_text: string;
  /** As it stands with the picture in the post. */
  prompt: string;
  negative_prompt: string;
  generation_params: string;
}

/** Only inside a transaction. */
export async function forgetCharacters(trx: Db, left: WithoutCharacters): Promise<void> {
  const { id, recipe, character_ids, alt_text, ...image } = left;
  const places = trx.selectFrom('image_post_details').select('post_image_id').where('generation_id', '=', id);
  await trx.updateTable('post_images').set(image).where('id', 'in', places).execute();
  await trx
    .updateTable('image_post_details')
    .set({ character_ids, alt_text })
    .where('generation_id', '=', id)
    .execute();
  await trx.updateTable('image_generations').set({ recipe, character_ids, alt_text }).where('id', '=', id).execute();
}

/** Those that are the user's and at their end; then pictures in posts whose generation is lost. */
export async function picturesToErase(db: Db, userId: number, limit: number): Promise<ErasablePicture[]> {
  const made = await db
    .selectFrom('image_generations')
    .select(['id as generation_id', 'image_key', 'thumbnail_key'])
    .where('user_id', '=', userId)
    .where('finished_at', 'is not', null)
    .limit(limit)
    .execute();
  if (made.length > 0) return made;
  return db
    .selectFrom('image_post_details as details')
    .innerJoin('image_files as file', 'file.id', 'details.file_id')
    .select(['details.generation_id', 'file.image_key', 'file.thumbnail_key'])
    .where('details.user_id', '=', userId)
    .limit(limit)
    .execute();
}

/** Of these, candidates that were made for a character of somebody else: they belong to it, and stay with it. */
export async function belongingToOthers(db: Db, userId: number, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('image_reference_images as reference')
    .innerJoin('character_profiles as character', 'character.id', 'reference.character_profile_id')
    .select('reference.generation_id')
    .where('reference.generation_id', 'in', ids)
    .where('character.user_id', '<>', userId)
    .execute();
  return new Set(rows.map(({ generation_id }) => generation_id));
}

/** Candidates of a character, whoever has made them. */
export function candidatesOf(db: Db, characterId: number): Promise<ErasablePicture[]> {
  return db
    .selectFrom('image_reference_images as reference')
    .innerJoin('image_files as file', 'file.id', 'reference.file_id')
    .select(['reference.generation_id', 'file.image_key', 'file.thumbnail_key'])
    .where('reference.character_profile_id', '=', characterId)
    .execute();
}

async function filesOf(db: Db, generationIds: readonly string[]): Promise<number[]> {
  const rows = await db.selectFrom('image_files').select('id').where('generation_id', 'in', generationIds).execute();
  return rows.map(({ id }) => id);
}

/** Takes pictures out of their posts, and marks their files as to be deleted. Only inside a transaction. */
export async function withdrawPictures(trx: Db, generationIds: readonly string[]): Promise<void> {
  const images = trx
    .selectFrom('image_post_details')
    .select('post_image_id')
    .where('generation_id', 'in', generationIds);
  await trx.deleteFrom('image_reports').where('post_image_id', 'in', images).execute();
  await trx.deleteFrom('post_images').where('id', 'in', images).execute();
  await trx.deleteFrom('image_post_details').where('generation_id', 'in', generationIds).execute();
  await discardFiles(trx, await filesOf(trx, generationIds));
}

/** After the objects of withdrawn pictures are gone. Only inside a transaction. */
export async function purgePictures(trx: Db, generationIds: readonly string[]): Promise<void> {
  await trx.deleteFrom('image_reference_images').where('generation_id', 'in', generationIds).execute();
  await trx.deleteFrom('image_spool').where('generation_id', 'in', generationIds).execute();
  for (const id of await filesOf(trx, generationIds)) await forgetReason(trx, id);
  await trx.deleteFrom('image_files').where('generation_id', 'in', generationIds).execute();
}

/** What is kept of a generation: what it cost and when, in which game, and by what the provider's bill knows it. */
const BLANK = {
  user_id: NOBODY,
  post_id: null,
  character_ids: '[]',
  scene: '',
  alt_text: '',
  recipe: '{}',
  image_key: sql<string>`'erased/' || id`,
  thumbnail_key: sql<string>`'erased/' || id || '/thumbnail'`,
  error_message: null,
  file_id: null,
  post_image_id: null,
  reference_image_id: null,
};

/** Only inside a transaction. @returns how many there were */
export async function blankGenerations(trx: Db, generationIds: readonly string[]): Promise<number> {
  return disown(trx, generationIds, BLANK);
}

/** Leaves the pictures as they are, of nobody. Only inside a transaction. @returns how many there were */
export async function disown(
  trx: Db,
  generationIds: readonly string[],
  changes: Partial<typeof BLANK> = { user_id: NOBODY },
): Promise<number> {
  if (generationIds.length === 0) return 0;
  await trx
    .updateTable('image_credit_entries')
    .set({ user_id: NOBODY, reason: null })
    .where('generation_id', 'in', generationIds)
    .execute();
  const changed = await trx
    .updateTable('image_generations')
    .set(changes)
    .where('id', 'in', generationIds)
    .executeTakeFirst();
  return Number(changed.numUpdatedRows);
}
