// Gives back holds that nothing will resolve any more. The commits allow none: this is for rows that were lost by hand.
import type { Logger } from 'pino';
import { abandonedHolds } from '../database/credits.ts';
import type { Db } from '../database/open.ts';
import type { Ledger } from './ledger.ts';

export async function voidAbandonedHolds({ db, ledger, log }: { db: Db; ledger: Ledger; log: Logger }): Promise<void> {
  if ((await abandonedHolds(db)).length === 0) return; // as always: no lock is taken
  const voided = await db.transaction().execute(async (trx) => {
    const ids = await abandonedHolds(trx);
    for (const id of ids) await ledger.void(trx, id);
    return ids;
  });
  if (voided.length === 0) return; // another process was quicker
  log.error({ generations: voided }, 'holds of pictures or trainings that have ended, or are gone, were given back');
}
