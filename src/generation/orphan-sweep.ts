// Once a day, and in one process only, the storage is compared with the rows; a report of it is kept.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Db } from '../database/open.ts';
import { beginSweep, endSweep, renewSweep } from '../database/orphan-sweeps.ts';
import { type Storage, StorageError } from '../storage/storage.ts';
import { newReport, type OrphanReport } from './orphan-report.ts';
import { Orphans } from './orphans.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A start has other things to do. */
const FIRST_LOOK_MS = 10 * MINUTE;
/** Longer than anything that is done between two renewals; who died holds up the next one for so long. */
const LEASE_MS = 5 * MINUTE;
/** How long a stop waits for the storage. */
const DRAIN_MS = 5000;

export interface OrphanSweepParts {
  db: Db;
  storage: Storage;
  log: Logger;
  /** What the daily sweep does with orphans. */
  mode: 'report' | 'quarantine' | 'off';
  /** Unix milliseconds. */
  now?: () => number;
  firstLookMs?: number;
}

/** The sweep is to end before its end. */
class Interrupted extends Error {}

export class OrphanSweep {
  readonly #parts: OrphanSweepParts;
  readonly #now: () => number;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(parts: OrphanSweepParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** Looks every hour whether a day has passed, by the rows: restarts and other processes count. */
  start(): void {
    if (this.#parts.mode !== 'off') this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#loop, sleep(DRAIN_MS, undefined, { ref: false })]);
  }

  /**
   * Compares the storage with the rows now. Marks what is broken in either case: that changes nothing for anybody.
   * @param wish.dryRun moves nothing
   * @returns the report, also of a sweep that failed; undefined when one is running already, here or elsewhere
   */
  async run(wish: { dryRun: boolean }): Promise<OrphanReport | undefined> {
    return this.#sweep(wish.dryRun, null);
  }

  async #run(): Promise<void> {
    for (let wait = this.#parts.firstLookMs ?? FIRST_LOOK_MS; ; wait = HOUR) {
      await sleep(wait, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) return;
      const before = (ms: number) => new Date(this.#now() - ms).toISOString();
      const unless = { succeededAfter: before(DAY - HOUR / 2), triedAfter: before(HOUR / 2) };
      await this.#sweep(this.#parts.mode !== 'quarantine', unless).catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, 'the orphan sweep could not be done');
      });
    }
  }

  async #sweep(dryRun: boolean, unless: Parameters<typeof beginSweep>[1]['unless']): Promise<OrphanReport | undefined> {
    const { db, storage } = this.#parts;
    const startedAt = this.#now();
    const id = await beginSweep(db, { now: startedAt, leaseMs: LEASE_MS, unless });
    if (id === undefined) return undefined;
    const report = newReport(dryRun, new Date(startedAt).toISOString());
    try {
      await new Orphans({ db, storage, now: this.#now, goOn: this.#lease(id) }, report).sweep();
    } catch (error) {
      report.error = error instanceof StorageError || error instanceof Interrupted ? error.message : 'A fault of ours.';
      this.#parts.log.warn({ err: error }, 'the orphan sweep was broken off');
    }
    report.finished_at = new Date(this.#now()).toISOString();
    this.#tell(report);
    await endSweep(db, id, { at: report.finished_at, succeeded: report.error === null, report });
    return report;
  }

  /** What is called between any two pieces of work: who is told to stop, or has lost the lease to another, goes no further. */
  #lease(id: number): () => Promise<void> {
    let renewedAt = this.#now();
    return async () => {
      if (this.#stopping.signal.aborted) throw new Interrupted('The program was told to stop.');
      const now = this.#now();
      if (now - renewedAt < LEASE_MS / 3) return;
      if (!(await renewSweep(this.#parts.db, id, { now, leaseMs: LEASE_MS }))) {
        throw new Interrupted('It took longer than it may have.');
      }
      renewedAt = now;
    };
  }

  /** Numbers only: the name of an object is all that keeps it from being guessed. */
  #tell({ orphan_keys, newly_broken_file_ids: files, ...numbers }: OrphanReport): void {
    const { log } = this.#parts;
    log[numbers.braked || numbers.error ? 'warn' : 'info'](numbers, 'the storage was compared with the rows');
    if (files.length > 0) log.warn({ files }, 'pictures are not in the storage as their rows say');
  }
}
