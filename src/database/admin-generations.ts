// Generations of all users as admins look for them, and what admins do with those that ended without a picture.
import { type SqlBool, sql } from 'kysely';
import { moveGeneration } from './generations.ts';
import type { Db } from './open.ts';
import type { GenerationRow, GenerationStatus } from './tables.ts';

export interface GenerationSearch {
  status: GenerationStatus | null;
  userId: number | null;
  gameId: number | null;
  before: [string, string] | null;
  limit: number;
}

/** Newest first, from below the (created_at, id) of `before`. */
export function searchGenerations(db: Db, search: GenerationSearch): Promise<GenerationRow[]> {
  const { status, userId, gameId, before, limit } = search;
  // Looked for by the user, else by the game, else by the state. The signs keep SQLite from going by what more rows have in common.
  const game = userId === null ? sql.ref('game_id') : sql`+game_id`;
  const state = userId === null && gameId === null ? sql.ref('status') : sql`+status`;
  return db
    .selectFrom('image_generations')
    .selectAll()
    .$if(status !== null, (query) => query.where(state, '=', status))
    .$if(userId !== null, (query) => query.where('user_id', '=', userId))
    .$if(gameId !== null, (query) => query.where(game, '=', gameId))
    .$if(before !== null, (query) => query.where(sql<SqlBool>`(created_at, id) < (${before?.[0]}, ${before?.[1]})`))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/**
 * One part of the caller's commit. Who has had it made anew has looked at it: it waits for nobody any more.
 * @returns false when that was done before, or it stands elsewhere by now
 */
export async function markRetried(trx: Db, row: GenerationRow, retriedAs: string): Promise<boolean> {
  const status = row.status === 'needs_review' ? 'failed' : row.status;
  const current = await trx
    .selectFrom('image_generations')
    .select('retried_as')
    .where('id', '=', row.id)
    .executeTakeFirst();
  if (!current || current.retried_as !== null) return false;
  const from = { id: row.id, status: row.status, owner: null };
  return (await moveGeneration(trx, from, { status, retried_as: retriedAs })) !== undefined;
}

/** One part of the caller's commit. @returns false when it does not wait for people any more */
export async function markReviewed(trx: Db, id: string): Promise<boolean> {
  return (await moveGeneration(trx, { id, status: 'needs_review', owner: null }, { status: 'failed' })) !== undefined;
}
