// The steps of a generation, one for each state a worker may find it in. A step leaves the row in the next state, or asks to
// be called again; whatever a crash interrupts, the row says where to go on. Effects come before the commit that names them,
// except the paid one: that is written down first, and never sent again while its outcome is unknown.
import type { GenerationRow } from '../database/tables.ts';
import { ageMs, PATIENCE_MS } from '../queue/clock.ts';
import type { Steps } from '../queue/worker.ts';
import { Follow } from './follow.ts';
import { Moves, type StepParts } from './moves.ts';
import { Store } from './store.ts';
import { Submit } from './submit.ts';

export class GenerationSteps implements Steps<GenerationRow> {
  readonly #moves: Moves;
  readonly #submit: Submit;
  readonly #follow: Follow;
  readonly #store: Store;

  /** @param owner the lease that all steps work under */
  constructor(parts: StepParts, owner: string) {
    this.#moves = new Moves(parts, owner);
    this.#submit = new Submit(parts, this.#moves);
    this.#follow = new Follow(parts, this.#moves);
    this.#store = new Store(parts, this.#moves, this.#follow);
  }

  /** Does the next step of a claimed row. Failures of the outside end here, in the row; only our own faults are thrown. */
  async advance(row: GenerationRow): Promise<void> {
    switch (row.status) {
      case 'queued':
        return this.#submit.submit(row);
      case 'submitting':
        return this.#submit.find(row);
      case 'generating':
        return this.#follow.follow(row);
      case 'storing':
        return this.#store.store(row);
    }
  }

  /** After a fault of our own: later, but not for ever. */
  async putOff(row: GenerationRow): Promise<void> {
    if (ageMs(row) > PATIENCE_MS) await this.#moves.fail(row, 'needs_review');
    else await this.#moves.later(row);
  }
}
