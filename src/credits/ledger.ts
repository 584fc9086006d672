// What pictures cost users: hold at the request, settle with the picture, void at every other ending.
import type { Credits } from '../contract.ts';
import { accountOf, addEntry, type CreditAccount, entriesOf, hasAllowance, openHold } from '../database/credits.ts';
import { creditsKept } from '../database/erasure.ts';
import type { Db } from '../database/open.ts';
import type { NewCreditEntry } from '../database/tables.ts';
import { conflict, ServiceError } from '../errors.ts';

/** Credits for each kind of work. Attaching a draft is free: it was paid when it was made. */
export const PRICES = { reference: 1, post: 1, draft: 1, training: 50 } as const;

export interface LedgerLimits {
  creditsPerMonth: number;
}

/** The methods that take a transaction do one part of the caller's commit; the others are whole by themselves. */
export class Ledger {
  readonly #db: Db;
  readonly #limits: LedgerLimits;

  constructor(db: Db, limits: LedgerLimits) {
    this.#db = db;
    this.#limits = limits;
  }

  async statement(userId: number): Promise<Credits> {
    // Reading is frequent and must not take the forum's write lock; only the first look of a month adds an entry.
    const topped = await hasAllowance(this.#db, userId, thisMonth());
    const account = topped
      ? await accountOf(this.#db, userId)
      : await this.#db.transaction().execute((trx) => this.#topUp(trx, userId));
    return {
      user_id: userId,
      available: available(account),
      held: account.held,
      allowance: this.#limits.creditsPerMonth,
      resets_at: nextMonth(new Date()).toISOString(),
      prices: PRICES,
    };
  }

  entries(userId: number, page: { beforeId: number | null; limit: number }) {
    return entriesOf(this.#db, userId, page);
  }

  /** @throws insufficient_credits, having written nothing */
  async hold(trx: Db, userId: number, holds: { generationId: string; credits: number }[]): Promise<void> {
    const account = await this.#topUp(trx, userId);
    const total = holds.reduce((sum, hold) => sum + hold.credits, 0);
    if (available(account) < total) {
      throw new ServiceError(
        'insufficient_credits',
        `This costs ${total} credits and you have ${available(account)}. New credits come at the start of the month.`,
      );
    }
    for (const { generationId, credits } of holds) {
      await addEntry(trx, entry(userId, 'hold', { amount: 0, held: credits }, { generation_id: generationId }));
    }
  }

  /** Charges what was held; only in the commit that records the picture. */
  settle(trx: Db, generationId: string): Promise<void> {
    return this.#resolve(trx, generationId, 'settle');
  }

  /** Gives back what was held. */
  void(trx: Db, generationId: string): Promise<void> {
    return this.#resolve(trx, generationId, 'void');
  }

  /**
   * Gives or takes credits by an admin's hand.
   * @throws conflict when more is to be taken than is free, having written nothing
   */
  async adjust(trx: Db, userId: number, { amount, reason }: { amount: number; reason: string }): Promise<void> {
    const free = available(await this.#topUp(trx, userId));
    if (free + amount < 0) throw conflict(`${-amount} credits cannot be taken: only ${free} are free.`);
    await addEntry(trx, entry(userId, 'adjust', { amount, held: 0 }, { reason }));
  }

  // A hold resolves at most once: a unique index refuses the second entry, whatever this code believes.
  async #resolve(trx: Db, generationId: string, kind: 'settle' | 'void'): Promise<void> {
    const hold = await openHold(trx, generationId);
    if (!hold) return;
    const amount = kind === 'settle' ? -hold.held : 0;
    await addEntry(trx, entry(hold.user_id, kind, { amount, held: -hold.held }, { generation_id: generationId }));
  }

  /**
   * Once a month, tops the user up to the allowance; what was granted beyond it stays. Who was erased in this month goes on with
   * what was left: otherwise an erasure would be the way to new credits.
   */
  async #topUp(trx: Db, userId: number): Promise<CreditAccount> {
    const account = await accountOf(trx, userId);
    const period = thisMonth();
    if (await hasAllowance(trx, userId, period)) return account;
    const most = (await creditsKept(trx, userId, period)) ?? this.#limits.creditsPerMonth;
    const amount = Math.max(0, most - available(account));
    await addEntry(trx, entry(userId, 'grant', { amount, held: 0 }, { period, reason: 'monthly allowance' }));
    return { ...account, balance: account.balance + amount };
  }
}

function available(account: CreditAccount): number {
  return account.balance - account.held;
}

function entry(
  userId: number,
  kind: NewCreditEntry['kind'],
  moves: { amount: number; held: number },
  about: Pick<NewCreditEntry, 'generation_id' | 'period' | 'reason'>,
): NewCreditEntry {
  return { user_id: userId, kind, ...moves, ...about, created_at: new Date().toISOString() };
}

/** As `2026-11`, UTC. */
function thisMonth(): string {
  return new Date().toISOString().slice(0, 7);
}

function nextMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
}
