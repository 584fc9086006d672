// training → storing: a training under way is asked about until it has ended, in time or not.
import type { TrainingRow } from '../database/tables.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Training } from '../providers/trainer.ts';
import { ageMs, due, PATIENCE_MS, SECOND } from '../queue/clock.ts';
import { isWanted } from './endings.ts';
import { requestOf, type TrainingMoves, type TrainingParts } from './moves.ts';

/** Of the whole, what the provider's part begins at and takes. */
const BEGIN = 0.15;
const SHARE = 0.75;

export class FollowTraining {
  readonly #parts: TrainingParts;
  readonly #moves: TrainingMoves;

  constructor(parts: TrainingParts, moves: TrainingMoves) {
    this.#parts = parts;
    this.#moves = moves;
  }

  async follow(row: TrainingRow): Promise<void> {
    const training = await this.ask(row);
    if (!training) return;
    const { status, failure } = training;
    if (status !== 'succeeded' && !(await isWanted(this.#parts.db, row))) return this.#cancel(row, training);
    switch (status) {
      case 'succeeded': {
        const paid = this.#moves.cost(training);
        await this.#moves.move(row, { status: 'storing', progress: 0.95, tries: 0, ...paid, ...due(0) });
        return;
      }
      case 'failed':
        this.#parts.log.warn({ training: row.id, upstream: training.id, failure }, 'the provider trained nothing');
        return this.#moves.fail(row, 'provider_error', training);
      case 'aborted':
        return this.#moves.fail(row, 'timed_out', training);
      case 'canceled':
        return this.#moves.fail(row, this.#moves.isLate(row) ? 'timed_out' : 'canceled', training);
      default:
        return this.#wait(row, training);
    }
  }

  /** The training as it stands; undefined when the row was moved on or put off instead. */
  async ask(row: TrainingRow): Promise<Training | undefined> {
    try {
      const training = await this.#parts.trainer.get(row.training_id ?? '', requestOf(row));
      if (!training) await this.#unknown(row);
      return training;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#moves.log(row, error);
      if (ageMs(row) > PATIENCE_MS) await this.#moves.fail(row, 'provider_unavailable');
      else await this.#moves.later(row, error.retryAfterMs);
      return undefined;
    }
  }

  /** It is paid, and one answer that does not know it may be wrong: only when its time is over is it given up. */
  async #unknown(row: TrainingRow): Promise<void> {
    if (this.#moves.isLate(row)) return this.#moves.fail(row, 'provider_error');
    await this.#moves.later(row);
  }

  async #wait(row: TrainingRow, training: Training): Promise<void> {
    if (this.#moves.isLate(row)) return this.#moves.fail(row, 'timed_out', await this.#stop(row, training));
    const progress = BEGIN + SHARE * Math.min(1, training.progress ?? 0);
    await this.#moves.move(row, { progress, tries: 0, ...due(this.#parts.trainer.pollIntervalMs) });
  }

  async #cancel(row: TrainingRow, training: Training): Promise<void> {
    await this.#moves.fail(row, 'canceled', await this.#stop(row, training));
  }

  /**
   * Best effort: a training that will not stop ends by itself after its steps, and its weights are never fetched.
   * @returns it with the seconds that are billed, as the provider says or else as long as it has run by our clock
   */
  async #stop(row: TrainingRow, training: Training): Promise<Training> {
    const ran = training.status === 'starting' ? 0 : ageMs(row) / SECOND;
    try {
      await this.#parts.trainer.cancel(training.id);
      const stopped = await this.#parts.trainer.get(training.id, requestOf(row));
      return { ...training, trainSeconds: stopped?.trainSeconds ?? ran };
    } catch (error) {
      this.#parts.log.warn({ err: error, upstream: training.id }, 'the provider could not be asked to cancel');
      return { ...training, trainSeconds: ran };
    }
  }
}
