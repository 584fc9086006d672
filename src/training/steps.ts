// The steps of a training, one for each state a worker may find it in, by the same rules as those of a generation: effects come
// before the commit that names them, except the paid one, which is written down first and never repeated in doubt.
import type { TrainingRow } from '../database/tables.ts';
import { ageMs, PATIENCE_MS } from '../queue/clock.ts';
import type { Steps } from '../queue/worker.ts';
import { isWanted } from './endings.ts';
import { FollowTraining } from './follow.ts';
import { TrainingMoves, type TrainingParts } from './moves.ts';
import { Prepare } from './prepare.ts';
import { StoreWeights } from './store.ts';
import { SubmitTraining } from './submit.ts';

export class TrainingSteps implements Steps<TrainingRow> {
  readonly #parts: TrainingParts;
  readonly #moves: TrainingMoves;
  readonly #prepare: Prepare;
  readonly #submit: SubmitTraining;
  readonly #follow: FollowTraining;
  readonly #store: StoreWeights;

  /** @param owner the lease that all steps work under */
  constructor(parts: TrainingParts, owner: string) {
    this.#parts = parts;
    this.#moves = new TrainingMoves(parts, owner);
    this.#prepare = new Prepare(parts, this.#moves);
    this.#submit = new SubmitTraining(parts, this.#moves);
    this.#follow = new FollowTraining(parts, this.#moves);
    this.#store = new StoreWeights(parts, this.#moves, this.#follow);
  }

  /** Does the next step of a claimed row. Failures of the outside end here, in the row; only our own faults are thrown. */
  async advance(row: TrainingRow): Promise<void> {
    switch (row.status) {
      case 'queued':
        return this.#unlessUnwanted(row, () => this.#prepare.gather(row));
      case 'preparing':
        return this.#unlessUnwanted(row, () => this.#send(row));
      case 'submitting':
        return this.#submit.find(row);
      case 'training':
        return this.#follow.follow(row);
      case 'storing':
        return this.#store.store(row);
    }
  }

  /** After a fault of our own: later, but not for ever. */
  async putOff(row: TrainingRow): Promise<void> {
    if (ageMs(row) > PATIENCE_MS) await this.#moves.fail(row, 'needs_review');
    else await this.#moves.later(row);
  }

  async #send(row: TrainingRow): Promise<void> {
    const ready = await this.#prepare.archived(row);
    if (ready) await this.#submit.submit(ready);
  }

  /** Before anything is paid a cancel is no more than an end. */
  async #unlessUnwanted(row: TrainingRow, step: () => Promise<void>): Promise<void> {
    await ((await isWanted(this.#parts.db, row)) ? step() : this.#moves.fail(row, 'canceled'));
  }
}
