// The one paid request of a row, when it does not go well: refused, put off, or its answer lost. In doubt nothing is sent again.
import type { QueuedRow } from '../database/tables/queue.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Breaker } from './breaker.ts';
import { ageMs, due, MINUTE, retry, SECOND } from './clock.ts';

/** How long a lost answer is looked for before people have to. */
export const SEARCH_MS = 10 * MINUTE;
/** A request that is not in the list after this much longer than it can have been under way did not arrive, … */
const ARRIVAL_MS = 2 * MINUTE;
/** … if it is not there this much later, either. */
const ABSENCE_MS = MINUTE;
/** Ends the nonce of the second try, which is the last. */
const SECOND_TRY = '.2';

/** What becomes of a row whose request did not go well. */
export interface RequestMoves<Row extends QueuedRow> {
  move(
    row: Row,
    changes: Partial<Omit<QueuedRow, 'id' | 'status' | 'updated_at' | 'cancel_requested'>> & { status?: Row['status'] },
  ): Promise<unknown>;
  later(row: Row, waitMs?: number): Promise<void>;
  fail(row: Row, code: 'provider_error' | 'provider_unavailable' | 'needs_review'): Promise<void>;
  log(row: Row, error: Error): void;
}

export interface PaidRequestParts<Row extends QueuedRow> {
  moves: RequestMoves<Row>;
  breaker: Breaker;
  /** The state that a row is in before it is sent. */
  unsent: Row['status'];
  /** What a webhook has named for a row that does not know it yet. */
  hint: (row: Row) => string | null;
  /** As long as searches fail, a row is kept for so long. */
  patienceMs: number;
}

export class PaidRequest<Row extends QueuedRow> {
  readonly #parts: PaidRequestParts<Row>;
  readonly #moves: RequestMoves<Row>;

  constructor(parts: PaidRequestParts<Row>) {
    this.#parts = parts;
    this.#moves = parts.moves;
  }

  /** @param post sends it, once, and writes down what came back */
  async send(row: Row, post: () => Promise<void>): Promise<void> {
    try {
      await post();
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#moves.log(row, error);
      await this.#notSent(row, error);
    }
  }

  async #notSent(row: Row, error: ProviderError): Promise<void> {
    const { breaker, unsent } = this.#parts;
    switch (error.kind) {
      case 'unknown': // it may be running and billed: from here on only looking is allowed
        breaker.failure();
        return this.#moves.later(row, 2 * SECOND);
      case 'later':
        if (error.retryAfterMs === undefined) breaker.failure();
        await this.#moves.move(row, { status: unsent, submitted_at: null, ...retry(row, error.retryAfterMs) });
        return;
      case 'unavailable':
        breaker.trip();
        return this.#moves.fail(row, 'provider_unavailable');
      case 'refused':
        return this.#moves.fail(row, 'provider_error');
    }
  }

  /**
   * For a row whose answer was lost. Looking is all that is allowed then.
   * @param search looks through the provider's list, in full; returns whether it was found, and written down
   */
  async find(row: Row, search: () => Promise<boolean>): Promise<void> {
    try {
      if (await search()) return;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#moves.log(row, error);
      // A search that failed proves nothing; only one that was completed may end in giving up.
      if (ageMs(row) < this.#parts.patienceMs) return this.#moves.later(row, error.retryAfterMs);
    }
    if (ageMs(row) > SEARCH_MS) return this.#moves.fail(row, 'needs_review');
    await this.#absent(row);
  }

  /** The list, read in full, does not hold it. Once that is certain it is sent again, as another attempt, and only once. */
  async #absent(row: Row): Promise<void> {
    // A webhook that knows the nonce was ordered with the request: that has arrived, whatever the list says.
    const hasArrived = this.#parts.hint(row) !== null;
    if (ageMs(row) < ARRIVAL_MS || hasArrived || row.nonce.endsWith(SECOND_TRY)) return this.#moves.later(row);
    const since = row.absent_since_ms ?? Date.now();
    const wait = since + ABSENCE_MS - Date.now();
    if (wait > 0) {
      await this.#moves.move(row, { absent_since_ms: since, ...retry(row, wait) });
      return;
    }
    const again = {
      status: this.#parts.unsent,
      submitted_at: null,
      nonce: row.nonce + SECOND_TRY,
      absent_since_ms: null,
      tries: 0,
    };
    await this.#moves.move(row, { ...again, ...due(0) });
  }
}
