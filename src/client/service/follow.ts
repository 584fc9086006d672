// Follows a generation to its end: by events, and by asking where those do not come through. One connection for each
// generation, however many elements watch it.
import type { Generation } from '../../contract.ts';
import { ApiError, api, ROUTES } from './api.ts';
import { announce } from './tabs.ts';

type Listener = (generation: Generation) => void;

const ASK_MS = 3000;
const followed = new Map<string, Following>();

export function isFinal({ status }: Generation): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}

/** Calls back on every change up to the last one. @returns what ends it */
export function follow(generation: Generation, listener: Listener): () => void {
  if (isFinal(generation)) return () => {};
  const following = followed.get(generation.id) ?? new Following(generation.id);
  followed.set(generation.id, following);
  return following.add(listener);
}

class Following {
  readonly #id: string;
  readonly #listeners = new Set<Listener>();
  readonly #events: EventSource;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string) {
    this.#id = id;
    this.#events = new EventSource(`${ROUTES}generations/${encodeURIComponent(id)}/events`);
    this.#events.addEventListener('generation', ({ data }) => this.#tell(JSON.parse(data) as Generation));
    this.#events.addEventListener('error', () => this.#askLater());
    addEventListener('online', this.#ask);
  }

  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  /** An event source comes back by itself, but not past a proxy that takes no streams. */
  #askLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#ask, ASK_MS);
  }

  readonly #ask = async (): Promise<void> => {
    try {
      this.#tell(await api<Generation>(`generations/${encodeURIComponent(this.#id)}`));
      if (followed.has(this.#id) && this.#events.readyState !== EventSource.OPEN) this.#askLater();
    } catch (error) {
      const gone = error instanceof ApiError && (error.status === 404 || error.status === 401);
      if (gone) this.#end();
      else this.#askLater();
    }
  };

  #tell(generation: Generation): void {
    for (const listener of [...this.#listeners]) listener(generation);
    if (!isFinal(generation)) return;
    this.#end();
    announce('generations');
    if (generation.post_image_id !== null) announce('pictures');
  }

  #end(): void {
    followed.delete(this.#id);
    clearTimeout(this.#timer);
    this.#events.close();
    removeEventListener('online', this.#ask);
  }
}
