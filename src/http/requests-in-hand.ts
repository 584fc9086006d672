// Counts the requests that are being answered, so that the database is not taken from under them at the end.
import type { RequestHandler } from 'express';

export class RequestsInHand {
  #count = 0;
  #idle: (() => void)[] = [];

  readonly count: RequestHandler = (_req, res, next) => {
    this.#count += 1;
    res.once('close', () => {
      this.#count -= 1;
      if (this.#count > 0) return;
      for (const tell of this.#idle.splice(0)) tell();
    });
    next();
  };

  /** Resolves when none is left, or after the deadline. */
  async idle(deadlineMs: number): Promise<void> {
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    const timer = setTimeout(resolve, deadlineMs);
    await promise;
    clearTimeout(timer);
  }
}
