// Reference images as rows: candidates of a character, and which of them were accepted.
import { sql } from 'kysely';
import type { Db } from './open.ts';

export type ReferenceRow = Awaited<ReturnType<typeof referencesOf>>[number];

/** Newest first. */
export function referencesOf(db: Db, characterId: number) {
  return selectReferences(db)
    .where('reference.character_profile_id', '=', characterId)
    .orderBy('reference.id', 'desc')
    .execute();
}

/** One that may be used: not one that was taken down. */
export function findReference(db: Db, id: number) {
  return selectReferences(db).where('reference.id', '=', id).where('takedown.file_id', 'is', null).executeTakeFirst();
}

/** Also one that was taken down. */
export function findAnyReference(db: Db, id: number) {
  return selectReferences(db).where('reference.id', '=', id).executeTakeFirst();
}

function selectReferences(db: Db) {
  return db
    .selectFrom('image_reference_images as reference')
    .innerJoin('image_files as file', 'file.id', 'reference.file_id')
    .innerJoin('image_generations as generation', 'generation.id', 'reference.generation_id')
    .leftJoin('image_takedowns as takedown', 'takedown.file_id', 'reference.file_id')
    .where('file.deleted_at', 'is', null)
    .select([
      'reference.id',
      'reference.character_profile_id',
      'reference.generation_id',
      'reference.file_id',
      'reference.seed',
      'reference.revision',
      'reference.created_at',
      'file.image_key',
      'file.thumbnail_key',
      'file.width',
      'file.height',
      'generation.recipe',
      'takedown.at as taken_down_at',
      'takedown.reason as takedown_reason',
      'takedown.category as takedown_category',
      'takedown.hide_at_ms',
    ]);
}

export async function insertReference(
  db: Db,
  reference: { character_profile_id: number; generation_id: string; file_id: number; seed: number },
): Promise<number> {
  const { id } = await db
    .insertInto('image_reference_images')
    .values({ ...reference, revision: null, created_at: new Date().toISOString() })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Gives a candidate its revision, the next of its character, once; an accepted one keeps the revision it has. */
export async function numberRevision(db: Db, reference: { id: number; character_profile_id: number }): Promise<number> {
  const row = await db
    .updateTable('image_reference_images')
    .set({
      revision: sql<number>`coalesce(revision, 1 + (select coalesce(max(revision), 0) from image_reference_images
        where character_profile_id = ${reference.character_profile_id}))`,
    })
    .where('id', '=', reference.id)
    .returning('revision')
    .executeTakeFirstOrThrow();
  return row.revision ?? 1;
}

export async function fileIdsOfCharacter(db: Db, characterId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('image_reference_images')
    .select('file_id')
    .where('character_profile_id', '=', characterId)
    .execute();
  return rows.map((row) => row.file_id);
}
