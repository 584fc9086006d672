// The worker of trainings: takes due ones, a few at a time, does their next step, and deletes weights that nobody wants.
import type { TrainingRow } from '../database/tables.ts';
import { claimTrainings, forgetWeights, trainingQueue, unwantedWeights } from '../database/trainings.ts';
import { reach } from '../failpoints.ts';
import { MINUTE } from '../queue/clock.ts';
import { IDLE_MS, LEASE_MS, QueueWorker, type Steps } from '../queue/worker.ts';
import type { TrainingParts } from './moves.ts';
import { TrainingSteps } from './steps.ts';
import { removeStaleWeights } from './weights.ts';

/** Weights on their way take disk and line; looks at what is being trained are short. */
const AT_ONCE = 2;
const TIDY_EVERY_MS = 10 * MINUTE;

/** Without a trainer what is under way waits, in case the operator has unset it by mistake. */
type WorkerParts = Omit<TrainingParts, 'trainer'> & { trainer: TrainingParts['trainer'] | null };

export class TrainingWorker extends QueueWorker<TrainingRow> {
  readonly #parts: WorkerParts;
  #tidied = 0;

  constructor(parts: WorkerParts) {
    const { db, log, trainer } = parts;
    const steps = (owner: string) => (trainer ? new TrainingSteps({ ...parts, trainer }, owner) : NO_STEPS);
    super({ db, log, queue: trainingQueue, noun: 'training', steps });
    this.#parts = parts;
  }

  protected override async look(): Promise<number> {
    if (Date.now() - this.#tidied >= TIDY_EVERY_MS) await this.#tidy();
    return this.#parts.trainer ? super.look() : IDLE_MS;
  }

  protected override async fill(): Promise<number> {
    const room = AT_ONCE - this.inHand().length;
    if (room <= 0) return IDLE_MS;
    const claim = { owner: this.owner, leaseMs: LEASE_MS, limit: room };
    for (const row of await claimTrainings(this.#parts.db, claim)) this.take(row);
    return 0;
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
}

/** Of a worker that takes nothing on. */
const NO_STEPS: Steps<TrainingRow> = { advance: async () => {}, putOff: async () => {} };
