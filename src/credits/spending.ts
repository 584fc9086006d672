// What may be spent at the provider: within the day's budget, not while an admin has stopped it, and not on refusal after refusal.
import type { Db } from '../database/open.ts';
import {
  type Bill,
  billSince,
  canceledAtCost,
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

/** Each has cost the operator money and the user nothing: as many in an hour are no accident, but somebody who tries what gets through … */
const MOST_REJECTED = 5;
/** … or who has pictures drawn for nothing. All of two minutes, in an hour: whoever changes their mind now and then never comes near. */
const MOST_CANCELED_MINUTES = 2;
/** In a day. The dearest thing that there is. */
const MOST_TRAININGS_CANCELED = 2;
/** Nobody knows when an admin will start it again. */
const PAUSED_RETRY_S = 300;
/** What a training takes where none was made yet: ten to twenty minutes. */
const TRAINING_S = 20 * 60;

export interface SpendingParts {
  db: Db;
  provider: Pick<Provider, 'dearestUsd' | 'trainer'>;
  dailyBudgetUsd: number | null;
  /** Requests for pictures of one user. */
  rateLimitPerMinute: number;
}

export class Spending {
  /** US dollars a day (UTC) for the whole forum; null for no limit. */
  readonly budgetUsd: number | null;
  readonly #db: Db;
  readonly #provider: SpendingParts['provider'];
  readonly #mostCanceled: number;

  constructor(parts: SpendingParts) {
    this.#db = parts.db;
    this.#provider = parts.provider;
    this.budgetUsd = parts.dailyBudgetUsd;
    this.#mostCanceled = MOST_CANCELED_MINUTES * parts.rateLimitPerMinute;
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
    const rejected = await rejectionsOf(trx, userId, MOST_REJECTED);
    assertFew(rejected, {
      most: MOST_REJECTED,
      withinMs: HOUR_MS,
      what: 'of your pictures were refused within an hour',
    });
    const most = this.#mostCanceled;
    const canceled = await canceledAtCost(trx, 'image_generations', lately(userId, most, HOUR_MS));
    assertFew(canceled, {
      most,
      withinMs: HOUR_MS,
      what: 'of your pictures were canceled within an hour',
    });
  }

  /** As above, for a training with the pictures that are made for it. */
  async admitTraining(trx: Db, userId: number, wanted: { estimated_usd?: number }[]): Promise<void> {
    await this.admit(trx, userId, wanted);
    const about = lately(userId, MOST_TRAININGS_CANCELED, DAY_MS);
    const canceled = await canceledAtCost(trx, 'image_lora_trainings', about);
    const what = 'of your trainings were canceled within a day';
    assertFew(canceled, { most: MOST_TRAININGS_CANCELED, withinMs: DAY_MS, what });
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

function lately(userId: number, limit: number, withinMs: number) {
  return { userId, limit, since: new Date(Date.now() - withinMs).toISOString() };
}

/**
 * @param times ISO 8601, the newest first
 * @throws rate_limited until the oldest of the last `most` is so long ago
 */
function assertFew(times: string[], { most, withinMs, what }: { most: number; withinMs: number; what: string }): void {
  const oldest = times[most - 1];
  if (oldest === undefined) return;
  const wait = Date.parse(oldest) + withinMs - Date.now();
  if (wait <= 0) return;
  throw new ServiceError('rate_limited', `${most} ${what}. Please wait a while.`, { retryAfter: wait / SECOND_MS });
}
