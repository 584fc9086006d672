// The worker: takes due generations, a bounded number for each stage and users in turn, and does their next step.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { claimDue, extendLeases, nextDue, releaseLeases } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import { isSpendingPaused } from '../database/spending.ts';
import type { GenerationRow, GenerationStatus } from '../database/tables.ts';
import { reach } from '../failpoints.ts';
import type { StepParts } from './moves.ts';
import type { Pace } from './pace.ts';
import { Steps } from './steps.ts';

interface Stage {
  statuses: GenerationStatus[];
  /** Rows in hand at the same time; a full stage takes nothing on. */
  limit: number;
}

const SUBMITTING: Stage = { statuses: ['queued'], limit: 4 };
/** Storing first: what is paid goes before what is not. */
const STAGES: Stage[] = [
  { statuses: ['storing'], limit: 3 },
  { statuses: ['submitting', 'generating'], limit: 8 },
  SUBMITTING,
];
/** A worker that died is replaced after this; one that lives renews its leases three times in it. */
const LEASE_MS = 9000;
const HEARTBEAT_MS = 3000;
/** Longest sleep: rows may be written by another process, which cannot wake us. */
const IDLE_MS = 1000;
/** Until a full stage is looked at again, should nothing wake us before. */
const FULL_MS = 100;
/** How long a stop waits for steps in hand. What is not done by then goes on after the next start. */
const DRAIN_MS = 20_000;

export class Worker {
  readonly #db: Db;
  readonly #log: Logger;
  readonly #steps: Steps;
  readonly #pace: Pace;
  readonly #owner = randomBytes(9).toString('base64url');
  /** The steps in hand of each stage, with the ids of their rows. */
  readonly #running = new Map<Stage, Map<Promise<void>, string>>(STAGES.map((stage) => [stage, new Map()]));
  #alarm: AbortController = new AbortController();
  #heartbeat: NodeJS.Timeout | undefined;
  #loop: Promise<void> | undefined;
  #stopping = false;
  #lastRound = 0;

  constructor(parts: StepParts) {
    this.#db = parts.db;
    this.#log = parts.log;
    this.#pace = parts.pace;
    this.#steps = new Steps(parts, this.#owner);
  }

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
    const inHand = [...this.#running.values()].flatMap((steps) => [...steps.keys()]);
    await reach('K27');
    const drained = new AbortController();
    const deadline = sleep(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => {});
    await Promise.race([Promise.allSettled(inHand), deadline]);
    drained.abort();
    clearInterval(this.#heartbeat);
    // A courtesy to whoever comes next, who would otherwise wait for the leases to run out: no reason to fail a stop.
    await releaseLeases(this.#db, this.#owner).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'the leases could not be given back');
    });
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#alarm = new AbortController();
      const alarm = this.#alarm.signal;
      const wait = await this.#round().catch((error: unknown) => {
        this.#log.error({ err: error }, 'the worker could not look for work');
        return IDLE_MS;
      });
      await sleep(wait, undefined, { signal: alarm }).catch(() => {});
    }
  }

  /** Fills every stage. @returns milliseconds until the next look */
  async #round(): Promise<number> {
    const due = await nextDue(this.#db);
    this.#lastRound = Date.now();
    if (due === null) return IDLE_MS;
    if (due > Date.now()) return Math.min(IDLE_MS, due - Date.now());
    if (await isSpendingPaused(this.#db)) return this.#onlyFinish();
    let isFull = false;
    for (const stage of STAGES) isFull = (await this.#fill(stage)) || isFull;
    return isFull ? FULL_MS : 0;
  }

  /** While an admin has stopped all spending: what is paid goes on, what waits stays due all the time. */
  async #onlyFinish(): Promise<number> {
    for (const stage of STAGES) if (stage !== SUBMITTING) await this.#fill(stage);
    return IDLE_MS;
  }

  /** @returns whether the stage can take nothing more on */
  async #fill(stage: Stage): Promise<boolean> {
    const steps = this.#running.get(stage) as Map<Promise<void>, string>;
    const room = await this.#room(stage, steps.size);
    if (room <= 0 || this.#stopping) return true;
    const claim = { statuses: stage.statuses, owner: this.#owner, leaseMs: LEASE_MS, limit: room };
    const rows = await claimDue(this.#db, claim);
    if (stage === SUBMITTING) this.#pace.letGo(rows.length);
    for (const row of rows) {
      const step = this.#step(row).finally(() => {
        steps.delete(step);
        this.wake();
      });
      steps.set(step, row.id);
    }
    return rows.length === room;
  }

  async #room(stage: Stage, inHand: number): Promise<number> {
    const free = stage.limit - inHand;
    if (stage !== SUBMITTING || free <= 0) return free;
    return Math.min(free, await this.#pace.room(inHand));
  }

  async #step(row: GenerationRow): Promise<void> {
    try {
      await this.#steps.advance(row);
    } catch (error) {
      // Ours or the database's fault: the step is tried again from what the row says.
      this.#log.error({ err: error, generation: row.id, status: row.status }, 'a step failed');
      await this.#steps.putOff(row).catch((again: unknown) => {
        this.#log.error(
          { err: again, generation: row.id },
          'the step could not be put off; its lease runs out by itself',
        );
      });
    }
  }

  async #renew(): Promise<void> {
    try {
      const inHand = [...this.#running.values()].flatMap((steps) => [...steps.values()]);
      if (inHand.length > 0) await extendLeases(this.#db, this.#owner, inHand, LEASE_MS);
    } catch (error) {
      this.#log.error({ err: error }, 'the leases could not be renewed');
    }
  }
}
