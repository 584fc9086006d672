// The record of what admins and game masters did: written in the commit of the act itself, and only ever added to.
import type { Db } from './open.ts';
import type { NewAuditEntry } from './tables.ts';

/** One part of the caller's commit: no act without its entry, and no entry of an act that was not done. */
export async function recordAct(trx: Db, entry: Omit<NewAuditEntry, 'id' | 'at'>): Promise<void> {
  await trx
    .insertInto('image_audit')
    .values({ ...entry, at: new Date().toISOString() })
    .execute();
}

/** As above; what somebody does to their own things is no act of an admin or a game master, and is not recorded. */
export async function recordActOnOthers(
  trx: Db,
  entry: Pick<NewAuditEntry, 'actor_id' | 'action' | 'subject'> & { user_id: number | null },
): Promise<void> {
  if (entry.actor_id !== entry.user_id) await recordAct(trx, { ...entry, reason: null, details: null });
}

/** Newest first, from below `beforeId`. */
export function actsOf(db: Db, page: { beforeId: number | null; userId: number | null; limit: number }) {
  return db
    .selectFrom('image_audit')
    .selectAll()
    .$if(page.userId !== null, (query) => query.where('user_id', '=', page.userId))
    .$if(page.beforeId !== null, (query) => query.where('id', '<', page.beforeId))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
}
