// What there is of a user, table by table and in pages: no reading is long, however much there is.
import { sql } from 'kysely';
import type { Db } from './open.ts';

/** A page of rows, in the order of their ids from above `after`. */
export interface ExportPage {
  userId: number;
  after: number;
  limit: number;
}

export function exportedCharacters(db: Db, { userId, after, limit }: ExportPage) {
  return db
    .selectFrom('character_profiles as character')
    .leftJoin('image_character_settings as settings', 'settings.character_profile_id', 'character.id')
    .where('character.user_id', '=', userId)
    .where('character.id', '>', after)
    .orderBy('character.id')
    .limit(limit)
    .selectAll('character')
    .select(['settings.style', 'settings.negative_prompt', 'settings.usable_by', 'settings.lora_weights'])
    .select(['settings.lora_scale', 'settings.lora_trigger', 'settings.reference_image_id', 'settings.updated_at'])
    .select(
      sql<string>`(select json_group_array(json_object('name', look.name, 'description', look.description))
        from image_character_looks as look where look.character_profile_id = character.id)`.as('looks'),
    )
    .execute();
}

const TAKEDOWN = [
  'takedown.at as taken_down_at',
  'takedown.reason as takedown_reason',
  'takedown.category as takedown_category',
  'takedown.hide_at_ms',
] as const;

export function exportedReferences(db: Db, { userId, after, limit }: ExportPage) {
  return db
    .selectFrom('image_reference_images as reference')
    .innerJoin('character_profiles as character', 'character.id', 'reference.character_profile_id')
    .innerJoin('image_files as file', 'file.id', 'reference.file_id')
    .leftJoin('image_takedowns as takedown', 'takedown.file_id', 'file.id')
    .where('character.user_id', '=', userId)
    .where('file.deleted_at', 'is', null)
    .where('reference.id', '>', after)
    .orderBy('reference.id')
    .limit(limit)
    .select(['reference.id', 'reference.character_profile_id', 'reference.generation_id', 'reference.seed'])
    .select(['reference.revision', 'reference.created_at', 'file.image_key', 'file.thumbnail_key'])
    .select(TAKEDOWN)
    .execute();
}

/** By the row's place in the table: its id is random. */
export function exportedGenerations(db: Db, { userId, after, limit }: ExportPage) {
  return db
    .selectFrom('image_generations')
    .where('user_id', '=', userId)
    .where(sql`rowid`, '>', after)
    .orderBy(sql`rowid`)
    .limit(limit)
    .select(sql<number>`rowid`.as('place'))
    .select(['id', 'kind', 'status', 'mode', 'game_id', 'post_id', 'character_ids', 'scene', 'alt_text', 'recipe'])
    .select(['file_id', 'image_key', 'thumbnail_key', 'post_image_id', 'reference_image_id', 'credits'])
    .select(['error_code', 'created_at', 'finished_at'])
    .execute();
}

export function exportedPostImages(db: Db, { userId, after, limit }: ExportPage) {
  return db
    .selectFrom('image_post_details as details')
    .innerJoin('post_images as image', 'image.id', 'details.post_image_id')
    .innerJoin('image_files as file', 'file.id', 'details.file_id')
    .leftJoin('image_takedowns as takedown', 'takedown.file_id', 'file.id')
    .where('details.user_id', '=', userId)
    .where('file.deleted_at', 'is', null)
    .where('image.id', '>', after)
    .orderBy('image.id')
    .limit(limit)
    .select(['image.id', 'image.post_id', 'details.generation_id', 'details.mode', 'details.scene', 'details.alt_text'])
    .select(['image.prompt', 'image.negative_prompt', 'image.generation_params', 'image.created_at'])
    .select(['file.image_key', 'file.thumbnail_key', 'file.width', 'file.height'])
    .select(TAKEDOWN)
    .execute();
}

export function exportedTrainings(db: Db, { userId, after, limit }: ExportPage) {
  return db
    .selectFrom('image_lora_trainings')
    .where('user_id', '=', userId)
    .where(sql`rowid`, '>', after)
    .orderBy(sql`rowid`)
    .limit(limit)
    .select(sql<number>`rowid`.as('place'))
    .select(['id', 'character_profile_id', 'game_id', 'status', 'trigger', 'seed', 'steps', 'generation_ids'])
    .select(['weights_key', 'weights_sha256', 'credits', 'error_code', 'created_at', 'finished_at'])
    .execute();
}

export function exportedEntries(db: Db, { userId, after, limit }: ExportPage) {
  return db
    .selectFrom('image_credit_entries')
    .where('user_id', '=', userId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .select(['id', 'generation_id', 'kind', 'amount', 'held', 'period', 'reason', 'created_at'])
    .execute();
}

export function exportedWritings(db: Db, { userId, after, limit }: ExportPage) {
  return db
    .selectFrom('image_prompt_writings')
    .where('user_id', '=', userId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .select(['id', 'game_id', 'model', 'finished_at'])
    .execute();
}

export function exportedReports(db: Db, { userId, after, limit }: ExportPage) {
  return db
    .selectFrom('image_reports')
    .where('user_id', '=', userId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .select(['id', 'post_image_id', 'reason', 'created_at'])
    .execute();
}

/** What was done to the user, not by whom. */
export function exportedActs(db: Db, { userId, after, limit }: ExportPage) {
  return db
    .selectFrom('image_audit')
    .where('user_id', '=', userId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .select(['id', 'at', 'action', 'subject', 'reason'])
    .execute();
}
