// Works a queue off: takes on what is due, does its next step, keeps its lease meanwhile, and stops without losing any.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Db } from '../database/open.ts';
import type { Queue } from '../database/queue.ts';
import type { QueuedRow } from '../database/tables/queue.ts';

/** A worker that died is replaced after this; one that lives renews its leases three times in it. */
export const LEASE_MS = 9000;
const HEARTBEAT_MS = 3000;
/** Longest sleep: rows may be written by another process, which cannot wake us. */
export const IDLE_MS = 1000;
/** How long a stop waits for steps in hand. What is not done by then goes on after the next start. */
const DRAIN_MS = 20_000;

export interface Steps<Row> {
  /** Does the next step of a row. Failures of the outside end in the row; only our own faults are thrown. */
  advance(row: Row): Promise<void>;
  /** After a fault of our own: later, but not for ever. */
  putOff(row: Row): Promise<void>;
}

export interface QueueWorkerParts<Row> {
  db: Db;
  log: Logger;
  queue: Queue;
  /** What a row is called in the log. */
  noun: string;
  /** @param owner the lease that all steps work under */
  steps: (owner: string) => Steps<Row>;
}

export abstract class QueueWorker<Row extends QueuedRow> {
  /** Of the leases. */
  protected readonly owner = randomBytes(9).toString('base64url');
  readonly #parts: QueueWorkerParts<Row>;
  readonly #steps: Steps<Row>;
  /** The steps in hand, with their rows as they were taken. */
  readonly #inHand = new Map<Promise<void>, Row>();
  #alarm: AbortController = new AbortController();
  #heartbeat: NodeJS.Timeout | undefined;
  #loop: Promise<void> | undefined;
  #stopping = false;
  #lastRound = 0;

  constructor(parts: QueueWorkerParts<Row>) {
    this.#parts = parts;
    this.#steps = parts.steps(this.owner);
  }

  /** Takes on as much of what is due as there is room for. @returns milliseconds until the next look */
  protected abstract fill(): Promise<number>;

  /** Called once, when nothing more is taken on and steps may still be in hand. */
  protected async beforeDrain(): Promise<void> {}

  start(): void {
    this.#heartbeat = setInterval(() => void this.#renew(), HEARTBEAT_MS);
    this.#loop = this.#run();
  }

  /** Whether the loop has come round lately. */
  isAlive(): boolean {
    return Date.now() - this.#lastRound < 30 * IDLE_MS;
  }

  /** Something is due now. */
  wake(): void {
    this.#alarm.abort();
  }

  /** Takes nothing on any more, lets steps in hand end, and leaves the rest for the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#loop;
    await this.beforeDrain();
    const drained = new AbortController();
    const deadline = sleep(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => {});
    await Promise.race([Promise.allSettled([...this.#inHand.keys()]), deadline]);
    drained.abort();
    clearInterval(this.#heartbeat);
    // A courtesy to whoever comes next, who would otherwise wait for the leases to run out: no reason to fail a stop.
    await this.#parts.queue.releaseLeases(this.#parts.db, this.owner).catch((error: unknown) => {
      this.#parts.log.warn({ err: error }, `the leases of a ${this.#parts.noun} could not be given back`);
    });
  }

  protected get isStopping(): boolean {
    return this.#stopping;
  }

  protected inHand(): Row[] {
    return [...this.#inHand.values()];
  }

  /** @param row leased by our owner */
  protected take(row: Row): void {
    const step = this.#step(row).finally(() => {
      this.#inHand.delete(step);
      this.wake();
    });
    this.#inHand.set(step, row);
  }

  /** @returns milliseconds until the next look */
  protected async look(): Promise<number> {
    const due = await this.#parts.queue.nextDue(this.#parts.db);
    this.#lastRound = Date.now();
    if (due === null) return IDLE_MS;
    if (due > Date.now()) return Math.min(IDLE_MS, due - Date.now());
    return this.fill();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#alarm = new AbortController();
      const alarm = this.#alarm.signal;
      const wait = await this.look().catch((error: unknown) => {
        this.#parts.log.error({ err: error }, `no ${this.#parts.noun} could be looked for`);
        return IDLE_MS;
      });
      await sleep(wait, undefined, { signal: alarm }).catch(() => {});
    }
  }

  async #step(row: Row): Promise<void> {
    const { log, noun } = this.#parts;
    try {
      await this.#steps.advance(row);
    } catch (error) {
      // Ours or the database's fault: the step is tried again from what the row says.
      log.error({ err: error, [noun]: row.id, status: row.status }, 'a step failed');
      await this.#steps.putOff(row).catch((again: unknown) => {
        log.error({ err: again, [noun]: row.id }, 'the step could not be put off; its lease runs out by itself');
      });
    }
  }

  async #renew(): Promise<void> {
    const { db, log, noun, queue } = this.#parts;
    try {
      const ids = this.inHand().map(({ id }) => id);
      if (ids.length > 0) await queue.extendLeases(db, this.owner, ids, LEASE_MS);
    } catch (error) {
      log.error({ err: error }, `the leases of a ${noun} could not be renewed`);
    }
  }
}
