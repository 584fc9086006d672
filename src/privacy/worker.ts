// Carries erasures out, however often that is interrupted, and once a day begins those of users whom the forum has deleted itself.
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { beginErasure } from '../database/begin-erasure.ts';
import { vanishedUsers } from '../database/erase-rest.ts';
import { noteWaiting, runningErasures } from '../database/erasure.ts';
import type { ErasureRow } from '../database/tables.ts';
import { StorageError } from '../storage/storage.ts';
import { Purge, type PurgeParts } from './purge.ts';

/** Longest sleep: an erasure may be written by another process, which cannot wake us. */
const IDLE_MS = 1000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A start has other things to do. */
const FIRST_LOOK_MS = 10 * MINUTE;
/** How long a stop waits for the storage. */
const DRAIN_MS = 5000;
/** So many users, or this share of all, may vanish in a day. More are a wrong or a damaged table of users. */
const MOST_VANISHED = 5;
const VANISHED_SHARE = 0.02;

export interface ErasureWorkerParts extends PurgeParts {
  log: Logger;
  /** Whether users who are missing in the forum's own table are gone. */
  watchesUsers: boolean;
  firstLookMs?: number;
}

export class ErasureWorker {
  readonly #parts: ErasureWorkerParts;
  readonly #purge: Purge;
  readonly #stopping = new AbortController();
  /** By the id of the erasure: failures in a row, and when it is tried again. */
  readonly #failed = new Map<number, { times: number; until: number }>();
  #alarm = new AbortController();
  #loop: Promise<void> | undefined;
  #nextLook: number;

  constructor(parts: ErasureWorkerParts) {
    this.#parts = parts;
    this.#purge = new Purge(parts);
    this.#nextLook = Date.now() + (parts.firstLookMs ?? FIRST_LOOK_MS);
  }

  start(): void {
    this.#loop = this.#run();
  }

  wake(): void {
    this.#alarm.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await Promise.race([this.#loop, sleep(DRAIN_MS, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#alarm = new AbortController();
      const alarm = this.#alarm.signal;
      await this.#round().catch((error: unknown) => {
        this.#parts.log.error({ err: error }, 'erasures could not be looked for');
      });
      await sleep(IDLE_MS, undefined, { signal: alarm }).catch(() => {});
    }
  }

  async #round(): Promise<void> {
    if (this.#parts.watchesUsers && Date.now() >= this.#nextLook) {
      this.#nextLook = Date.now() + 24 * HOUR;
      await this.#eraseVanished();
    }
    for (const erasure of await runningErasures(this.#parts.db)) {
      if ((this.#failed.get(erasure.id)?.until ?? 0) <= Date.now()) await this.#advance(erasure);
      if (this.#stopping.signal.aborted) return;
    }
  }

  async #advance(erasure: ErasureRow): Promise<void> {
    const { db, log } = this.#parts;
    try {
      const outcome = await this.#purge.run(erasure, () => breathe(undefined, { signal: this.#stopping.signal }));
      this.#failed.delete(erasure.id);
      if (outcome === 'done') log.info({ erasure: erasure.id }, 'a user was erased');
      else await noteWaiting(db, erasure.id, outcome);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      await this.#putOff(erasure, error);
    }
  }

  /** Never given up: what somebody has the right to is only late. */
  async #putOff(erasure: ErasureRow, error: unknown): Promise<void> {
    const { db, log } = this.#parts;
    const times = (this.#failed.get(erasure.id)?.times ?? 0) + 1;
    this.#failed.set(erasure.id, { times, until: Date.now() + Math.min(MINUTE, IDLE_MS * 2 ** (times - 1)) });
    const isLate = Date.now() - Date.parse(erasure.requested_at) > HOUR;
    const known = error instanceof StorageError && !isLate;
    log[known ? 'warn' : 'error']({ err: error, erasure: erasure.id }, 'a user could not be erased yet');
    if (error instanceof StorageError) await noteWaiting(db, erasure.id, 'storage').catch(() => {});
  }

  async #eraseVanished(): Promise<void> {
    const { db, log } = this.#parts;
    const { gone, known } = await vanishedUsers(db);
    if (gone.length > Math.max(MOST_VANISHED, known * VANISHED_SHARE)) {
      log.error({ gone: gone.length, known }, 'so many users are missing in the forum that none of them is erased');
      return;
    }
    for (const userId of gone) await db.transaction().execute((trx) => beginErasure(trx, userId));
    if (gone.length > 0) log.info({ gone: gone.length }, 'users whom the forum has deleted are erased');
  }
}
