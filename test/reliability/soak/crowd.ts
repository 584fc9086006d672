// What the users of a soak do, whether or not the service keeps up: ask for pictures, look at them, wait for them by events,
// cancel some, delete some; and after a crash they send the same request again, with the same key.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Generation } from '../../../src/contract.ts';
import { generator } from '../../support/random.ts';
import type { Reply } from '../../support/service.ts';
import { followEvents } from './events.ts';
import { pathOf, type Stage } from './stage.ts';

export interface CrowdOptions {
  perSecond: number;
  seed: number;
}

export interface AskedPicture {
  user: number;
  id: string;
  /** By its user, or with the post image. */
  wasGivenUp: boolean;
}

/** A latency, ms, with what was answered. */
export interface Answered {
  ms: number;
  status: number;
}

const LOOKS_PER_SECOND = 50;
const LISTENERS = 20;
/** Of a hundred pictures so many are canceled, and so many deleted once they are there. */
const CANCELED = 3;
const DELETED = 3;
const RETRY_MS = 500;

export class Crowd {
  readonly posts: Answered[] = [];
  readonly gets: Answered[] = [];
  readonly pictures: AskedPicture[] = [];
  /** What should not have been answered. */
  readonly faults: string[] = [];
  /** Requests that were under way when the program died, or found it dead. */
  brokenOff = 0;
  eventStreams = 0;
  readonly #stage: Stage;
  readonly #options: CrowdOptions;
  readonly #random: () => number;
  readonly #waitedFor = new Map<string, AskedPicture>();
  readonly #errands = new Set<Promise<void>>();
  readonly #leaving = new AbortController();
  #asked = 0;
  /** Requests that are not answered yet. */
  #asking = 0;

  constructor(stage: Stage, options: CrowdOptions) {
    this.#stage = stage;
    this.#options = options;
    this.#random = generator(options.seed);
  }

  /** Resolves when the time is over, with requests still under way. */
  async come(ms: number): Promise<void> {
    for (let index = 0; index < LISTENERS; index++) this.#errand(this.#listen());
    this.#errand(this.#lookAround());
    const end = Date.now() + ms;
    for (let next = Date.now(); next < end; next += (-Math.log(1 - this.#random()) * 1000) / this.#options.perSecond) {
      await sleep(Math.max(0, next - Date.now()));
      this.#errand(this.#ask());
    }
  }

  /** Everybody stays until every picture has ended. @returns whether all have in time */
  async waitForAll(ms: number): Promise<boolean> {
    const deadline = Date.now() + ms;
    while (this.#unfinished() > 0 && Date.now() < deadline) await sleep(RETRY_MS);
    this.#leaving.abort();
    await Promise.all(this.#errands);
    return this.#unfinished() === 0;
  }

  #unfinished(): number {
    return this.#stage.unfinished() + this.#asking;
  }

  #errand(work: Promise<void>): void {
    const errand = work.catch((error: unknown) => void this.faults.push(String(error)));
    this.#errands.add(errand);
    void errand.finally(() => this.#errands.delete(errand));
  }

  async #lookAround(): Promise<void> {
    for (let next = Date.now(); !this.#leaving.signal.aborted; next += 1000 / LOOKS_PER_SECOND) {
      await sleep(Math.max(0, next - Date.now()));
      this.#look();
    }
  }

  /** Users take turns, so that nobody asks for more than one may have at a time. */
  async #ask(): Promise<void> {
    const { users } = this.#stage;
    const number = this.#asked++;
    const user = users[number % users.length] ?? 0;
    this.#asking += 1;
    const reply = await this.#insist(user, pathOf(user, number % 3 === 0 ? 'post' : 'draft'), number);
    this.#asking -= 1;
    if (!reply) return;
    const picture = { user, id: reply.body.id, wasGivenUp: false };
    this.pictures.push(picture);
    this.#waitedFor.set(picture.id, picture);
    if (this.#random() * 100 < CANCELED) this.#errand(this.#cancel(picture));
  }

  /** The same request again for as long as there is no answer. @returns undefined when it was refused */
  async #insist(user: number, path: string, number: number): Promise<Reply<Generation> | undefined> {
    const body = { mode: 'scene', scene: `picture ${number}, a pier in the morning` };
    const key = { 'Idempotency-Key': `picture-${number}` };
    while (!this.#leaving.signal.aborted) {
      const reply = await this.#timed(this.posts, async () => (await this.#as(user)).post<Generation>(path, body, key));
      if (reply?.status === 202) return reply;
      if (reply?.status === 429) return undefined;
      if (reply && reply.status !== 503) return void this.#unexpected('ask', reply);
      const seconds = Number(reply?.headers.get('retry-after') ?? 0);
      if (reply && !(seconds > 0)) this.#unexpected('no Retry-After', reply);
      await sleep(Math.max(RETRY_MS, seconds * 1000), undefined, { signal: this.#leaving.signal }).catch(() => {});
    }
    return void this.faults.push(`picture ${number}: never answered`);
  }

  #look(): void {
    const waiting = [...this.#waitedFor.values()];
    const picture = waiting[Math.floor(this.#random() * waiting.length)];
    if (picture) this.#errand(this.#lookAt(picture));
  }

  async #lookAt(picture: AskedPicture): Promise<void> {
    const path = `/generations/${picture.id}`;
    const reply = await this.#timed(this.gets, async () => (await this.#as(picture.user)).get<Generation>(path));
    if (!reply) return;
    if (reply.status !== 200) return this.#unexpected('look', reply);
    if (!reply.body.finished_at || !this.#waitedFor.delete(picture.id)) return;
    const isTooMuch = reply.body.post_image_id !== null && this.#random() * 100 < DELETED;
    if (isTooMuch) await this.#delete(picture, `/post-images/${reply.body.post_image_id}`, [204]);
  }

  async #cancel(picture: AskedPicture): Promise<void> {
    await sleep(this.#random() * 20_000, undefined, { signal: this.#leaving.signal }).catch(() => {});
    await this.#delete(picture, `/generations/${picture.id}`, [200, 409]);
  }

  async #delete(picture: AskedPicture, path: string, expected: number[]): Promise<void> {
    picture.wasGivenUp = true;
    const reply = await this.#timed([], async () => (await this.#as(picture.user)).delete(path));
    if (reply && !expected.includes(reply.status)) this.#unexpected('delete', reply);
  }

  /** One after the other, to its end; a stream that breaks off is opened again, as a browser does. */
  async #listen(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      const waiting = [...this.#waitedFor.values()];
      const picture = waiting[Math.floor(this.#random() * waiting.length)];
      const program = this.#stage.program;
      if (picture && program) {
        this.eventStreams += 1;
        const outcome = await followEvents(program.origin, picture, signal);
        if (outcome.fault) this.faults.push(`events of ${picture.id}: ${outcome.fault}`);
        if (outcome.brokeOff) this.brokenOff += 1;
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #as(user: number) {
    const program = this.#stage.program;
    if (!program) throw new Error('it is dead');
    return program.as(user);
  }

  /** Undefined when there was no answer, which only a dead program is forgiven. */
  async #timed<T>(into: Answered[], request: () => Promise<Reply<T>>): Promise<Reply<T> | undefined> {
    const start = performance.now();
    try {
      const reply = await request();
      into.push({ ms: performance.now() - start, status: reply.status });
      return reply;
    } catch {
      this.brokenOff += 1;
      return undefined;
    }
  }

  #unexpected(what: string, { status, body }: Reply): void {
    this.faults.push(`${what}: ${status} ${JSON.stringify(body)}`);
  }
}
