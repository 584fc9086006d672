// A list that the service gives page by page: from its start, as much as was shown, and more at its end.
import { api, type Page, query } from './api.ts';

/** As many as one request may ask for. */
const MOST = 100;

type Filter = Parameters<typeof query>[0];

export class PagedList<T> {
  items: T[] = [];
  /** Of the next page; null when there is none. */
  cursor: string | null = null;
  isLoading = false;
  /** Whether `items` are what the service says, be they none. */
  isKnown = false;
  readonly #pageSize: number;
  readonly #changed: () => void;
  #source: { path: string; filter: Filter } = { path: '', filter: {} };
  #asked = 0;

  /** @param changed is called when there is something else to show */
  constructor(pageSize: number, changed: () => void) {
    this.#pageSize = pageSize;
    this.#changed = changed;
  }

  /** For another list than before. */
  clear(): void {
    this.items = [];
    this.cursor = null;
    this.isKnown = false;
  }

  /** @throws ApiError */
  read(path: string, filter: Filter = {}): Promise<void> {
    this.#source = { path, filter };
    return this.#ask(null, Math.min(Math.max(this.#pageSize, this.items.length), MOST));
  }

  /** Not while something is on its way: the same page would be there twice. @throws ApiError */
  async more(): Promise<void> {
    if (!this.isLoading) await this.#ask(this.cursor, this.#pageSize);
  }

  /** Only the answer to the last question counts, also when it is a refusal. */
  async #ask(cursor: string | null, limit: number): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.#setLoading(true);
    const { path, filter } = this.#source;
    try {
      const page = await api<Page<T>>(`${path}${query({ ...filter, limit, cursor })}`);
      if (asked === this.#asked) this.#take(page, cursor);
    } catch (error) {
      if (asked === this.#asked) throw error;
    } finally {
      if (asked === this.#asked) this.#setLoading(false);
    }
  }

  #take(page: Page<T>, cursor: string | null): void {
    this.items = cursor === null ? page.items : [...this.items, ...page.items];
    this.cursor = page.next_cursor;
    this.isKnown = true;
  }

  #setLoading(isLoading: boolean): void {
    this.isLoading = isLoading;
    this.#changed();
  }
}
