// How a step leaves its row: moved on, put off, or ended; with the clocks that decide between these.
import type { Logger } from 'pino';
import type { Db } from '../database/open.ts';
import type { TrainingRow } from '../database/tables.ts';
import { moveTraining, type TrainingChanges } from '../database/trainings.ts';
import type { Trainer, Training, TrainingAttempt, TrainingRequest } from '../providers/trainer.ts';
import type { Breaker } from '../queue/breaker.ts';
import { ageMs, MINUTE, retry } from '../queue/clock.ts';
import type { Storage } from '../storage/storage.ts';
import type { TrainingEndings, TrainingFailure } from './endings.ts';

/** What the steps work with. */
export interface TrainingParts {
  db: Db;
  trainer: Trainer;
  storage: Storage;
  endings: TrainingEndings;
  breaker: Breaker;
  log: Logger;
}

/** A training takes ten to twenty minutes once it has begun; the queue before it may be long. */
const DEADLINE_MS = 120 * MINUTE;

export class TrainingMoves {
  readonly owner: string;
  readonly #parts: TrainingParts;

  /** @param owner the lease that all moves are made under: a row that another worker has by now stays as it is */
  constructor(parts: TrainingParts, owner: string) {
    this.#parts = parts;
    this.owner = owner;
  }

  /** @returns undefined when the row is not ours any more */
  move(row: TrainingRow, changes: TrainingChanges): Promise<TrainingRow | undefined> {
    const progress = Math.max(row.progress, changes.progress ?? 0);
    return moveTraining(this.#parts.db, this.from(row), { ...changes, progress });
  }

  /** Where a move of this row sets out from. */
  from({ id, status, run_at_ms }: TrainingRow) {
    return { id, status, owner: this.owner, dueAt: run_at_ms };
  }

  async fail(row: TrainingRow, code: TrainingFailure, training?: Training): Promise<void> {
    // A failed training costs the user nothing, but it may have cost the operator: that is booked all the same.
    if (training) await this.move(row, this.cost(training));
    await this.#parts.endings.fail(row, this.owner, code);
  }

  async later(row: TrainingRow, waitMs?: number): Promise<void> {
    await this.move(row, retry(row, waitMs));
  }

  cost({ trainSeconds }: Training) {
    if (trainSeconds === null) return {};
    return { train_seconds: trainSeconds, cost_usd: trainSeconds * this.#parts.trainer.usdPerSecond };
  }

  isLate(row: TrainingRow): boolean {
    return ageMs(row) > DEADLINE_MS;
  }

  log(row: TrainingRow, error: Error): void {
    this.#parts.log.warn(
      { err: error, training: row.id, status: row.status },
      'a step of a training did not go through',
    );
  }
}

export function requestOf({ archive, trigger, seed, steps }: TrainingRow): TrainingRequest {
  return { archive: archive ?? '', trigger, seed, steps };
}

export function attemptOf(row: TrainingRow): TrainingAttempt {
  const submittedAt = new Date(row.submitted_at ?? row.updated_at);
  return { trainingId: row.id, nonce: row.nonce, submittedAt, hint: row.hinted_training_id ?? undefined };
}
