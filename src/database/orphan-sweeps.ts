// Sweeps of the storage as rows: one at a time, however many processes there are, and the reports of the last ones.
import type { Db } from './open.ts';

/** How many reports are kept: a month of daily ones. */
const KEPT = 30;

/**
 * Begins a sweep, unless one is running.
 * @param claim.unless ISO times: nor when one that succeeded began after the first, or any other after the second
 * @returns its id; undefined when it is not to be
 */
export async function beginSweep(
  db: Db,
  claim: { now: number; leaseMs: number; unless: { succeededAfter: string; triedAfter: string } | null },
): Promise<number | undefined> {
  const { now, leaseMs, unless } = claim;
  return db.transaction().execute(async (trx) => {
    const hindrance = await trx
      .selectFrom('image_orphan_sweeps')
      .select('id')
      .where((eb) =>
        eb.or([
          eb.and([eb('finished_at', 'is', null), eb('lease_until_ms', '>', now)]),
          ...(unless ? [eb('started_at', '>', unless.triedAfter)] : []),
          ...(unless ? [eb.and([eb('succeeded', '=', 1), eb('started_at', '>', unless.succeededAfter)])] : []),
        ]),
      )
      .executeTakeFirst();
    if (hindrance) return undefined;
    const row = { lease_until_ms: now + leaseMs, started_at: new Date(now).toISOString() };
    const { id } = await trx.insertInto('image_orphan_sweeps').values(row).returning('id').executeTakeFirstOrThrow();
    await trx
      .deleteFrom('image_orphan_sweeps')
      .where('id', '<=', id - KEPT)
      .execute();
    return id;
  });
}

/** @returns false when the lease has run out: another process may have begun by now */
export async function renewSweep(db: Db, id: number, lease: { now: number; leaseMs: number }): Promise<boolean> {
  const renewed = await db
    .updateTable('image_orphan_sweeps')
    .set({ lease_until_ms: lease.now + lease.leaseMs })
    .where('id', '=', id)
    .where('lease_until_ms', '>', lease.now)
    .executeTakeFirst();
  return renewed.numUpdatedRows > 0n;
}

export async function endSweep(
  db: Db,
  id: number,
  end: { at: string; succeeded: boolean; report: object },
): Promise<void> {
  await db
    .updateTable('image_orphan_sweeps')
    .set({ finished_at: end.at, succeeded: end.succeeded ? 1 : 0, report: JSON.stringify(end.report) })
    .where('id', '=', id)
    .execute();
}
