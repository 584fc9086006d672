// What the provider was paid and will be paid, as far as the rows tell; and the switch that stops it.
import { sql } from 'kysely';
import { rejectionsKept } from './erasure.ts';
import type { Db } from './open.ts';

/** US dollars, of all users together. */
export interface Bill {
  /** Known to be paid. */
  spentUsd: number;
  /** At a guess: for what is under way, and for what may have been billed though nobody could find out. */
  expectedUsd: number;
}

/** What was paid since a time, and what that may still grow by. */
export async function billSince(db: Db, since: string): Promise<Bill> {
  const { rows } = await sql<Bill>`
    select
      (select total(cost_usd) from image_generations where finished_at >= ${since})
        + (select total(cost_usd) from image_lora_trainings where finished_at >= ${since})
        + (select total(cost_usd) from image_prompt_writings where finished_at >= ${since}) as spentUsd,
      (select total(coalesce(cost_usd, estimated_usd)) from image_generations
          where status in ('queued', 'submitting', 'generating', 'storing'))
        + (select total(coalesce(cost_usd, estimated_usd)) from image_lora_trainings
          where status in ('queued', 'preparing', 'submitting', 'training', 'storing'))
        + (select total(estimated_usd) from image_generations where finished_at >= ${since} and cost_usd is null
          and (status = 'needs_review' or prediction_id is not null))
        + (select total(estimated_usd) from image_lora_trainings where finished_at >= ${since} and cost_usd is null
          and (status = 'needs_review' or training_id is not null)) as expectedUsd`.execute(db);
  return rows[0] as Bill;
}

/** US dollars that pictures of this model cost on average, of the newest hundred that were made; null when none is among them. */
export async function usualCost(db: Db, model: string): Promise<number | null> {
  // The sign keeps SQLite from looking by the status, which would be to sort all that were ever made.
  const { rows } = await sql<{ usd: number | null }>`
    select avg(cost_usd) as usd from (
      select cost_usd, recipe from image_generations
      where finished_at is not null and +status = 'succeeded' order by finished_at desc limit 100
    ) where json_extract(recipe, '$.model') = ${model}`.execute(db);
  return rows[0]?.usd ?? null;
}

/** As above, for trainings. */
export async function usualTrainingCost(db: Db): Promise<number | null> {
  const { rows } = await sql<{ usd: number | null }>`
    select avg(cost_usd) as usd from (
      select cost_usd from image_lora_trainings
      where finished_at is not null and status = 'succeeded' order by finished_at desc limit 20
    )`.execute(db);
  return rows[0]?.usd ?? null;
}

/** When the user's last pictures were refused, by the safety filter or as taken down, newest first. */
export async function rejectionsOf(db: Db, userId: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('image_generations')
    .select('finished_at')
    .where('user_id', '=', userId)
    // Written out, not bound: only by the very words of the partial index does SQLite see that it may use it.
    .where(sql<boolean>`error_code in ('output_rejected', 'taken_down')`)
    .where(sql<boolean>`status = 'failed'`)
    .orderBy('finished_at', 'desc')
    .limit(limit)
    .execute();
  const known = rows.map((row) => row.finished_at ?? '');
  return [...known, ...(await rejectionsKept(db, userId))].slice(0, limit);
}

/** When the user's last work ended that was canceled, and paid all the same; since a time, newest first. */
export async function canceledAtCost(
  db: Db,
  table: 'image_generations' | 'image_lora_trainings',
  { userId, since, limit }: { userId: number; since: string; limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ finished_at: string }>`
    select finished_at from ${sql.table(table)}
    where finished_at >= ${since} and status = 'canceled' and user_id = ${userId} and cost_usd > 0
    order by finished_at desc limit ${limit}`.execute(db);
  return rows.map(({ finished_at }) => finished_at);
}

/** Undefined before it was ever turned. */
export function findSpendingSwitch(db: Db) {
  return db.selectFrom('image_spending_switch').selectAll().executeTakeFirst();
}

export async function isSpendingPaused(db: Db): Promise<boolean> {
  return (await findSpendingSwitch(db))?.paused === 1;
}

export async function turnSpendingSwitch(
  db: Db,
  turn: { paused: boolean; by_user_id: number; reason: string },
): Promise<void> {
  const values = { ...turn, paused: turn.paused ? (1 as const) : (0 as const), since: new Date().toISOString() };
  await db
    .insertInto('image_spending_switch')
    .values({ id: 1, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}
