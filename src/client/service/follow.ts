// Follows a generation to its end: by events, and by asking where those do not come through. One connection for each
// generation, however many elements watch it.
import type { Generation } from '../../contract.ts';
import { ApiError, api, ROUTES } from './api.ts';
import { announce } from './tabs.ts';

export interface Follower {
  changed(generation: Generation): void;
  /** It cannot be followed any more: it is gone, or nobody is logged in. */
  lost(error: ApiError): void;
}

const ASK_MS = 3000;
/** Without HTTP/2 a browser has six connections to a server, for all its tabs. What is more than this is asked for. */
const MOST_STREAMS = 1;
const followed = new Map<string, Following>();

export function isFinal({ status }: Generation): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}

/** Calls back on every change up to the last one. @returns what ends it */
export function follow(generation: Generation, follower: Follower): () => void {
  if (isFinal(generation)) return () => {};
  const following = followed.get(generation.id) ?? new Following(generation.id);
  return following.add(follower);
}

class Following {
  readonly #id: string;
  readonly #followers = new Set<Follower>();
  #events: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string) {
    this.#id = id;
    const streams = [...followed.values()].filter((other) => other.#events !== null).length;
    followed.set(id, this);
    addEventListener('online', this.#ask);
    if (streams < MOST_STREAMS) this.#listen();
    else this.#askLater();
  }

  get #path(): string {
    return `generations/${encodeURIComponent(this.#id)}`;
  }

  #listen(): void {
    this.#events = new EventSource(`${ROUTES}${this.#path}/events`);
    this.#events.addEventListener('generation', ({ data }) => this.#tell(JSON.parse(data) as Generation));
    // It comes back by itself, but not past a proxy that takes no streams.
    this.#events.addEventListener('error', () => this.#askLater());
  }

  add(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.#end();
    };
  }

  get #isUnderWay(): boolean {
    return followed.get(this.#id) === this;
  }

  #askLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#ask, ASK_MS);
  }

  readonly #ask = async (): Promise<void> => {
    try {
      this.#tell(await api<Generation>(this.#path));
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 401)) return this.#lose(error);
    }
    if (this.#isUnderWay && this.#events?.readyState !== EventSource.OPEN) this.#askLater();
  };

  /** An answer that comes after the end was overtaken by it. */
  #tell(generation: Generation): void {
    if (!this.#isUnderWay) return;
    for (const { changed } of [...this.#followers]) changed(generation);
    if (!isFinal(generation)) return;
    this.#end();
    announce('generations');
    if (generation.post_image_id !== null) announce('pictures');
  }

  #lose(error: ApiError): void {
    if (!this.#isUnderWay) return;
    this.#end();
    for (const { lost } of [...this.#followers]) lost(error);
  }

  #end(): void {
    if (this.#isUnderWay) followed.delete(this.#id);
    clearTimeout(this.#timer);
    this.#events?.close();
    removeEventListener('online', this.#ask);
  }
}
