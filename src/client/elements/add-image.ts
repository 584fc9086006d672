// <add-image>: a button that leads from a wish to a picture in a post, before the post is saved and after.
import { html, nothing, type PropertyValues } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Credits, Generation, PictureRequest, PostPlace } from '../../contract.ts';
import { closeOwn, showModally } from '../parts/dialog.ts';
import { draftPreview } from '../parts/draft-preview.ts';
import { chosenDrafts, draftsLook, earlierDrafts } from '../parts/drafts.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { look } from '../parts/look.ts';
import { FIRST_WISH, type Wish, wishOf, withNewSeed } from '../parts/wish.ts';
import { api } from '../service/api.ts';
import { attachAll } from '../service/attach.ts';
import { myCredits } from '../service/credits.ts';
import { isFinal } from '../service/follow.ts';
import { unusedDrafts } from '../service/mine.ts';
import { begin, choose, drop, keepOnly, keptAt, type Place } from '../service/places.ts';
import { generate, resume } from '../service/requests.ts';
import type { Source } from './picture-form.ts';

/**
 * @attr post-id - of a saved post: pictures are attached to it
 * @attr game-id - for a post that is not saved yet: pictures are kept until `attachTo(postId)`
 * @attr id - where a page has several for posts that are not saved yet: tells them apart, also after a reload
 * @attr text-from - a selector of the field that the post is written in, to suggest scenes from
 * @fires attached - a picture is in the post now
 */
export class AddImage extends ForumElement {
  static override styles = [look, draftsLook];
  static override properties = {
    ...ForumElement.properties,
    postId: { attribute: 'post-id', type: Number },
    gameId: { attribute: 'game-id', type: Number },
    textFrom: { attribute: 'text-from' },
    isOpen: { state: true },
    sending: { state: true },
    shown: { state: true },
    unused: { state: true },
    credits: { state: true },
    game: { state: true },
    mayAdd: { state: true },
    owed: { state: true },
    told: { state: true },
  };

  declare postId: number | null;
  declare gameId: number | null;
  declare textFrom: string;
  declare protected isOpen: boolean;
  /** Whether a request is on its way; `waiting` for a network to go on. */
  declare protected sending: 'no' | 'yes' | 'waiting';
  /** The one that the dialog is about; null while the form is shown. */
  declare protected shown: Generation | null;
  declare protected unused: Generation[];
  declare protected credits: Credits | null;
  declare protected game: number | null;
  declare protected mayAdd: boolean;
  /** The saved post that some of the chosen pictures could not be attached to. */
  declare protected owed: number | null;
  declare protected told: string;
  /** What the form says: closed by accident, it opens as it was. */
  #wish: Wish = FIRST_WISH;

  constructor() {
    super();
    this.postId = null;
    this.gameId = null;
    this.textFrom = '';
    this.isOpen = false;
    this.sending = 'no';
    this.shown = null;
    this.unused = [];
    this.credits = null;
    this.game = null;
    this.mayAdd = true;
    this.owed = null;
    this.told = '';
  }

  /**
   * Attaches what was chosen to the post that has just been saved. Never rejects: what fails is told beside the button, with
   * one to try again. @returns whether all are attached
   */
  async attachTo(postId: number): Promise<boolean> {
    const place = this.#place;
    const done = await this.attempt(() => attachAll(place, postId, keptAt(place).chosen));
    this.owed = done ? null : postId;
    return done === true;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('generations', () => {
      if (this.isOpen || this.#keepsSome) void this.#loadUnused();
    });
  }

  protected override refresh(): void {
    void this.#takeUp();
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('postId') && !changed.has('gameId')) return;
    this.game = this.gameId;
    this.mayAdd = true;
    this.shown = null;
    this.unused = [];
    void this.#takeUp();
  }

  /** What had the focus is gone when the form gives way to the picture, or the other way round. */
  protected override updated(changed: PropertyValues): void {
    const before = changed.get('shown') as Generation | null | undefined;
    if (this.isOpen && changed.has('shown') && before?.id !== this.shown?.id)
      this.renderRoot.querySelector('h2')?.focus();
  }

  get #place(): Place {
    return this.postId === null ? `game:${this.gameId ?? 0}:${this.id}` : `post:${this.postId}`;
  }

  get #keepsSome(): boolean {
    const { begun, chosen } = keptAt(this.#place);
    return Object.keys(begun).length + chosen.length > 0;
  }

  /** What was begun here before a reload goes on. */
  async #takeUp(): Promise<void> {
    const place = this.#place;
    if (this.#keepsSome && (await this.#loadUnused()))
      keepOnly(
        place,
        this.unused.map(({ id }) => id),
      );
    for (const { body, answer } of resume(place)) {
      const made = await this.attempt(() => answer);
      if (made) this.#begin(made, body as PictureRequest);
    }
  }

  /** @returns whether they are known now */
  async #loadUnused(): Promise<boolean> {
    const game = await this.#findGame();
    if (game === null) return false;
    try {
      [this.unused, this.credits] = await Promise.all([unusedDrafts(game), myCredits()]);
    } catch {
      return false; // the form says so
    }
    this.shown = this.unused.find(({ id }) => id === this.shown?.id) ?? this.shown;
    return true;
  }

  /** A post does not say its game by itself, nor whether its reader may illustrate it. */
  async #findGame(): Promise<number | null> {
    if (this.game === null && this.postId !== null) {
      const place = await this.attempt(() => api<PostPlace>(`posts/${this.postId}/image-place`));
      this.game = place?.game_id ?? null;
      this.mayAdd = place?.can_illustrate ?? true;
    }
    return this.game;
  }

  protected override render() {
    const { chosen, begun } = keptAt(this.#place);
    const isRunning = this.unused.some(({ id, status }) => id in begun && status !== 'succeeded');
    const drafts = this.unused.filter(({ id }) => chosen.includes(id));
    const act = ({ id }: Generation) => this.#leaveOut(id);
    return html`<div class="stack">
      <div class="row">
        <button type="button" part="button" @click=${this.#open}>${this.say('add_image')}</button>
        <span role="status" class="quiet">${isRunning ? this.say('running') : this.told}</span>
      </div>
      ${drafts.length > 0 ? chosenDrafts(drafts, { words: this.words, act }) : nothing}
      ${this.isOpen ? this.#dialog() : failureLine(this.failure)} ${this.owed === null ? nothing : this.#retry(this.owed)}
    </div>`;
  }

  #retry(postId: number) {
    return html`<div class="row"><button type="button" @click=${() => this.attachTo(postId)}>${this.say('retry')}</button></div>`;
  }

  readonly #open = async (): Promise<void> => {
    this.told = '';
    this.failure = '';
    this.isOpen = true;
    await this.#loadUnused();
    this.shown ??= this.unused.find(({ id }) => id in keptAt(this.#place).begun) ?? null;
  };

  #leaveOut(id: string): void {
    drop(this.#place, id);
    this.requestUpdate();
  }

  #dialog() {
    return html`<dialog ${ref(showModally)} @close=${this.#closed} aria-label=${this.say('add_image')} part="dialog">
      <div class="stack">
        <h2 tabindex="-1">${this.say('add_image')}</h2>
        ${this.#content()}
        ${this.sending === 'waiting' ? html`<p role="status">${this.say('offline_sending')}</p>` : nothing}
        ${failureLine(this.failure)}
        <div class="row end"><button type="button" @click=${closeOwn}>${this.say('close')}</button></div>
      </div>
    </dialog>`;
  }

  #content() {
    if (!this.mayAdd) return html`<p>${this.say('may_not_add')}</p>`;
    if (this.game === null) return this.failure ? nothing : html`<p class="quiet">${this.say('loading')}</p>`;
    return this.shown ? this.#made(this.shown) : this.#form(this.game);
  }

  readonly #closed = (): void => {
    this.isOpen = false;
    if (this.shown && isFinal(this.shown) && this.shown.status !== 'succeeded') this.#change(this.shown);
  };

  #form(game: number) {
    const others = this.unused.filter(({ id }) => !keptAt(this.#place).chosen.includes(id));
    const act = (draft: Generation) => this.#show(draft);
    return html`${others.length > 0 ? earlierDrafts(others, { words: this.words, act }) : nothing}
      <picture-form
        .gameId=${game}
        .source=${this.#source}
        .wish=${this.#wish}
        ?busy=${this.sending !== 'no'}
        @wished=${(event: CustomEvent<Wish>) => {
          this.#wish = event.detail;
        }}
        @wanted=${(event: CustomEvent<PictureRequest>) => this.#make(event.detail)}
      ></picture-form>`;
  }

  readonly #source = (): Source => {
    const field = this.textFrom ? document.querySelector<HTMLTextAreaElement>(this.textFrom) : null;
    return { text: field?.value ?? field?.textContent ?? '', postId: this.postId };
  };

  async #make(request: PictureRequest): Promise<void> {
    if (this.sending !== 'no') return;
    this.sending = 'yes';
    const waiting = () => {
      this.sending = 'waiting';
    };
    const sent = { path: `games/${this.game}/images`, body: request };
    const made = await this.attempt(() => generate(this.#place, sent, waiting));
    this.sending = 'no';
    if (made) this.#begin(made, request);
  }

  #begin(made: Generation[], request: PictureRequest): void {
    for (const { id } of made) begin(this.#place, id, request);
    this.shown = made[0] ?? null;
    void this.#loadUnused();
  }

  #show(generation: Generation | null): void {
    this.failure = '';
    this.shown = generation;
  }

  #made(generation: Generation) {
    const { words, credits } = this;
    const request = this.#requestOf(generation);
    return draftPreview({
      words,
      generation,
      credits,
      word: this.postId === null ? 'choose' : 'attach',
      isSending: this.sending !== 'no',
      changed: this.#changed,
      take: () => this.#take(generation),
      change: () => this.#change(generation),
      again: request ? () => this.#make(withNewSeed(request)) : null,
    });
  }

  #requestOf({ id }: Generation): PictureRequest | undefined {
    return keptAt(this.#place).begun[id] as PictureRequest | undefined;
  }

  /** Back to the form as it was for this picture; its seed can be kept, so that little but the words changes. */
  #change(generation: Generation): void {
    const request = this.#requestOf(generation);
    if (request) this.#wish = { ...wishOf(request), earlier_seed: generation.seed };
    if (generation.status !== 'succeeded' && isFinal(generation)) drop(this.#place, generation.id);
    this.#show(null);
  }

  readonly #changed = (event: CustomEvent<Generation>): void => {
    this.shown = event.detail;
    if (isFinal(event.detail)) void this.#loadUnused();
  };

  async #take({ id }: Generation): Promise<void> {
    if (this.postId === null) choose(this.#place, id);
    else if (!(await this.#attach(this.postId, id))) return;
    this.shown = null;
    this.renderRoot.querySelector('dialog')?.close();
  }

  async #attach(postId: number, id: string): Promise<boolean> {
    if (!(await this.attempt(() => attachAll(this.#place, postId, [id])))) return false;
    this.told = this.say('attached');
    this.dispatchEvent(new CustomEvent('attached', { bubbles: true, composed: true }));
    return true;
  }
}
