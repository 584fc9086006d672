// Takedowns as rows: what hides a picture and all that uses it, brings it back, and knows it again.
import { sql } from 'kysely';
import { updateCharacter } from './characters.ts';
import type { Db } from './open.ts';
import type { NewTakedown } from './tables.ts';

/** A stored picture, whatever it is used for. */
export type PictureFile = NonNullable<Awaited<ReturnType<typeof findPictureFile>>>;

/** Undefined when it is deleted, or its generation is gone. */
export function findPictureFile(db: Db, fileId: number) {
  return db
    .selectFrom('image_files as file')
    .innerJoin('image_generations as generation', 'generation.id', 'file.generation_id')
    .leftJoin('image_reference_images as reference', 'reference.file_id', 'file.id')
    .where('file.id', '=', fileId)
    .where('file.deleted_at', 'is', null)
    .select([
      'file.id as file_id',
      'file.generation_id',
      'file.image_key',
      'file.thumbnail_key',
      'file.image_sha256',
      'generation.recipe',
      'reference.id as reference_id',
      'reference.character_profile_id',
      'reference.revision',
    ])
    .executeTakeFirst();
}

/** Of both objects, the image's first; none when it is deleted. */
export async function keysOfFile(db: Db, fileId: number): Promise<string[]> {
  const files = db.selectFrom('image_files').select(['image_key', 'thumbnail_key']).where('id', '=', fileId);
  const file = await files.where('deleted_at', 'is', null).executeTakeFirst();
  return file ? [file.image_key, file.thumbnail_key] : [];
}

export function findTakedown(db: Db, fileId: number) {
  return db.selectFrom('image_takedowns').selectAll().where('file_id', '=', fileId).executeTakeFirst();
}

/** Whether this reference is the one that its character's scenes are made from. */
export async function isAccepted(db: Db, referenceId: number | null): Promise<boolean> {
  if (referenceId === null) return false;
  const settings = db.selectFrom('image_character_settings').select('character_profile_id');
  return (await settings.where('reference_image_id', '=', referenceId).executeTakeFirst()) !== undefined;
}

/** One part of the caller's commit: from then on nobody is shown the picture, and nothing is made from it. */
export async function takeDown(trx: Db, file: PictureFile, takedown: NewTakedown, explanation: string): Promise<void> {
  await trx.insertInto('image_takedowns').values(takedown).execute();
  await explain(trx, file, explanation);
  await setAddresses(trx, file.file_id, { image_url: '', thumbnail_url: null });
  if (!takedown.was_accepted || file.character_profile_id === null) return;
  await updateCharacter(
    trx,
    file.character_profile_id,
    { reference_image_url: null },
    { reference_image_id: null, reference_revision: 0 },
  );
}

/** One part of the caller's commit: what a game master has taken down is an admin's from then on. */
export async function takeOver(
  trx: Db,
  file: PictureFile,
  { reason, category }: Pick<NewTakedown, 'reason' | 'category'>,
  explanation: string,
): Promise<void> {
  const changes = { reason, category, by_admin: 1 } as const;
  await trx.updateTable('image_takedowns').set(changes).where('file_id', '=', file.file_id).execute();
  await explain(trx, file, explanation);
}

/** Without a file a generation can be neither attached nor learned from. */
function explain(trx: Db, { generation_id }: PictureFile, error_message: string): Promise<void> {
  return setGeneration(trx, generation_id, { file_id: null, error_code: 'taken_down', error_message });
}

/**
 * One part of the caller's commit: all is as it was before, but that a reference accepted meanwhile stays.
 * @param urls where the objects, which are back already, can be loaded from
 */
export async function bringBack(
  trx: Db,
  file: PictureFile,
  wasAccepted: boolean,
  urls: { image_url: string; thumbnail_url: string },
): Promise<void> {
  await trx.deleteFrom('image_takedowns').where('file_id', '=', file.file_id).execute();
  await setGeneration(trx, file.generation_id, { file_id: file.file_id, error_code: null, error_message: null });
  await setAddresses(trx, file.file_id, urls);
  const { character_profile_id: character, reference_id, revision } = file;
  if (!wasAccepted || character === null || (await hasReference(trx, character))) return;
  await updateCharacter(
    trx,
    character,
    { reference_image_url: urls.image_url },
    { reference_image_id: reference_id, reference_revision: revision ?? 0 },
  );
}

async function setGeneration(
  trx: Db,
  id: string,
  changes: { file_id: number | null; error_code: string | null; error_message: string | null },
): Promise<void> {
  await trx
    .updateTable('image_generations')
    .set({ ...changes, version: sql`version + 1`, updated_at: new Date().toISOString() })
    .where('id', '=', id)
    .execute();
}

/** The agreed columns, which the forum may put into a page as they are. */
async function setAddresses(
  trx: Db,
  fileId: number,
  addresses: { image_url: string; thumbnail_url: string | null },
): Promise<void> {
  await trx
    .updateTable('post_images')
    .set(addresses)
    .where('id', 'in', (eb) =>
      eb.selectFrom('image_post_details').select('post_image_id').where('file_id', '=', fileId),
    )
    .execute();
}

async function hasReference(trx: Db, characterId: number): Promise<boolean> {
  const row = await trx
    .selectFrom('image_character_settings')
    .select('reference_image_id')
    .where('character_profile_id', '=', characterId)
    .executeTakeFirst();
  return row?.reference_image_id != null;
}

/** After its objects are gone: the reason was for those who missed the picture, the digests are for good. */
export async function forgetReason(trx: Db, fileId: number): Promise<void> {
  await trx
    .updateTable('image_takedowns')
    .set({ reason: '', category: null, hide_at_ms: null, held_by: null })
    .where('file_id', '=', fileId)
    .execute();
}

/** Whether the objects of any of these are on their way into the quarantine or out of it: what is deleted now could come back. */
export async function areBeingMoved(db: Db, generationIds: readonly string[]): Promise<boolean> {
  const moving = await db
    .selectFrom('image_takedowns')
    .innerJoin('image_files', 'image_files.id', 'file_id')
    .select('file_id')
    .where('hide_at_ms', 'is not', null)
    .where('generation_id', 'in', generationIds)
    .executeTakeFirst();
  return moving !== undefined;
}

/** Whether any of these pictures was taken down since then, an ISO time. */
export async function isAnyTakenDownSince(db: Db, generationIds: readonly string[], since: string): Promise<boolean> {
  const found = await db
    .selectFrom('image_takedowns')
    .innerJoin('image_files', 'image_files.id', 'file_id')
    .select('file_id')
    .where('generation_id', 'in', generationIds)
    .where('at', '>=', since)
    .executeTakeFirst();
  return found !== undefined;
}

/** Whether a picture is one that was taken down, or is made from one. */
export async function isTakenDown(
  db: Db,
  picture: {
    recipeSha256: string;
    seed: number;
    referenceImageId: number | null;
    /** Undefined where there are no bytes yet. */
    imageSha256: string | undefined;
  },
): Promise<boolean> {
  const { recipeSha256, seed, referenceImageId, imageSha256 } = picture;
  const reference = db
    .selectFrom('image_reference_images')
    .select('file_id')
    .where('id', '=', referenceImageId ?? 0);
  const found = await db
    .selectFrom('image_takedowns')
    .select('file_id')
    .where((eb) =>
      eb.or([
        eb.and([eb('recipe_sha256', '=', recipeSha256), eb('seed', '=', seed)]),
        eb('file_id', 'in', reference),
        ...(imageSha256 === undefined ? [] : [eb('image_sha256', '=', imageSha256)]),
      ]),
    )
    .executeTakeFirst();
  return found !== undefined;
}

/** A picture that one worker alone moves for as long as it says so. */
export interface HeldPicture {
  file_id: number;
  held_by: string;
}

/** The one that is due the longest. Only reads: an idle service writes nothing. */
export async function findDue(db: Db): Promise<number | undefined> {
  const due = db.selectFrom('image_takedowns').select('file_id').where('hide_at_ms', '<=', Date.now());
  return (await due.orderBy('hide_at_ms').limit(1).executeTakeFirst())?.file_id;
}

/**
 * Takes this one, unless somebody else has it. It is held as one that is to be hidden, also while it is restored: who dies at it
 * leaves a picture that goes out of reach.
 */
export async function hold(
  db: Db,
  fileId: number,
  by: { held_by: string; hide_at_ms: number },
): Promise<HeldPicture | undefined> {
  const held = await db
    .updateTable('image_takedowns')
    .set(by)
    .where('file_id', '=', fileId)
    .where((eb) => eb.or([eb('held_by', 'is', null), eb('hide_at_ms', '<=', Date.now())]))
    .executeTakeFirst();
  return held.numUpdatedRows > 0n ? { file_id: fileId, held_by: by.held_by } : undefined;
}

/** @returns false when it is not held any more */
export async function renewHold(db: Db, held: HeldPicture, leaseMs: number): Promise<boolean> {
  return setHold(db, held, { hide_at_ms: Date.now() + leaseMs });
}

/** @param next when its objects are to be moved, ms; null when they are. @returns false when it was not held any more */
export async function letGo(db: Db, held: HeldPicture, next: number | null): Promise<boolean> {
  return setHold(db, held, { hide_at_ms: next, held_by: null });
}

async function setHold(
  db: Db,
  { file_id, held_by }: HeldPicture,
  changes: { hide_at_ms: number | null; held_by?: null },
): Promise<boolean> {
  const changed = await db
    .updateTable('image_takedowns')
    .set(changes)
    .where('file_id', '=', file_id)
    .where('held_by', '=', held_by)
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}
