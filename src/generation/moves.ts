// How a step leaves its row: moved on, put off, or ended; with the clocks that decide between these.
import type { Logger } from 'pino';
import { deferGeneration, moveGeneration } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import type { GenerationRow } from '../database/tables.ts';
import type { FailureCode } from '../errors.ts';
import type { Signer } from '../imaging/index.ts';
import type { Prediction, Provider } from '../providers/provider.ts';
import type { Breaker } from '../queue/breaker.ts';
import { ageMs, MINUTE, retry, SECOND } from '../queue/clock.ts';
import type { Storage } from '../storage/storage.ts';
import type { Endings } from './endings.ts';
import type { GenerationEvents } from './events.ts';
import type { Gates } from './gates.ts';
import type { Pace } from './pace.ts';

/** What the steps work with. */
export interface StepParts {
  db: Db;
  provider: Provider;
  storage: Storage;
  /** Left out: pictures are stored as they are finished. */
  signer?: Signer;
  endings: Endings;
  events: GenerationEvents;
  breaker: Breaker;
  pace: Pace;
  gates: Gates;
  log: Logger;
  generationTimeoutS: number;
}

/** Replicate removes outputs after an hour. */
export const OUTPUT_LIFE_MS = 60 * MINUTE;

export class Moves {
  readonly owner: string;
  readonly #parts: StepParts;

  /** @param owner the lease that all moves are made under: a row that another worker has by now stays as it is */
  constructor(parts: StepParts, owner: string) {
    this.#parts = parts;
    this.owner = owner;
  }

  /** @returns undefined when the row is not ours any more */
  async move(row: GenerationRow, changes: Parameters<typeof moveGeneration>[2]): Promise<GenerationRow | undefined> {
    const moved = await moveGeneration(this.#parts.db, this.from(row), changes);
    if (moved) this.#parts.events.changed(row.id);
    return moved;
  }

  /** Where a move of this row sets out from. */
  from({ id, status, run_at_ms }: GenerationRow) {
    return { id, status, owner: this.owner, dueAt: run_at_ms };
  }

  async fail(row: GenerationRow, code: FailureCode, prediction?: Prediction): Promise<void> {
    // A failed picture costs the user nothing, but it may have cost the operator: that is booked all the same.
    if (prediction) await this.move(row, this.cost(prediction));
    await this.#parts.endings.fail(row, this.owner, code);
  }

  /** All is well, and there is nothing to tell. */
  rest(row: GenerationRow, waitMs: number): Promise<void> {
    return deferGeneration(this.#parts.db, this.from(row), Date.now() + Math.round(waitMs));
  }

  async later(row: GenerationRow, waitMs?: number): Promise<void> {
    await this.move(row, retry(row, waitMs));
  }

  cost({ predictSeconds, costUsd }: Prediction) {
    return {
      ...(predictSeconds !== null && { predict_seconds: predictSeconds }),
      ...(costUsd !== null && { cost_usd: costUsd }),
    };
  }

  isLate(row: GenerationRow): boolean {
    return ageMs(row) > this.#parts.generationTimeoutS * SECOND;
  }

  log(row: GenerationRow, error: Error): void {
    this.#parts.log.warn({ err: error, generation: row.id, status: row.status }, 'a step did not go through');
  }
}
