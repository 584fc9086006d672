// How fast and how much goes out to the provider: no more a second than it takes, no more under way than the operator allows.
import { countInFlight } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import type { Provider } from '../providers/provider.ts';

const SECOND_MS = 1000;
/** Of its age, what part a prediction is left alone for: one of 24 seconds is asked about every 3. */
const PATIENCE = 8;
/** With more, a picture of a minute would be shown later than 5 s after it is ready, too often. */
const LONGEST_PAUSE_MS = 4 * SECOND_MS;

export interface PaceParts {
  db: Db;
  provider: Pick<Provider, 'submitsPerSecond' | 'pollsPerSecond' | 'pollIntervalMs'>;
  maxInFlight: number;
}

export class Pace {
  readonly #parts: PaceParts;
  /** When requests were let go in the last second, ms. */
  #recent: number[] = [];

  constructor(parts: PaceParts) {
    this.#parts = parts;
  }

  /**
   * How many more requests may be let go now.
   * @param onTheirWay let go before and perhaps not yet counted as in flight
   */
  async room(onTheirWay: number): Promise<number> {
    const { db, provider, maxInFlight } = this.#parts;
    const since = Date.now() - SECOND_MS;
    this.#recent = this.#recent.filter((at) => at > since);
    const inFlight = await countInFlight(db);
    return Math.min(provider.submitsPerSecond - this.#recent.length, maxInFlight - inFlight - onTheirWay);
  }

  letGo(count: number): void {
    this.#recent.push(...Array<number>(count).fill(Date.now()));
  }

  /**
   * Until a running prediction is asked about again: the longer, the more there are, so that all together ask at one rate, and
   * the longer it has run, since each look is two commits and a second more of a minute is hardly felt.
   */
  async pollPauseMs(ageMs: number): Promise<number> {
    const { db, provider } = this.#parts;
    const longest = Math.max(provider.pollIntervalMs, Math.min(LONGEST_PAUSE_MS, 5 * provider.pollIntervalMs));
    const patient = Math.min(longest, ageMs / PATIENCE);
    const inTurn = (SECOND_MS * (await countInFlight(db))) / provider.pollsPerSecond;
    return Math.max(provider.pollIntervalMs, patient, inTurn);
  }
}
