// Generations as rows: asked for, claimed by a worker, moved on, ended. Every move names the state it leaves.
import { type SqlBool, sql, type Updateable } from 'kysely';
import type { Db } from './open.ts';
import { dueAfter, type From, Queue, stillStands } from './queue.ts';
import type { Flag } from './tables/kinds.ts';
import type { GenerationRow, GenerationStatus, NewGeneration, Tables } from './tables.ts';

/** Written out, and as the index has it: see QueueShape. */
const isUnfinished = sql<SqlBool>`status in ('queued', 'submitting', 'generating', 'storing')`;

export const generationQueue = new Queue({
  table: 'image_generations',
  isUnfinished,
  underWay: ['submitting', 'generating'],
  hint: 'hinted_prediction_id',
});

type Changes = Omit<Updateable<Tables['image_generations']>, 'id' | 'version' | 'updated_at'>;

export async function insertGenerations(db: Db, rows: NewGeneration[]): Promise<void> {
  await db.insertInto('image_generations').values(rows).execute();
}

export function findGeneration(db: Db, id: string): Promise<GenerationRow | undefined> {
  return db.selectFrom('image_generations').selectAll().where('id', '=', id).executeTakeFirst();
}

export function findGenerations(db: Db, ids: readonly string[]): Promise<GenerationRow[]> {
  return db.selectFrom('image_generations').selectAll().where('id', 'in', ids).execute();
}

/** A user's own, newest first, from below the (created_at, id) of `before`. */
export function generationsOf(
  db: Db,
  userId: number,
  page: { active: boolean; before: [string, string] | null; limit: number },
): Promise<GenerationRow[]> {
  return db
    .selectFrom('image_generations')
    .selectAll()
    .where('user_id', '=', userId)
    .$if(page.active, (query) => query.where(isUnfinished))
    .$if(page.before !== null, (query) =>
      query.where(sql<SqlBool>`(created_at, id) < (${page.before?.[0]}, ${page.before?.[1]})`),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
}

export async function countUnfinished(db: Db, userId: number): Promise<{ mine: number; queued: number }> {
  const row = await db
    .selectFrom('image_generations')
    .where(isUnfinished)
    .select((eb) => [
      eb.fn.countAll<number>().filterWhere('user_id', '=', userId).as('mine'),
      eb.fn.countAll<number>().filterWhere('status', '=', 'queued').as('queued'),
    ])
    .executeTakeFirstOrThrow();
  return row;
}

/** Generations that the provider may be at work on. */
export async function countInFlight(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('image_generations')
    .where(isUnfinished)
    .where('status', 'in', ['submitting', 'generating'])
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/**
 * Moves a generation on, if it still stands where the caller believes and the caller still holds it.
 * @returns the row as it stands now, or undefined when somebody else has moved it
 */
export async function moveGeneration(
  db: Db,
  from: From<GenerationStatus>,
  changes: Changes,
): Promise<GenerationRow | undefined> {
  return db
    .updateTable('image_generations')
    .set({
      ...changes,
      run_at_ms: dueAfter(from.dueAt, changes.run_at_ms),
      version: sql`version + 1`,
      updated_at: changes.finished_at ?? new Date().toISOString(),
    })
    .where(stillStands(from))
    .returningAll()
    .executeTakeFirst();
}

/** Puts a generation off, as above, with nothing changed that anybody could see: its version stays as it is. */
export async function deferGeneration(
  db: Db,
  from: From<GenerationStatus> & { owner: string },
  runAtMs: number,
): Promise<void> {
  await db
    .updateTable('image_generations')
    .set({ run_at_ms: dueAfter(from.dueAt, runAtMs), tries: 0, lease_owner: null, lease_until_ms: 0 })
    .where(stillStands(from))
    .execute();
}

/**
 * Takes due rows for one worker. Users take turns: somebody's first picture comes before another's second,
 * and pictures already under way count as turns taken.
 */
export async function claimDue(
  db: Db,
  claim: { statuses: readonly GenerationStatus[]; owner: string; leaseMs: number; limit: number },
): Promise<GenerationRow[]> {
  const now = Date.now();
  // Turns taken are counted once for all users: counted row by row, 200 waiting beside 300 under way cost 40 ms each time.
  const due = sql<string>`
    select id from (
      select id, created_at,
        row_number() over (partition by g.user_id order by created_at, id) + coalesce(own.turns, 0) as turn
      from image_generations as g
      left join (
        select user_id, count(*) as turns from image_generations
        where ${isUnfinished} and status <> 'queued' group by +user_id
      ) as own on own.user_id = g.user_id
      where ${isUnfinished} and status in (${sql.join(claim.statuses)}) and run_at_ms <= ${now} and lease_until_ms < ${now}
    ) order by turn, created_at, id limit ${claim.limit}`;
  return db
    .updateTable('image_generations')
    .set({ lease_owner: claim.owner, lease_until_ms: now + claim.leaseMs })
    .where(sql<SqlBool>`id in (${due})`)
    .returningAll()
    .execute();
}

/** Ids of the predictions that rows submitted since then hold. */
export async function predictionsSince(db: Db, submittedAt: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('image_generations')
    .select('prediction_id')
    .where('submitted_at', '>=', submittedAt)
    .where('prediction_id', 'is not', null)
    .execute();
  return new Set(rows.map((row) => row.prediction_id ?? ''));
}

export interface SpooledPicture {
  image: Buffer;
  thumbnail: Buffer;
  width: number;
  height: number;
}

export function findSpooled(db: Db, generationId: string): Promise<(SpooledPicture & { signed: Flag }) | undefined> {
  return db
    .selectFrom('image_spool')
    .select(['image', 'thumbnail', 'width', 'height', 'signed'])
    .where('generation_id', '=', generationId)
    .executeTakeFirst();
}

export async function spool(db: Db, generationId: string, picture: SpooledPicture): Promise<void> {
  const { image, thumbnail, width, height } = picture;
  await db
    .insertInto('image_spool')
    .values({ generation_id: generationId, image, thumbnail, width, height })
    .onConflict((conflict) => conflict.column('generation_id').doNothing())
    .execute();
}

/** Keeps the bytes that the signer has made of them, in the place of those that it was given. */
export async function spoolSigned(db: Db, generationId: string, picture: SpooledPicture): Promise<void> {
  const { image, thumbnail, width, height } = picture;
  await db
    .insertInto('image_spool')
    .values({ generation_id: generationId, image, thumbnail, width, height, signed: 1 })
    .onConflict((conflict) => conflict.column('generation_id').doUpdateSet({ image, thumbnail, signed: 1 }))
    .execute();
}

export async function unspool(db: Db, generationId: string): Promise<void> {
  await db.deleteFrom('image_spool').where('generation_id', '=', generationId).execute();
}
