// preparing → submitting → training: the one paid request, and the search for its answer when that was lost.
import type { Db } from '../database/open.ts';
import { isSpendingPaused } from '../database/spending.ts';
import type { TrainingRow } from '../database/tables.ts';
import { isAnyTakenDownSince } from '../database/takedowns.ts';
import { moveTraining } from '../database/trainings.ts';
import { reach } from '../failpoints.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Training } from '../providers/trainer.ts';
import { attemptOf, MINUTE, PATIENCE_MS, requestOf, SECOND, type TrainingMoves, type TrainingParts } from './moves.ts';

/** How long a lost answer is looked for before people have to. */
const SEARCH_MS = 10 * MINUTE;
/** A request that is not in the list after this much longer than it can have been under way did not arrive, … */
const ARRIVAL_MS = 2 * MINUTE;
/** … if it is not there this much later, either. */
const ABSENCE_MS = MINUTE;
/** Until it is looked again whether spending is still stopped. */
const PAUSED_MS = 2 * SECOND;
/** Ends the nonce of the second try, which is the last. */
const SECOND_TRY = '.2';

export class SubmitTraining {
  readonly #parts: TrainingParts;
  readonly #moves: TrainingMoves;

  constructor(parts: TrainingParts, moves: TrainingMoves) {
    this.#parts = parts;
    this.#moves = moves;
  }

  /** The row says so before it is sent: after a crash in between nothing is sent again. */
  async submit(row: TrainingRow): Promise<void> {
    if (this.#moves.age(row) > PATIENCE_MS) return this.#moves.fail(row, 'provider_unavailable');
    const pause = this.#parts.breaker.remaining();
    if (pause > 0) return this.#moves.later(row, pause);
    const marked = await this.#mark(row);
    if (!marked) return; // taken over by another worker, or told to wait: nothing was sent
    if (marked.cancel_requested) return this.#moves.fail(marked, 'canceled');
    await reach('T5');
    await this.#post(marked);
  }

  /**
   * The commit from which on it counts as sent. None is made while an admin has stopped all spending; and what was packed with a
   * picture that is down by now is packed anew.
   */
  async #mark(row: TrainingRow): Promise<TrainingRow | undefined> {
    const sent = { status: 'submitting', submitted_at: new Date().toISOString() } as const;
    const marked = await this.#parts.db.transaction().execute(async (trx) => {
      if (await isSpendingPaused(trx)) return 'paused';
      if (await isOutdated(trx, row)) return 'outdated';
      return moveTraining(trx, this.#moves.from(row), sent);
    });
    if (marked === 'paused') return void (await this.#moves.later(row, PAUSED_MS));
    if (marked === 'outdated')
      return void (await this.#moves.move(row, { archive: null, archived_at: null, ...this.#moves.due(0) }));
    return marked;
  }

  async #post(row: TrainingRow): Promise<void> {
    const { trainer, breaker } = this.#parts;
    try {
      const training = await trainer.train(requestOf(row), attemptOf(row));
      await reach('T6');
      breaker.success();
      await this.#submitted(row, training);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#moves.log(row, error);
      await this.#notSubmitted(row, error);
    }
  }

  async #notSubmitted(row: TrainingRow, error: ProviderError): Promise<void> {
    const { breaker } = this.#parts;
    switch (error.kind) {
      case 'unknown': // it may be running and billed: from here on only looking is allowed
        breaker.failure();
        return this.#moves.later(row, 2 * SECOND);
      case 'later': {
        if (error.retryAfterMs === undefined) breaker.failure();
        const again = { status: 'preparing', submitted_at: null } as const;
        await this.#moves.move(row, { ...again, ...this.#moves.retry(row, error.retryAfterMs) });
        return;
      }
      case 'unavailable':
        breaker.trip();
        return this.#moves.fail(row, 'provider_unavailable');
      case 'refused':
        return this.#moves.fail(row, 'provider_error');
    }
  }

  async #submitted(row: TrainingRow, training: Training): Promise<void> {
    const known = { training_id: training.id, model_version: training.modelVersion };
    const due = this.#moves.due(row.hinted_training_id === null ? this.#parts.trainer.pollIntervalMs : 0);
    await this.#moves.move(row, { status: 'training', tries: 0, ...known, ...due });
    await reach('T7');
  }

  /** For a row whose answer to the request was lost. Looking is all that is allowed then. */
  async find(row: TrainingRow): Promise<void> {
    try {
      const training = await this.#parts.trainer.find(requestOf(row), attemptOf(row));
      if (training) return await this.#submitted(row, training);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#moves.log(row, error);
      // A search that failed proves nothing; only one that was completed may end in giving up.
      if (this.#moves.age(row) < PATIENCE_MS) return this.#moves.later(row, error.retryAfterMs);
    }
    if (this.#moves.age(row) > SEARCH_MS) return this.#moves.fail(row, 'needs_review');
    await this.#absent(row);
  }

  /** The list, read in full, does not hold it. Once that is certain it is sent again, as another attempt, and only once. */
  async #absent(row: TrainingRow): Promise<void> {
    // A webhook that knows the nonce was ordered with the request: that has arrived, whatever the list says.
    const hasArrived = row.hinted_training_id !== null;
    if (this.#moves.age(row) < ARRIVAL_MS || hasArrived || row.nonce.endsWith(SECOND_TRY))
      return this.#moves.later(row);
    const since = row.absent_since_ms ?? Date.now();
    const wait = since + ABSENCE_MS - Date.now();
    if (wait > 0) {
      await this.#moves.move(row, { absent_since_ms: since, ...this.#moves.retry(row, wait) });
      return;
    }
    const again = { status: 'preparing', submitted_at: null, nonce: row.nonce + SECOND_TRY, tries: 0 } as const;
    await this.#moves.move(row, { ...again, absent_since_ms: null, ...this.#moves.due(0) });
  }
}

function isOutdated(trx: Db, { generation_ids, archived_at }: TrainingRow): Promise<boolean> {
  return isAnyTakenDownSince(trx, JSON.parse(generation_ids) as string[], archived_at ?? '');
}
