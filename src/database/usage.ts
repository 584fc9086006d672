// What was made, charged and paid in a time, summed up by user, game or day; by indexes, and without any lock.
import { sql } from 'kysely';
import type { Db } from './open.ts';

export interface UsageRow {
  /** The id of the user or game; the day as `2026-11-30`. */
  key: number | string;
  pictures: number;
  failed: number;
  canceled: number;
  trainings: number;
  credits: number;
  cost_usd: number;
}

const KEYS = { user: sql`user_id`, game: sql`game_id`, day: sql`substr(finished_at, 1, 10)` };
export type UsageKey = keyof typeof KEYS;

/**
 * Of all that ended in a time. Users and games in the order of what they cost, days as they went by, newest first.
 * @param period.before no part of it
 */
export async function usageBy(
  db: Db,
  by: UsageKey,
  { from, before }: { from: string; before: string },
): Promise<UsageRow[]> {
  const key = KEYS[by];
  const ended = sql`finished_at >= ${from} and finished_at < ${before}`;
  const order = by === 'day' ? sql`key desc` : sql`cost_usd desc, credits desc, key`;
  const { rows } = await sql<UsageRow>`
    select key, sum(pictures) as pictures, sum(failed) as failed, sum(canceled) as canceled,
      sum(trainings) as trainings, sum(credits) as credits, round(sum(cost_usd), 6) as cost_usd
    from (
      select ${key} as key,
        count(*) filter (where status = 'succeeded') as pictures,
        count(*) filter (where status in ('failed', 'needs_review')) as failed,
        count(*) filter (where status = 'canceled') as canceled,
        0 as trainings,
        coalesce(sum(credits) filter (where status = 'succeeded'), 0) as credits,
        total(cost_usd) as cost_usd
      from image_generations where ${ended} group by 1
      union all
      select ${key}, 0, 0, 0,
        count(*) filter (where status = 'succeeded'),
        coalesce(sum(credits) filter (where status = 'succeeded'), 0),
        total(cost_usd)
      from image_lora_trainings where ${ended} group by 1
      union all
      select ${key}, 0, 0, 0, 0, 0, total(cost_usd) from image_prompt_writings where ${ended} group by 1
    )
    group by key order by ${order}`.execute(db);
  return rows;
}
