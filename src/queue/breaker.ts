// A circuit breaker: after repeated failures of a provider it refuses new work for a while, then tries again, on probation.

const WINDOW_MS = 30_000;
const FAILURES = 5;
const OPEN_MS = 30_000;

export class Breaker {
  #failures: number[] = [];
  #openUntil = 0;
  /** After it was open, one failure is enough to open it again. */
  #onProbation = false;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Milliseconds until the next try is allowed; 0 when one may be made now. */
  remaining(): number {
    return Math.max(0, this.#openUntil - this.#now());
  }

  /** It was open, and nothing has succeeded since. */
  get isOnProbation(): boolean {
    return this.#onProbation;
  }

  success(): void {
    this.#failures = [];
    this.#openUntil = 0;
    this.#onProbation = false;
  }

  failure(): void {
    const now = this.#now();
    this.#failures = [...this.#failures.filter((at) => at > now - WINDOW_MS), now];
    if (this.#onProbation || this.#failures.length >= FAILURES) this.trip();
  }

  /** Opens at once, for a failure that repeating cannot mend: a refused token, no credit. */
  trip(): void {
    this.#openUntil = this.#now() + OPEN_MS;
    this.#failures = [];
    this.#onProbation = true;
  }
}
