// Deletes the objects of pictures that nobody has any more: marked by our own commits, or left behind by the forum's.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { voidAbandonedHolds } from '../credits/abandoned-holds.ts';
import type { Ledger } from '../credits/ledger.ts';
import { discardedAmong, discardedFiles, discardUnusedFiles, forgetFile } from '../database/files.ts';
import { forgetIdempotentBefore } from '../database/idempotency.ts';
import type { Db } from '../database/open.ts';
import { reach } from '../failpoints.ts';
import type { Storage } from '../storage/storage.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BATCH = 50;
/** Old enough to be no part of a request or commit that is still under way. */
const GRACE_MS = HOUR;
/** How long an Idempotency-Key is honoured. */
const IDEMPOTENCY_MS = 24 * HOUR;

export class Sweep {
  readonly #db: Db;
  readonly #storage: Storage;
  readonly #ledger: Ledger;
  readonly #log: Logger;
  #alarm = new AbortController();
  #loop: Promise<void> | undefined;
  #stopping = false;

  constructor(parts: { db: Db; storage: Storage; ledger: Ledger; log: Logger }) {
    this.#db = parts.db;
    this.#storage = parts.storage;
    this.#ledger = parts.ledger;
    this.#log = parts.log;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Deletes the objects of marked files. Never rejects: what the storage refuses today is tried again by the loop. */
  async deleteFiles(ids: readonly number[]): Promise<void> {
    try {
      for (const file of await discardedAmong(this.#db, ids)) await this.#delete(file);
    } catch (error) {
      this.#log.warn({ err: error }, 'pictures could not be deleted yet');
      this.#alarm.abort(); // or it would sleep for up to an hour before it tries
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#alarm.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let lastTidy = 0;
    while (!this.#stopping) {
      this.#alarm = new AbortController();
      const alarm = this.#alarm.signal;
      let wait = HOUR;
      try {
        if (Date.now() - lastTidy >= HOUR - MINUTE) {
          await this.#tidy();
          lastTidy = Date.now();
        }
        await this.#deleteMarked();
      } catch (error) {
        this.#log.warn({ err: error }, 'pictures could not be deleted yet');
        wait = MINUTE;
      }
      await sleep(wait, undefined, { signal: alarm }).catch(() => {});
    }
  }

  async #tidy(): Promise<void> {
    const before = (ms: number) => new Date(Date.now() - ms).toISOString();
    await this.#discardUnused(before(GRACE_MS));
    await reach('K25');
    await forgetIdempotentBefore(this.#db, before(IDEMPOTENCY_MS));
    await voidAbandonedHolds({ db: this.#db, ledger: this.#ledger, log: this.#log });
  }

  async #discardUnused(before: string): Promise<void> {
    let found = 0;
    for await (const marked of discardUnusedFiles(this.#db, before)) {
      found += marked;
      if (this.#stopping) break;
    }
    if (found > 0) this.#log.info({ found }, 'pictures that nobody has any more');
  }

  /** @throws what the first failure threw, having tried them all: one that cannot be deleted must not keep the others */
  async #deleteMarked(): Promise<void> {
    let failure: unknown;
    let afterId = 0;
    while (!this.#stopping) {
      const files = await discardedFiles(this.#db, { afterId, limit: BATCH });
      for (const file of files) {
        await this.#delete(file).catch((error: unknown) => {
          failure ??= error;
        });
      }
      if (files.length < BATCH) break;
      afterId = files.at(-1)?.id ?? afterId;
    }
    if (failure) throw failure;
  }

  async #delete(file: { id: number; image_key: string; thumbnail_key: string }): Promise<void> {
    await reach('K21');
    await this.#storage.delete([file.image_key, file.thumbnail_key]);
    await reach('K23');
    await forgetFile(this.#db, file.id);
  }
}
