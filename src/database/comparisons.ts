// What a comparison of strategies reads: pictures of other characters, and whether others' work waits.
import { sql } from 'kysely';
import type { Db } from './open.ts';

/** Newest first of each character: one that is drawn often must not stand for all others. */
const MOST_OF_ONE = 6;
const MOST_OF_ALL = 60;

/** Thumbnails of finished pictures that show others and not this character: those of its own game first. */
export async function thumbnailsOfOthers(db: Db, character: { id: number; game_id: number }): Promise<string[]> {
  const { rows } = await sql<{ thumbnail_key: string }>`
    select thumbnail_key from (
      select file.thumbnail_key, generation.game_id, generation.created_at,
        row_number() over (
          partition by json_extract(generation.character_ids, '$[0]') order by generation.created_at desc, generation.id
        ) as place
      from image_generations as generation
      join image_files as file on file.id = generation.file_id
      where generation.status = 'succeeded' and generation.mode <> 'scene' and file.deleted_at is null
        and not exists (select 1 from json_each(generation.character_ids) where value = ${character.id})
    )
    where place <= ${MOST_OF_ONE}
    order by game_id <> ${character.game_id}, place, created_at desc
    limit ${MOST_OF_ALL}`.execute(db);
  return rows.map((row) => row.thumbnail_key);
}

/** Whether unfinished pictures wait that were asked of another model than these. */
export async function waitsForAnotherModel(db: Db, models: string[]): Promise<boolean> {
  const { rows } = await sql`
    select 1 from image_generations
    where status in ('queued', 'submitting', 'generating', 'storing') and json_extract(recipe, '$.model') not in (${sql.join(models)})
    limit 1`.execute(db);
  return rows.length > 0;
}
