// The drafts that are asked for at one place in a page: asked for once, found again after a reload, and followed to their end.
import type { ReactiveController } from 'lit';
import type { Credits, Generation } from '../../contract.ts';
import { ApiError } from '../service/api.ts';
import { myCredits } from '../service/credits.ts';
import { draftsAt } from '../service/drafts.ts';
import { follow, isFinal } from '../service/follow.ts';
import { begin, idsAt, keptAt, type Place } from '../service/places.ts';
import { generate, resume, type Sending, sendingOf } from '../service/requests.ts';
import { hear } from '../service/tabs.ts';
import type { ForumElement } from './element.ts';

interface Here {
  place: () => Place;
  /** Null where the page says none. */
  game: () => Promise<number | null>;
  /** Whether it is looked at: then all drafts of the game are of interest, not only those that were begun here. */
  isOpen: () => boolean;
  failed: (error: unknown) => void;
  /** One that was begun here is made, or will never be. */
  ended?: () => void;
}

/** @typeParam R - what a draft is asked for with */
export class Drafting<R extends object> implements ReactiveController {
  /** Of the game, and in no post; null while they are not known. */
  all: Generation[] | null = null;
  credits: Credits | null = null;
  /** Why they could not be read, as the service's code. */
  problem = '';
  /** The one that is looked at; null while the form is shown. */
  shown: Generation | null = null;
  readonly #host: ForumElement;
  readonly #here: Here;
  readonly #followed = new Map<string, () => void>();
  #unhear: (() => void)[] = [];
  /** An answer to an earlier question, perhaps about another place, says nothing any more. */
  #asked = 0;

  constructor(host: ForumElement, here: Here) {
    this.#host = host;
    this.#here = here;
    host.addController(this);
  }

  hostConnected(): void {
    const update = () => this.#host.requestUpdate();
    this.#unhear = [
      hear('user', () => this.reset()),
      hear('sending', update),
      hear('generations', () => {
        update(); // what is kept here may have changed with them
        if (this.#here.isOpen() || this.#keepsSome) void this.load();
      }),
    ];
  }

  hostDisconnected(): void {
    this.#asked += 1;
    for (const end of [...this.#unhear, ...this.#followed.values()]) end();
    this.#followed.clear();
  }

  /** At another place, or for another user, all begins anew. */
  reset(): void {
    this.#asked += 1;
    this.all = null;
    this.shown = null;
    this.takeUp();
  }

  /** What was begun here before a reload goes on. */
  takeUp(): void {
    const place = this.#here.place();
    for (const { body, answer } of resume(place)) void this.#await(answer, place, body as R);
    if (this.#here.isOpen() || this.#keepsSome) void this.load();
  }

  get #keepsSome(): boolean {
    return idsAt(this.#here.place()).length > 0;
  }

  get sending(): Sending {
    return sendingOf(this.#here.place());
  }

  /** The newest that was begun here and is not decided on. */
  get begun(): Generation | undefined {
    const { begun } = keptAt(this.#here.place());
    return this.all?.find(({ id }) => id in begun);
  }

  /** Whether it is certain that what would be asked for was not asked for already. */
  get isKnown(): boolean {
    return this.all !== null || Object.keys(keptAt(this.#here.place()).begun).length === 0;
  }

  requestOf({ id }: Generation): R | undefined {
    return keptAt(this.#here.place()).begun[id] as R | undefined;
  }

  show(draft: Generation | null): void {
    this.shown = draft;
    this.#host.requestUpdate();
  }

  async ask(request: { path: string; body: R }): Promise<void> {
    if (this.sending !== 'no') return;
    const place = this.#here.place();
    await this.#await(generate(place, request), place, request.body);
  }

  /** What comes when the element is at another place already is found at its own. */
  async #await(answer: Promise<Generation[]>, place: Place, request: R): Promise<void> {
    try {
      const made = await answer;
      for (const { id } of made) begin(place, id, request);
      if (place !== this.#here.place()) return;
      this.show(made[0] ?? null);
      void this.load();
    } catch (error) {
      if (place === this.#here.place()) this.#here.failed(error);
    }
  }

  async load(): Promise<void> {
    if (!this.#host.isConnected) return;
    this.#asked += 1;
    const asked = this.#asked;
    const place = this.#here.place();
    this.problem = '';
    try {
      const game = await this.#here.game();
      if (game === null || asked !== this.#asked) return;
      const [drafts, credits] = await Promise.all([draftsAt(place, game), myCredits()]);
      if (asked === this.#asked) this.#know(drafts, credits);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.problem = error instanceof ApiError ? error.code : 'other';
      this.#host.requestUpdate();
    }
  }

  /** What is found to be begun is shown where nothing could be said before; later it would take a form away from its writer. */
  #know(drafts: Generation[], credits: Credits): void {
    const isNews = !this.isKnown;
    this.all = drafts;
    this.credits = credits;
    const shown = drafts.find(({ id }) => id === this.shown?.id) ?? this.shown;
    this.show(shown ?? (isNews && this.#here.isOpen() ? (this.begun ?? null) : null));
    for (const draft of drafts) if (this.requestOf(draft) && !isFinal(draft)) this.#follow(draft);
  }

  /** Whoever looks at it or not: at its end there is news of the generations. */
  #follow(draft: Generation): void {
    if (this.#followed.has(draft.id)) return;
    const changed = (now: Generation) => {
      if (isFinal(now)) this.#here.ended?.();
    };
    this.#followed.set(draft.id, follow(draft, { changed, lost: () => {} }));
  }
}
