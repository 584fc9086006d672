// The worker: takes due generations, a bounded number for each stage and users in turn, and does their next step.
import { claimDue, generationQueue } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import { isSpendingPaused } from '../database/spending.ts';
import type { GenerationRow, GenerationStatus } from '../database/tables.ts';
import { reach } from '../failpoints.ts';
import { IDLE_MS, LEASE_MS, QueueWorker } from '../queue/worker.ts';
import type { StepParts } from './moves.ts';
import type { Pace } from './pace.ts';
import { GenerationSteps } from './steps.ts';

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
/** Until a full stage is looked at again, should nothing wake us before. */
const FULL_MS = 100;

export class Worker extends QueueWorker<GenerationRow> {
  readonly #db: Db;
  readonly #pace: Pace;

  constructor(parts: StepParts) {
    const { db, log } = parts;
    const steps = (owner: string) => new GenerationSteps(parts, owner);
    super({ db, log, queue: generationQueue, noun: 'generation', steps });
    this.#db = db;
    this.#pace = parts.pace;
  }

  protected override async beforeDrain(): Promise<void> {
    await reach('K27');
  }

  /** While an admin has stopped all spending, what is paid goes on, and what waits stays due all the time. */
  protected override async fill(): Promise<number> {
    const isPaused = await isSpendingPaused(this.#db);
    let isFull = false;
    for (const stage of STAGES) if (!isPaused || stage !== SUBMITTING) isFull = (await this.#fill(stage)) || isFull;
    if (isPaused) return IDLE_MS;
    return isFull ? FULL_MS : 0;
  }

  /** @returns whether the stage can take nothing more on */
  async #fill(stage: Stage): Promise<boolean> {
    const room = await this.#room(stage);
    if (room <= 0 || this.isStopping) return true;
    const claim = { statuses: stage.statuses, owner: this.owner, leaseMs: LEASE_MS, limit: room };
    const rows = await claimDue(this.#db, claim);
    if (stage === SUBMITTING) this.#pace.letGo(rows.length);
    for (const row of rows) this.take(row);
    return rows.length === room;
  }

  async #room(stage: Stage): Promise<number> {
    const inHand = this.inHand().filter(({ status }) => stage.statuses.includes(status)).length;
    const free = stage.limit - inHand;
    if (stage !== SUBMITTING || free <= 0) return free;
    return Math.min(free, await this.#pace.room(inHand));
  }
}
