// generating → storing: a prediction under way is asked about until it has ended, in time or not.
import type { GenerationRow } from '../database/tables.ts';
import { type Prediction, ProviderError } from '../providers/provider.ts';
import { unquoted } from '../providers/unquoted.ts';
import { ageMs, due, SECOND } from '../queue/clock.ts';
import { type Moves, OUTPUT_LIFE_MS, type StepParts } from './moves.ts';
import { readRecipe, requestOf } from './recipe.ts';

export class Follow {
  readonly #parts: StepParts;
  readonly #moves: Moves;

  constructor(parts: StepParts, moves: Moves) {
    this.#parts = parts;
    this.#moves = moves;
  }

  async follow(row: GenerationRow): Promise<void> {
    const prediction = await this.ask(row);
    if (!prediction) return;
    if (row.cancel_requested && prediction.status !== 'succeeded') return this.#cancel(row, prediction);
    switch (prediction.status) {
      case 'succeeded':
        await this.#moves.move(row, {
          status: 'storing',
          progress: 0.95,
          tries: 0,
          ...this.#moves.cost(prediction),
          ...due(0),
        });
        return;
      case 'failed':
        this.#parts.log.warn(
          { generation: row.id, prediction: prediction.id, failure: failureOf(prediction, row) },
          'the provider made no picture',
        );
        return this.#moves.fail(row, prediction.failure?.rejected ? 'output_rejected' : 'provider_error', prediction);
      case 'aborted':
        return this.#moves.fail(row, 'timed_out', prediction);
      case 'canceled':
        return this.#moves.fail(row, this.#moves.isLate(row) ? 'timed_out' : 'canceled', prediction);
      default:
        return this.#wait(row, prediction);
    }
  }

  /** The prediction as it stands; undefined when the row was moved on or put off instead. */
  async ask(row: GenerationRow): Promise<Prediction | undefined> {
    const { provider } = this.#parts;
    try {
      const prediction = await provider.get(row.prediction_id ?? '', requestOf(readRecipe(row.recipe), null));
      if (!prediction) await this.#unknown(row);
      return prediction;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#moves.log(row, error);
      if (ageMs(row) > OUTPUT_LIFE_MS) await this.#moves.fail(row, 'provider_unavailable');
      else await this.#moves.later(row, error.retryAfterMs);
      return undefined;
    }
  }

  /** It is paid, and one answer that does not know it may be wrong: only when its time is over is it given up. */
  async #unknown(row: GenerationRow): Promise<void> {
    const isOver = row.status === 'storing' ? ageMs(row) > OUTPUT_LIFE_MS : this.#moves.isLate(row);
    if (isOver) return this.#moves.fail(row, 'provider_error');
    await this.#moves.later(row);
  }

  async #wait(row: GenerationRow, prediction: Prediction): Promise<void> {
    if (this.#moves.isLate(row)) return this.#moves.fail(row, 'timed_out', await this.#stop(row, prediction));
    const progress = Math.max(row.progress, Math.min(0.9, prediction.progress ?? 0));
    const pauseMs = await this.#parts.pace.pollPauseMs(ageMs(row));
    if (progress === row.progress) return this.#moves.rest(row, pauseMs);
    await this.#moves.move(row, { progress, tries: 0, ...due(pauseMs) });
  }

  async #cancel(row: GenerationRow, prediction: Prediction): Promise<void> {
    await this.#moves.fail(row, 'canceled', await this.#stop(row, prediction));
  }

  /**
   * Best effort: a prediction that will not stop ends by its own deadline, and its picture is never fetched.
   * @returns it with what is billed, as the provider says or else as long as it has run by our clock, at the usual price
   */
  async #stop(row: GenerationRow, prediction: Prediction): Promise<Prediction> {
    const billed =
      prediction.status === 'starting'
        ? { predictSeconds: 0, costUsd: 0 }
        : { predictSeconds: ageMs(row) / SECOND, costUsd: row.estimated_usd };
    try {
      await this.#parts.provider.cancel(prediction.id);
      const stopped = await this.#parts.provider.get(prediction.id, requestOf(readRecipe(row.recipe), null));
      if (!stopped || stopped.predictSeconds === null) return { ...prediction, ...billed };
      return { ...prediction, predictSeconds: stopped.predictSeconds, costUsd: stopped.costUsd ?? 0 };
    } catch (error) {
      this.#parts.log.warn({ err: error, prediction: prediction.id }, 'the provider could not be asked to cancel');
      return { ...prediction, ...billed };
    }
  }
}

function failureOf({ failure }: Prediction, { recipe }: GenerationRow): Prediction['failure'] {
  return failure && { ...failure, message: unquoted(failure.message, recipe) };
}
