// preparing → submitting → training: the one paid request, and the search for its answer when that was lost.
import type { Db } from '../database/open.ts';
import { isSpendingPaused } from '../database/spending.ts';
import type { TrainingRow } from '../database/tables.ts';
import { isAnyTakenDownSince } from '../database/takedowns.ts';
import { moveTraining } from '../database/trainings.ts';
import { reach } from '../failpoints.ts';
import type { Training } from '../providers/trainer.ts';
import { ageMs, due, PATIENCE_MS, SECOND } from '../queue/clock.ts';
import { PaidRequest } from '../queue/paid-request.ts';
import { attemptOf, requestOf, type TrainingMoves, type TrainingParts } from './moves.ts';

/** Until it is looked again whether spending is still stopped. */
const PAUSED_MS = 2 * SECOND;

export class SubmitTraining {
  readonly #parts: TrainingParts;
  readonly #moves: TrainingMoves;
  readonly #paid: PaidRequest<TrainingRow>;

  constructor(parts: TrainingParts, moves: TrainingMoves) {
    this.#parts = parts;
    this.#moves = moves;
    const hint = (row: TrainingRow) => row.hinted_training_id;
    const { breaker } = parts;
    this.#paid = new PaidRequest({ moves, breaker, unsent: 'preparing', hint, patienceMs: PATIENCE_MS });
  }

  /** The row says so before it is sent: after a crash in between nothing is sent again. */
  async submit(row: TrainingRow): Promise<void> {
    if (ageMs(row) > PATIENCE_MS) return this.#moves.fail(row, 'provider_unavailable');
    const pause = this.#parts.breaker.remaining();
    if (pause > 0) return this.#moves.later(row, pause);
    const marked = await this.#mark(row);
    if (!marked) return; // taken over by another worker, or told to wait: nothing was sent
    if (marked.cancel_requested) return this.#moves.fail(marked, 'canceled');
    await reach('T5');
    await this.#paid.send(marked, () => this.#post(marked));
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
      return void (await this.#moves.move(row, { archive: null, archived_at: null, ...due(0) }));
    return marked;
  }

  async #post(row: TrainingRow): Promise<void> {
    const { trainer, breaker } = this.#parts;
    const training = await trainer.train(requestOf(row), attemptOf(row));
    await reach('T6');
    breaker.success();
    await this.#submitted(row, training);
  }

  async #submitted(row: TrainingRow, training: Training): Promise<void> {
    const known = { training_id: training.id, model_version: training.modelVersion };
    const next = due(row.hinted_training_id === null ? this.#parts.trainer.pollIntervalMs : 0);
    await this.#moves.move(row, { status: 'training', tries: 0, ...known, ...next });
    await reach('T7');
  }

  /** For a row whose answer to the request was lost. */
  async find(row: TrainingRow): Promise<void> {
    await this.#paid.find(row, async () => {
      const training = await this.#parts.trainer.find(requestOf(row), attemptOf(row));
      if (training) await this.#submitted(row, training);
      return training !== undefined;
    });
  }
}

function isOutdated(trx: Db, { generation_ids, archived_at }: TrainingRow): Promise<boolean> {
  return isAnyTakenDownSince(trx, JSON.parse(generation_ids) as string[], archived_at ?? '');
}
