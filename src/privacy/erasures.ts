// Erasures as users and admins ask for them. From the commit of the request on nobody is shown anything of the user.
import type { Erasure } from '../contract.ts';
import { recordAct } from '../database/audit.ts';
import { beginErasure } from '../database/begin-erasure.ts';
import { latestErasure } from '../database/erasure.ts';
import type { Db } from '../database/open.ts';
import type { ErasureRow } from '../database/tables.ts';
import { conflict, notFound } from '../errors.ts';
import { reach } from '../failpoints.ts';

export class Erasures {
  readonly #db: Db;
  readonly #wake: () => void;

  /** @param wake an erasure was written; somebody may begin with it now */
  constructor(db: Db, wake: () => void) {
    this.#db = db;
    this.#wake = wake;
  }

  /**
   * Begins an erasure, or tells of the one that is under way.
   * @param admin who asks for it on behalf of the user; null when the user does
   */
  async request(userId: number, admin: { id: number; reason: string | null } | null): Promise<Erasure> {
    const row = await this.#db.transaction().execute(async (trx) => {
      const { row, isNew } = await beginErasure(trx, userId);
      const about = { subject: `user:${userId}`, user_id: userId, details: null };
      if (isNew && admin) {
        await recordAct(trx, { actor_id: admin.id, action: 'user.erase', reason: admin.reason, ...about });
      }
      await reach('E1');
      return row;
    });
    this.#wake();
    return present(row);
  }

  /** The last one. @throws not_found when there was none */
  async of(userId: number): Promise<Erasure> {
    const row = await latestErasure(this.#db, userId);
    if (!row) throw notFound('The erasure');
    return present(row);
  }

  /** @throws conflict while the user is being erased */
  async assertNone(userId: number): Promise<void> {
    const row = await latestErasure(this.#db, userId);
    if (row?.finished_at === null) throw conflict('This user is being erased here. Please wait until that is done.');
  }
}

function present(row: ErasureRow): Erasure {
  const { characters, generations, trainings, credits_left: _, rejections: __, ...rest } = row;
  const status = row.finished_at === null ? 'running' : 'done';
  return { ...rest, status, erased: { characters, generations, trainings } };
}
