// Whether new pictures may be asked for at all: refused before anything is written, held or paid.
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { ServiceError } from '../errors.ts';
import type { Breaker } from '../queue/breaker.ts';

/** A database that runs full refuses the forum's posts, too. Finished bytes that wait for the store need room as well. */
const LEAST_FREE_BYTES = 500_000_000;

export interface IntakeParts {
  /** Aborted when the service is told to stop. */
  closing: AbortSignal;
  breaker: Breaker;
  /** On the disk of the database. */
  freeBytes: () => number;
  log: Logger;
}

export class Intake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** @throws shutting_down, provider_unavailable, storage_unavailable */
  assertOpen(): void {
    if (this.#parts.closing.aborted) {
      const sentence = 'The picture service is just restarting. Please try again in a moment.';
      throw new ServiceError('shutting_down', sentence, { retryAfter: 5 });
    }
    const pause = this.#parts.breaker.remaining();
    if (pause > 0) {
      const sentence = 'The picture service is not available just now. Please try again soon.';
      throw new ServiceError('provider_unavailable', sentence, { retryAfter: pause / 1000 });
    }
    this.#assertSpace();
  }

  #assertSpace(): void {
    const free = this.#parts.freeBytes();
    if (free >= LEAST_FREE_BYTES) return;
    this.#parts.log.error(
      { free, least: LEAST_FREE_BYTES },
      'the disk of the database is nearly full: no new pictures',
    );
    const sentence = 'There is no room for new pictures just now. Please try again later.';
    throw new ServiceError('storage_unavailable', sentence, { retryAfter: 300 });
  }
}

/** What is left for us on the disk of a file; measured anew each time, in microseconds. */
export function freeBytesAt(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}
