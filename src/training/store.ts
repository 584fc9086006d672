// storing → succeeded: the training is paid; its weights are fetched, looked into, kept by us and given to the character.
import { rm } from 'node:fs/promises';
import type { TrainingRow } from '../database/tables.ts';
import { forgetWeights } from '../database/trainings.ts';
import { reach } from '../failpoints.ts';
import { ProviderError } from '../providers/provider.ts';
import { ageMs, PATIENCE_MS } from '../queue/clock.ts';
import { StorageError, type Weights } from '../storage/storage.ts';
import { isWanted } from './endings.ts';
import type { FollowTraining } from './follow.ts';
import { requestOf, type TrainingMoves, type TrainingParts } from './moves.ts';
import { inspectWeights, temporaryPath, WeightsRejected } from './weights.ts';

/** How often weights that came broken, or not at all, are fetched: what broke them may have been the way here. */
const FETCHES = 3;

export class StoreWeights {
  readonly #parts: TrainingParts;
  readonly #moves: TrainingMoves;
  readonly #follow: FollowTraining;

  constructor(parts: TrainingParts, moves: TrainingMoves, follow: FollowTraining) {
    this.#parts = parts;
    this.#moves = moves;
    this.#follow = follow;
  }

  async store(row: TrainingRow): Promise<void> {
    try {
      await rm(temporaryPath(row.id), { force: true }); // left by a try that was broken off
      if (!(await isWanted(this.#parts.db, row))) return await this.#discard(row);
      if (!(await this.#isStored(row)) && !(await this.#fetchAndKeep(row))) return;
      await reach('T10');
      const outcome = await this.#parts.endings.succeed(row, this.#moves.owner);
      if (outcome === 'canceled') await this.#discard(row);
      await reach('T12');
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      await this.#putOff(row, error);
    }
  }

  /** By an earlier try: then the provider's copy, which may be gone by now, is not needed. */
  async #isStored({ weights_key, weights_bytes, weights_sha256 }: TrainingRow): Promise<boolean> {
    if (weights_bytes === null || weights_sha256 === null) return false;
    return this.#parts.storage.hasWeights(weights_key, { bytes: weights_bytes, sha256: weights_sha256 });
  }

  /** @returns false when the row was moved on or put off instead */
  async #fetchAndKeep(row: TrainingRow): Promise<boolean> {
    const training = await this.#follow.ask(row);
    if (!training) return false;
    const path = temporaryPath(row.id);
    try {
      await this.#parts.trainer.download(training, requestOf(row), path);
      await reach('T8');
      return await this.#keep(row, path, await inspectWeights(path, row.trigger));
    } catch (error) {
      if (!(error instanceof ProviderError) && !(error instanceof WeightsRejected)) throw error;
      await rm(path, { force: true }); // before an end, after which nobody would look for it
      await this.#notFetched(row, error);
      return false;
    } finally {
      await rm(path, { force: true });
    }
  }

  async #keep(row: TrainingRow, path: string, weights: Weights): Promise<boolean> {
    const noted = await this.#moves.move(row, { weights_bytes: weights.bytes, weights_sha256: weights.sha256 });
    if (!noted) return false;
    await reach('T9');
    await this.#parts.storage.putWeights(row.weights_key, path, weights);
    return true;
  }

  async #notFetched(row: TrainingRow, error: ProviderError | WeightsRejected): Promise<void> {
    this.#moves.log(row, error);
    const broken = error instanceof WeightsRejected || error.kind === 'refused';
    const hopeless = (broken && row.tries + 1 >= FETCHES) || ageMs(row) > PATIENCE_MS;
    if (hopeless) await this.#moves.fail(row, 'provider_error');
    else await this.#moves.later(row);
  }

  async #putOff(row: TrainingRow, error: StorageError): Promise<void> {
    this.#moves.log(row, error);
    if (ageMs(row) > PATIENCE_MS) await this.#moves.fail(row, 'storage_failed');
    else await this.#moves.later(row);
  }

  /** Nobody wants them any more: what was uploaded goes away again. */
  async #discard(row: TrainingRow): Promise<void> {
    await this.#parts.storage.delete([row.weights_key]);
    await reach('T14');
    await forgetWeights(this.#parts.db, row.id);
    await this.#moves.fail(row, 'canceled');
  }
}
