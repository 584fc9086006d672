// What may be spent at the provider: within the day's budget, not while an admin has stopped it, and not on refusal after refusal.
import type { Db } from '../database/open.ts';
import {
  type Bill,
  billSince,
  isSpendingPaused,
  rejectionsOf,
  usualCost,
  usualTrainingCost,
} from '../database/spending.ts';
import { ServiceError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

/** Each has cost the operator money and the user nothing. More of them in an hour are no accident: somebody tries what gets through. */
const MOST_REJECTED = 5;
/** Nobody knows when an admin will start it again. */
const PAUSED_RETRY_S = 300;
/** What a training takes where none was made yet: ten to twenty minutes. */
const TRAINING_S = 20 * 60;

export class Spending {
  /** US dollars a day (UTC) for the whole forum; null for no limit. */
  readonly budgetUsd: number | null;
  readonly #db: Db;
  readonly #provider: Pick<Provider, 'dearestUsd' | 'trainer'>;

  constructor(parts: { db: Db; provider: Pick<Provider, 'dearestUsd' | 'trainer'>; dailyBudgetUsd: number | null }) {
    this.#db = parts.db;
    this.#provider = parts.provider;
    this.budgetUsd = parts.dailyBudgetUsd;
  }

  /** US dollars that a picture by this model will cost: as the last ones did, or at most; 0 where nothing is paid. */
  async pictureUsd(model: string): Promise<number> {
    const dearest = this.#provider.dearestUsd(model);
    return dearest === 0 ? 0 : ((await usualCost(this.#db, model)) ?? dearest);
  }

  async trainingUsd(): Promise<number> {
    const usdPerSecond = this.#provider.trainer?.usdPerSecond ?? 0;
    return usdPerSecond === 0 ? 0 : ((await usualTrainingCost(this.#db)) ?? usdPerSecond * TRAINING_S);
  }

  today(db: Db = this.#db): Promise<Bill> {
    return billSince(db, new Date(midnight()).toISOString());
  }

  /**
   * Inside the commit that takes the work on it holds for all processes; outside it only saves work that would be in vain.
   * @throws provider_unavailable, daily_budget_reached
   */
  async assertOpen(db: Db, wantedUsd = 0): Promise<void> {
    if (await isSpendingPaused(db)) {
      const sentence = 'An admin has stopped the making of pictures for now. Please try again later.';
      throw new ServiceError('provider_unavailable', sentence, { retryAfter: PAUSED_RETRY_S });
    }
    await this.#assertWithinBudget(db, wantedUsd);
  }

  /**
   * One part of the commit that takes on what a user has asked for.
   * @throws provider_unavailable, daily_budget_reached, rate_limited, having written nothing
   */
  async admit(trx: Db, userId: number, wanted: { estimated_usd?: number }[]): Promise<void> {
    const usd = wanted.reduce((sum, { estimated_usd = 0 }) => sum + estimated_usd, 0);
    await this.assertOpen(trx, usd);
    await assertFewRejected(trx, userId);
  }

  /** What is under way counts as if it were paid: many that ask at once cannot all spend the same last dollar. */
  async #assertWithinBudget(db: Db, wantedUsd: number): Promise<void> {
    const budget = this.budgetUsd;
    if (budget === null) return;
    const { spentUsd, expectedUsd } = await this.today(db);
    const usd = spentUsd + expectedUsd;
    if (usd < budget && usd + wantedUsd <= budget) return;
    const sentence =
      usd < budget
        ? "What is left of today's money is not enough for this. Please come back tomorrow."
        : "Today's money for pictures is spent. Please come back tomorrow.";
    const retryAfter = (nextMidnight() - Date.now()) / SECOND_MS;
    throw new ServiceError('daily_budget_reached', sentence, { retryAfter });
  }
}

/** When the day's budget is whole again, ms. */
export function nextMidnight(): number {
  return midnight() + DAY_MS;
}

function midnight(): number {
  return Math.floor(Date.now() / DAY_MS) * DAY_MS;
}

/** @throws rate_limited until the oldest of the last refusals is an hour old */
async function assertFewRejected(trx: Db, userId: number): Promise<void> {
  const last = await rejectionsOf(trx, userId, MOST_REJECTED);
  const oldest = last[MOST_REJECTED - 1];
  if (oldest === undefined) return;
  const wait = Date.parse(oldest) + HOUR_MS - Date.now();
  if (wait <= 0) return;
  const sentence = `${MOST_REJECTED} of your pictures were refused within an hour. Please wait, and try other words then.`;
  throw new ServiceError('rate_limited', sentence, { retryAfter: wait / SECOND_MS });
}
