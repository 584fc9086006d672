// What the metrics tell of the state of things, counted in the database when they are read. Nothing here writes.
import { type SqlBool, sql } from 'kysely';
import type { Db } from './open.ts';

type Counts = Record<string, number>;

export async function generationsByStatus(db: Db): Promise<Counts> {
  const rows = await db
    .selectFrom('image_generations')
    .select((eb) => ['status', eb.fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

export async function trainingsByStatus(db: Db): Promise<Counts> {
  const rows = await db
    .selectFrom('image_lora_trainings')
    .select((eb) => ['status', eb.fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** When the oldest generation that has not ended was asked for. */
export async function oldestUnfinished(db: Db): Promise<string | null> {
  const row = await db
    .selectFrom('image_generations')
    .select((eb) => eb.fn.min<string | null>('created_at').as('at'))
    .where('status', 'in', ['queued', 'submitting', 'generating', 'storing'])
    .executeTakeFirst();
  return row?.at ?? null;
}

/** When the oldest picture that is paid, and not yet in our hands, was asked for at the provider. */
export async function oldestUnfetched(db: Db): Promise<string | null> {
  const row = await db
    .selectFrom('image_generations')
    .select((eb) => eb.fn.min<string | null>('submitted_at').as('at'))
    .where('status', '=', 'storing')
    .where('id', 'not in', (eb) => eb.selectFrom('image_spool').select('generation_id'))
    .executeTakeFirst();
  return row?.at ?? null;
}

/**
 * Holds of work that is under way. All that is held should be theirs: what is held without one has been forgotten.
 * @returns credits held without work; the open holds and the time of the oldest
 */
export async function openHolds(db: Db): Promise<{ count: number; oldest: string | null; withoutWork: number }> {
  const generations = db
    .selectFrom('image_generations')
    .select('id')
    .where('status', 'in', ['queued', 'submitting', 'generating', 'storing']);
  const trainings = db.selectFrom('image_lora_trainings').select('id').where('finished_at', 'is', null);
  const { count, credits, oldest } = await db
    .selectFrom('image_credit_entries')
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.sum<number | null>('held').as('credits'),
      eb.fn.min<string | null>('created_at').as('oldest'),
    ])
    .where(sql<SqlBool>`kind = 'hold'`) // written out, or its index is not used
    .where('generation_id', 'in', generations.unionAll(trainings))
    .executeTakeFirstOrThrow();
  const held = await db
    .selectFrom('image_credit_accounts')
    .select((eb) => eb.fn.sum<number | null>('held').as('credits'))
    .executeTakeFirst();
  return { count, oldest, withoutWork: (held?.credits ?? 0) - (credits ?? 0) };
}

export async function countSpooled(db: Db): Promise<number> {
  const row = await db
    .selectFrom('image_spool')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** US dollars that the provider took since a time: for what was made, for what nobody got, and for texts. */
export async function costSince(db: Db, since: string): Promise<Counts> {
  const worked = (table: 'image_generations' | 'image_lora_trainings') =>
    db
      .selectFrom(table)
      .select((eb) => [sql<number>`status = 'succeeded'`.as('charged'), eb.fn.sum<number | null>('cost_usd').as('usd')])
      .where('cost_usd', 'is not', null)
      .where('finished_at', '>=', since)
      .groupBy('charged')
      .execute();
  const usdOf = (rows: { charged: number; usd: number | null }[], charged: number) =>
    rows.find((row) => row.charged === charged)?.usd ?? 0;
  const [pictures, trainings] = [await worked('image_generations'), await worked('image_lora_trainings')];
  const writings = await db
    .selectFrom('image_prompt_writings')
    .select((eb) => eb.fn.sum<number | null>('cost_usd').as('usd'))
    .where('finished_at', '>=', since)
    .executeTakeFirst();
  return {
    picture: usdOf(pictures, 1),
    lost_picture: usdOf(pictures, 0),
    training: usdOf(trainings, 1),
    lost_training: usdOf(trainings, 0),
    text: writings?.usd ?? 0,
  };
}
