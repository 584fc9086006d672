// The switch with which an admin stops all that costs money, in every process at once, and starts it again.
import type { SpendingOrder, SpendingState } from '../contract.ts';
import { nextMidnight, type Spending } from '../credits/spending.ts';
import { recordAct } from '../database/audit.ts';
import { somebody } from '../database/erasure.ts';
import type { Db } from '../database/open.ts';
import { findSpendingSwitch, isSpendingPaused, turnSpendingSwitch } from '../database/spending.ts';
import type { Forum } from '../forum/forum.ts';
import type { Permissions } from '../forum/permissions.ts';

export class SpendingSwitch {
  readonly #db: Db;
  readonly #forum: Forum;
  readonly #spending: Spending;

  constructor(parts: { db: Db; forum: Forum; spending: Spending }) {
    this.#db = parts.db;
    this.#forum = parts.forum;
    this.#spending = parts.spending;
  }

  async state(): Promise<SpendingState> {
    const turned = await findSpendingSwitch(this.#db);
    const { spentUsd, expectedUsd } = await this.#spending.today();
    return {
      paused: turned?.paused === 1,
      since: turned?.since ?? null,
      by: turned ? await this.#person(turned.by_user_id) : null,
      reason: turned?.reason ?? null,
      spent_usd: spentUsd,
      expected_usd: expectedUsd,
      budget_usd: this.#spending.budgetUsd,
      resets_at: new Date(nextMidnight()).toISOString(),
    };
  }

  /** To where it stands already it is not turned: since when, by whom and why stay as they are. */
  async turn({ user }: Permissions, { paused, reason }: SpendingOrder): Promise<SpendingState> {
    await this.#db.transaction().execute(async (trx) => {
      if ((await isSpendingPaused(trx)) === paused) return;
      await turnSpendingSwitch(trx, { paused, by_user_id: user.id, reason });
      const action = paused ? 'spending.pause' : 'spending.resume';
      await recordAct(trx, { actor_id: user.id, action, subject: 'spending', user_id: null, reason, details: null });
    });
    return this.state();
  }

  async #person(userId: number) {
    const id = somebody(userId);
    return id === null ? null : { id, username: (await this.#forum.user(id))?.username ?? null };
  }
}
