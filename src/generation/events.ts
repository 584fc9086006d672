// Tells those who watch a generation that its row has changed. Only a hint within this process: watchers re-read the row.
import { EventEmitter } from 'node:events';
import type { FailureCode } from '../errors.ts';

type Outcome = 'succeeded' | FailureCode;
const ENDED = Symbol('ended');

export class GenerationEvents {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  changed(id: string): void {
    this.#emitter.emit(id);
  }

  /** @returns how to stop watching */
  watch(id: string, listener: () => void): () => void {
    this.#emitter.on(id, listener);
    return () => this.#emitter.off(id, listener);
  }

  /** One has ended in this process. */
  ended(outcome: Outcome): void {
    this.#emitter.emit(ENDED, outcome);
  }

  onEnded(listener: (outcome: Outcome) => void): void {
    this.#emitter.on(ENDED, listener);
  }
}
