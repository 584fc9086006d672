// The worker of trainings: takes due ones, a few at a time, does their next step, and deletes weights that nobody wants.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrainingRow } from '../database/tables.ts';
import {
  claimTrainings,
  extendTrainingLeases,
  forgetWeights,
  nextTrainingDue,
  releaseTrainingLeases,
  unwantedWeights,
} from '../database/trainings.ts';
import { reach } from '../failpoints.ts';
import type { TrainingParts } from './moves.ts';
import { TrainingSteps } from './steps.ts';
import { removeStaleWeights } from './weights.ts';

/** Weights on their way take disk and line; looks at what is being trained are short. */
const AT_ONCE = 2;
/** As a generation's: a worker that died is replaced after this, one that lives renews its leases three times in it. */
const LEASE_MS = 9000;
const HEARTBEAT_MS = 3000;
/** Longest sleep: rows may be written by another process, which cannot wake us. */
const IDLE_MS = 1000;
const TIDY_EVERY_MS = 10 * 60_000;
/** How long a stop waits for steps in hand. What is not done by then goes on after the next start. */
const DRAIN_MS = 20_000;

/** Without a trainer what is under way waits, in case the operator has unset it by mistake. */
type WorkerParts = Omit<TrainingParts, 'trainer'> & { trainer: TrainingParts['trainer'] | null };

export class TrainingWorker {
  readonly #parts: WorkerParts;
  readonly #steps: TrainingSteps | null;
  readonly #owner = randomBytes(9).toString('base64url');
  /** The steps in hand with the ids of their rows. */
  readonly #running = new Map<Promise<void>, string>();
  #alarm: AbortController = new AbortController();
  #heartbeat: NodeJS.Timeout | undefined;
  #loop: Promise<void> | undefined;
  #stopping = false;
  #tidied = 0;

  constructor(parts: WorkerParts) {
    const { trainer } = parts;
    this.#parts = parts;
    this.#steps = trainer && new TrainingSteps({ ...parts, trainer }, this.#owner);
  }

  start(): void {
    this.#heartbeat = setInterval(() => void this.#renew(), HEARTBEAT_MS);
    this.#loop = this.#run();
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
    const drained = new AbortController();
    const deadline = sleep(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => {});
    await Promise.race([Promise.allSettled([...this.#running.keys()]), deadline]);
    drained.abort();
    clearInterval(this.#heartbeat);
    await releaseTrainingLeases(this.#parts.db, this.#owner).catch((error: unknown) => {
      this.#parts.log.warn({ err: error }, 'the leases of trainings could not be given back');
    });
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#alarm = new AbortController();
      const alarm = this.#alarm.signal;
      const wait = await this.#round().catch((error: unknown) => {
        this.#parts.log.error({ err: error }, 'the worker of trainings could not look for work');
        return IDLE_MS;
      });
      await sleep(wait, undefined, { signal: alarm }).catch(() => {});
    }
  }

  /** @returns milliseconds until the next look */
  async #round(): Promise<number> {
    if (Date.now() - this.#tidied >= TIDY_EVERY_MS) await this.#tidy();
    const room = AT_ONCE - this.#running.size;
    const due = this.#steps && room > 0 ? await nextTrainingDue(this.#parts.db) : null;
    if (due === null) return IDLE_MS;
    if (due > Date.now()) return Math.min(IDLE_MS, due - Date.now());
    const claim = { owner: this.#owner, leaseMs: LEASE_MS, limit: room };
    for (const row of await claimTrainings(this.#parts.db, claim)) this.#take(row);
    return 0;
  }

  #take(row: TrainingRow): void {
    const step = this.#step(row).finally(() => {
      this.#running.delete(step);
      this.wake();
    });
    this.#running.set(step, row.id);
  }

  async #step(row: TrainingRow): Promise<void> {
    try {
      await this.#steps?.advance(row);
    } catch (error) {
      // Ours or the database's fault: the step is tried again from what the row says.
      this.#parts.log.error({ err: error, training: row.id, status: row.status }, 'a step of a training failed');
      await this.#steps?.putOff(row).catch((again: unknown) => {
        this.#parts.log.error(
          { err: again, training: row.id },
          'the step could not be put off; its lease runs out by itself',
        );
      });
    }
  }

  /** What the storage refuses to delete today is tried again. */
  async #tidy(): Promise<void> {
    this.#tidied = Date.now();
    try {
      await removeStaleWeights();
      for (const { id, weights_key } of await unwantedWeights(this.#parts.db)) {
        await this.#parts.storage.delete([weights_key]);
        await reach('T14');
        await forgetWeights(this.#parts.db, id);
      }
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'weights that nobody wants could not be deleted yet');
    }
  }

  async #renew(): Promise<void> {
    try {
      const inHand = [...this.#running.values()];
      if (inHand.length > 0) await extendTrainingLeases(this.#parts.db, this.#owner, inHand, LEASE_MS);
    } catch (error) {
      this.#parts.log.error({ err: error }, 'the leases of trainings could not be renewed');
    }
  }
}
