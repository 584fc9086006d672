// Remembers which generations answered a request with an Idempotency-Key, so that a repeated request gets the same ones.
import type { Db } from './open.ts';

export interface IdempotencyScope {
  user_id: number;
  route: string;
  key: string;
}

export async function findIdempotent(db: Db, scope: IdempotencyScope) {
  const row = await db
    .selectFrom('image_idempotency_keys')
    .select(['body_sha256', 'generation_ids'])
    .where('user_id', '=', scope.user_id)
    .where('route', '=', scope.route)
    .where('key', '=', scope.key)
    .executeTakeFirst();
  return row && { body_sha256: row.body_sha256, generation_ids: JSON.parse(row.generation_ids) as string[] };
}

export async function rememberIdempotent(
  db: Db,
  scope: IdempotencyScope,
  answer: { body_sha256: string; generation_ids: string[] },
): Promise<void> {
  await db
    .insertInto('image_idempotency_keys')
    .values({
      ...scope,
      body_sha256: answer.body_sha256,
      generation_ids: JSON.stringify(answer.generation_ids),
      created_at: new Date().toISOString(),
    })
    .execute();
}

export async function forgetIdempotentBefore(db: Db, time: string): Promise<void> {
  await db.deleteFrom('image_idempotency_keys').where('created_at', '<', time).execute();
}
