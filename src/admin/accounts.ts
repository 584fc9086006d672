// Users' credits in the hands of admins: looked at, given and taken away.
import type { CreditAdjustment, UserCredits } from '../contract.ts';
import type { Ledger } from '../credits/ledger.ts';
import { recordAct } from '../database/audit.ts';
import { findIdempotent, rememberIdempotent } from '../database/idempotency.ts';
import type { Db } from '../database/open.ts';
import { notFound, ServiceError } from '../errors.ts';
import type { Forum, ForumUser } from '../forum/forum.ts';
import type { Permissions } from '../forum/permissions.ts';
import { hashOf, type Idempotency } from '../generation/request.ts';

export class Accounts {
  readonly #db: Db;
  readonly #forum: Forum;
  readonly #ledger: Ledger;

  constructor(parts: { db: Db; forum: Forum; ledger: Ledger }) {
    this.#db = parts.db;
    this.#forum = parts.forum;
    this.#ledger = parts.ledger;
  }

  async statement(userId: number): Promise<UserCredits> {
    const { id, username } = await this.#user(userId);
    return { username, ...(await this.#ledger.statement(id)) };
  }

  async entries(userId: number, page: Parameters<Ledger['entries']>[1]) {
    const { id } = await this.#user(userId);
    return this.#ledger.entries(id, page);
  }

  /** @throws conflict when more is to be taken than is free */
  async adjust(
    { user: admin }: Permissions,
    userId: number,
    adjustment: CreditAdjustment,
    idempotency: Idempotency | null,
  ): Promise<UserCredits> {
    const { id } = await this.#user(userId);
    await this.#db.transaction().execute(async (trx) => {
      if (idempotency && !(await isFirst(trx, admin.id, idempotency))) return;
      await this.#ledger.adjust(trx, id, adjustment);
      const { amount, reason } = adjustment;
      const act = { actor_id: admin.id, action: 'credits.adjust', subject: `user:${id}`, user_id: id };
      await recordAct(trx, { ...act, reason, details: JSON.stringify({ amount }) });
    });
    return this.statement(id);
  }

  async #user(id: number): Promise<ForumUser> {
    const user = await this.#forum.user(id);
    if (!user) throw notFound('The user');
    return user;
  }
}

/** Remembers the request in the commit of what it does. @throws idempotency_mismatch when the key was another request's */
async function isFirst(trx: Db, adminId: number, { key, route, body }: Idempotency): Promise<boolean> {
  const scope = { user_id: adminId, route, key };
  const body_sha256 = hashOf(body);
  const known = await findIdempotent(trx, scope);
  if (!known) {
    await rememberIdempotent(trx, scope, { body_sha256, generation_ids: [] });
    return true;
  }
  if (known.body_sha256 === body_sha256) return false;
  throw new ServiceError('idempotency_mismatch', 'This Idempotency-Key was used for another request.');
}
