// Characters as rows: the agreed table joined with our settings and the accepted reference's files.
import { sql } from 'kysely';
import { notBeingErased } from './erasure.ts';
import type { Db } from './open.ts';
import type { CharacterSettings } from './tables.ts';

/** The agreed columns that a request may set. */
export interface ProfileFields {
  name: string;
  base_description: string;
  style_modifiers: string;
  reference_seed: number;
}
export type SettingFields = Omit<CharacterSettings, 'character_profile_id' | 'updated_at'>;

export type CharacterRow = NonNullable<Awaited<ReturnType<typeof findCharacter>>>;

export function findCharacter(db: Db, id: number) {
  return selectCharacters(db).where('character_profiles.id', '=', id).executeTakeFirst();
}

export function findCharacters(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return Promise.resolve([]);
  return selectCharacters(db).where('character_profiles.id', 'in', ids).execute();
}

export function charactersOfGame(db: Db, gameId: number, userId: number | null) {
  return selectCharacters(db)
    .where('character_profiles.game_id', '=', gameId)
    .$if(userId !== null, (query) => query.where('character_profiles.user_id', '=', userId))
    .orderBy('character_profiles.id')
    .execute();
}

export async function countCharacters(db: Db, owner: { user_id: number; game_id: number }): Promise<number> {
  const { count } = await db
    .selectFrom('character_profiles')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('game_id', '=', owner.game_id)
    .where('user_id', '=', owner.user_id)
    .executeTakeFirstOrThrow();
  return count;
}

// Left joins: a profile that the forum itself wrote has no settings of ours and is as good as any other.
function selectCharacters(db: Db) {
  return db
    .selectFrom('character_profiles')
    .leftJoin('image_character_settings as settings', 'settings.character_profile_id', 'character_profiles.id')
    .leftJoin('image_reference_images as reference', 'reference.id', 'settings.reference_image_id')
    .leftJoin('image_files as file', 'file.id', 'reference.file_id')
    .where(notBeingErased('character_profiles.user_id'))
    .selectAll('character_profiles')
    .select((eb) => [
      'settings.style',
      'settings.reference_image_id',
      'settings.lora_weights',
      'settings.lora_scale',
      'settings.lora_trigger',
      'settings.updated_at',
      'file.image_key as reference_key',
      'file.thumbnail_key as reference_thumbnail_key',
      eb.fn.coalesce('settings.negative_prompt', sql<string>`''`).as('negative_prompt'),
      eb.fn.coalesce('settings.reference_revision', eb.lit(0)).as('reference_revision'),
      eb.fn.coalesce('settings.usable_by', sql<'owner' | 'game'>`'owner'`).as('usable_by'),
    ]);
}

/** @returns the new id */
export async function insertCharacter(
  db: Db,
  owner: { user_id: number; game_id: number },
  profile: ProfileFields,
  settings: Partial<SettingFields>,
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const { id } = await trx
      .insertInto('character_profiles')
      .values({ ...owner, ...profile, created_at: new Date().toISOString() })
      .returning('id')
      .executeTakeFirstOrThrow();
    await upsertSettings(trx, id, settings);
    return id;
  });
}

export async function updateCharacter(
  db: Db,
  id: number,
  profile: Partial<ProfileFields & { reference_image_url: string | null }>,
  settings: Partial<SettingFields>,
): Promise<void> {
  if (Object.keys(profile).length > 0) {
    await db.updateTable('character_profiles').set(profile).where('id', '=', id).execute();
  }
  await upsertSettings(db, id, settings);
}

async function upsertSettings(db: Db, id: number, settings: Partial<SettingFields>): Promise<void> {
  const changed = { ...settings, updated_at: new Date().toISOString() };
  await db
    .insertInto('image_character_settings')
    .values({ ...NEW_SETTINGS, ...changed, character_profile_id: id })
    .onConflict((conflict) => conflict.column('character_profile_id').doUpdateSet(changed))
    .execute();
}

const NEW_SETTINGS: SettingFields = {
  style: null,
  negative_prompt: '',
  usable_by: 'owner',
  lora_weights: null,
  lora_scale: null,
  lora_trigger: null,
  reference_image_id: null,
  reference_revision: 0,
};

export async function deleteCharacter(db: Db, id: number): Promise<void> {
  await db.deleteFrom('character_profiles').where('id', '=', id).execute();
}

export function looksOf(db: Db, characterId: number) {
  return db
    .selectFrom('image_character_looks')
    .select(['name', 'description'])
    .where('character_profile_id', '=', characterId)
    .orderBy('name')
    .execute();
}

export async function putLook(db: Db, characterId: number, look: { name: string; description: string }): Promise<void> {
  await db
    .insertInto('image_character_looks')
    .values({ character_profile_id: characterId, ...look })
    .onConflict((conflict) =>
      conflict.columns(['character_profile_id', 'name']).doUpdateSet({ description: look.description }),
    )
    .execute();
}

export async function deleteLook(db: Db, characterId: number, name: string): Promise<boolean> {
  const result = await db
    .deleteFrom('image_character_looks')
    .where('character_profile_id', '=', characterId)
    .where('name', '=', name)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
