// Generations as rows: asked for, claimed by a worker, moved on, ended. Every move names the state it leaves.
import { type SqlBool, sql, type Updateable } from 'kysely';
import type { Db } from './open.ts';
import type { GenerationRow, GenerationStatus, NewGeneration, Tables } from './tables.ts';

export const UNFINISHED = ['queued', 'submitting', 'generating', 'storing'] as const satisfies GenerationStatus[];

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
    .$if(page.active, (query) => query.where('status', 'in', UNFINISHED))
    .$if(page.before !== null, (query) =>
      query.where(sql<SqlBool>`(created_at, id) < (${page.before?.[0]}, ${page.before?.[1]})`),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
}

export async function countUnfinished(db: Db, userId: number): Promise<{ mine: number; all: number; queued: number }> {
  const row = await db
    .selectFrom('image_generations')
    .where('status', 'in', UNFINISHED)
    .select((eb) => [
      eb.fn.countAll<number>().as('all'),
      eb.fn.countAll<number>().filterWhere('user_id', '=', userId).as('mine'),
      eb.fn.countAll<number>().filterWhere('status', '=', 'queued').as('queued'),
    ])
    .executeTakeFirstOrThrow();
  return row;
}

/**
 * Moves a generation on, if it still stands where the caller believes and the caller still holds it.
 * @param owner the lease the caller works under; null for a request, which may only move what no worker holds
 * @returns the row as it stands now, or undefined when somebody else has moved it
 */
export async function moveGeneration(
  db: Db,
  from: { id: string; status: GenerationStatus; owner: string | null },
  changes: Changes,
): Promise<GenerationRow | undefined> {
  return db
    .updateTable('image_generations')
    .set({ ...changes, version: sql`version + 1`, updated_at: new Date().toISOString() })
    .where('id', '=', from.id)
    .where('status', '=', from.status)
    .where((eb) => (from.owner === null ? eb('lease_until_ms', '<', Date.now()) : eb('lease_owner', '=', from.owner)))
    .returningAll()
    .executeTakeFirst();
}

/** Asks whoever works on it to stop; takes no part in the lease. */
export async function flagCancel(db: Db, id: string): Promise<void> {
  await db
    .updateTable('image_generations')
    .set({ cancel_requested: 1, run_at_ms: Date.now() })
    .where('id', '=', id)
    .where('status', 'in', UNFINISHED)
    .execute();
}

/** When the next row of these states wants attention, ms; null when none waits. Only reads: an idle service writes nothing. */
export async function nextDue(db: Db): Promise<number | null> {
  const row = await db
    .selectFrom('image_generations')
    .select(sql<number | null>`min(max(run_at_ms, lease_until_ms))`.as('at'))
    .where('status', 'in', UNFINISHED)
    .executeTakeFirst();
  return row?.at ?? null;
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
  const due = sql<string>`
    select id from (
      select id, created_at,
        row_number() over (partition by user_id order by created_at, id)
          + (select count(*) from image_generations as own
             where own.user_id = g.user_id and own.status in ('submitting', 'generating', 'storing')) as turn
      from image_generations as g
      where status in (${sql.join(claim.statuses)}) and run_at_ms <= ${now} and lease_until_ms < ${now}
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

/** Only of the rows named: one whose step has failed must run out, or it would never be taken up again. */
export async function extendLeases(db: Db, owner: string, ids: readonly string[], leaseMs: number): Promise<void> {
  const now = Date.now();
  await db
    .updateTable('image_generations')
    .set({ lease_until_ms: now + leaseMs })
    .where('id', 'in', ids)
    .where('status', 'in', UNFINISHED)
    .where('lease_owner', '=', owner)
    .where('lease_until_ms', '>=', now)
    .execute();
}

/** Lets go of all that the owner holds. */
export async function releaseLeases(db: Db, owner: string): Promise<void> {
  await db
    .updateTable('image_generations')
    .set({ lease_owner: null, lease_until_ms: 0 })
    .where('lease_owner', '=', owner)
    .execute();
}

export interface SpooledPicture {
  image: Buffer;
  thumbnail: Buffer;
  width: number;
  height: number;
}

export function findSpooled(db: Db, generationId: string): Promise<SpooledPicture | undefined> {
  return db
    .selectFrom('image_spool')
    .select(['image', 'thumbnail', 'width', 'height'])
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

export async function unspool(db: Db, generationId: string): Promise<void> {
  await db.deleteFrom('image_spool').where('generation_id', '=', generationId).execute();
}
