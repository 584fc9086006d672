// Ids met in the last minutes. In memory and bounded: a webhook is only a wake-up, so one that slips through twice does no harm.

const KEEP_MS = 5 * 60_000;
const MOST = 10_000;

export class RecentIds {
  /** When each was first met; a map keeps that order, so the oldest is always the first. */
  readonly #met = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @returns whether it is new */
  add(id: string): boolean {
    const now = this.#now();
    this.#forgetOld(now);
    if (this.#met.has(id)) return false;
    this.#met.set(id, now);
    return true;
  }

  delete(id: string): void {
    this.#met.delete(id);
  }

  #forgetOld(now: number): void {
    for (const [id, at] of this.#met) {
      if (at > now - KEEP_MS && this.#met.size < MOST) return;
      this.#met.delete(id);
    }
  }
}
