// <add-image>: a button that leads from a wish to a picture in a post, before the post is saved and after.
import { html, nothing, type PropertyValues } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Generation, PictureRequest, PostPlace } from '../../contract.ts';
import { closeOwn, showModally } from '../parts/dialog.ts';
import { draftPreview } from '../parts/draft-preview.ts';
import { draftStatus } from '../parts/draft-status.ts';
import { Drafting } from '../parts/drafting.ts';
import { chosenDrafts, draftsLook, earlierDrafts } from '../parts/drafts.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine, notYet } from '../parts/failure.ts';
import { look } from '../parts/look.ts';
import { FIRST_WISH, type Wish, wishOf, withNewSeed } from '../parts/wish.ts';
import { api } from '../service/api.ts';
import { attachAll } from '../service/attach.ts';
import { isUsable } from '../service/drafts.ts';
import { isFinal } from '../service/follow.ts';
import { choose, drop, hand, keptAt, type Place } from '../service/places.ts';
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
    game: { state: true },
    mayAdd: { state: true },
    owed: { state: true },
    told: { state: true },
  };

  declare postId: number | null;
  declare gameId: number | null;
  declare textFrom: string;
  declare protected isOpen: boolean;
  declare protected game: number | null;
  declare protected mayAdd: boolean;
  /** The saved post that some of the chosen pictures could not be attached to. */
  declare protected owed: number | null;
  declare protected told: string;
  /** What the form says: closed by accident, it opens as it was. */
  #wish: Wish = FIRST_WISH;
  /** The picture that was shown last. */
  #before: string | undefined;
  readonly #drafts = new Drafting<PictureRequest>(this, {
    place: () => this.#place,
    game: () => this.#findGame(),
    isOpen: () => this.isOpen,
    failed: (error) => this.fail(error),
    ended: () => {
      this.told = '';
    },
  });

  constructor() {
    super();
    this.postId = null;
    this.gameId = null;
    this.textFrom = '';
    this.isOpen = false;
    this.#reset();
  }

  /**
   * Attaches what was chosen to the post that has just been saved. Never rejects: what fails is told beside the button, with
   * one to try again, and is kept for that post alone. @returns whether all are attached
   */
  async attachTo(postId: number): Promise<boolean> {
    hand(this.#place, `post:${postId}`);
    return this.#attachChosen(postId);
  }

  async #attachChosen(postId: number): Promise<boolean> {
    const place: Place = `post:${postId}`;
    const done = await this.attempt(() => attachAll(place, postId, keptAt(place).chosen));
    if (!done) this.owed = postId;
    return done === true;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('user', () => this.#reset());
  }

  protected override refresh(): void {
    this.#drafts.takeUp();
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('postId') && !changed.has('gameId')) return;
    this.#reset();
    this.#drafts.reset();
  }

  /** Nothing of another post, game or user stays. */
  #reset(): void {
    this.#wish = FIRST_WISH;
    this.game = this.gameId;
    this.mayAdd = true;
    this.owed = null;
    this.told = '';
    this.failure = '';
  }

  /** What had the focus is gone when the form gives way to the picture, or the other way round. */
  protected override updated(): void {
    const shown = this.#drafts.shown?.id;
    if (this.isOpen && shown !== this.#before) this.renderRoot.querySelector('h2')?.focus();
    this.#before = shown;
  }

  get #place(): Place {
    return this.postId === null ? `game:${this.gameId ?? 0}:${this.id}` : `post:${this.postId}`;
  }

  /** A post does not say its game by itself, nor whether its reader may illustrate it. */
  async #findGame(): Promise<number | null> {
    const { postId, game } = this;
    if (game !== null || postId === null) return game;
    const place = await api<PostPlace>(`posts/${postId}/image-place`);
    if (postId === this.postId) {
      this.game = place.game_id;
      this.mayAdd = place.can_illustrate;
    }
    return place.game_id;
  }

  protected override render() {
    const drafts = this.#drafts.all?.filter(({ id }) => keptAt(this.#place).chosen.includes(id)) ?? [];
    const act = ({ id }: Generation) => this.#leaveOut(id);
    return html`<div class="stack">
      <div class="row">
        <button type="button" part="button" @click=${this.#open}>${this.say('add_image')}</button>
        <span role="status" class="quiet">${this.isOpen ? '' : this.#status()}</span>
      </div>
      ${drafts.length > 0 ? chosenDrafts(drafts, { words: this.words, act }) : nothing}
      ${this.isOpen ? this.#dialog() : failureLine(this.failure)} ${this.#retry()}
    </div>`;
  }

  #status(): string {
    const { sending, begun } = this.#drafts;
    return draftStatus(this.words, { sending, begun, told: this.told });
  }

  #retry() {
    const postId = this.postId ?? this.owed;
    if (postId === null || keptAt(`post:${postId}`).chosen.length === 0) return nothing;
    const again = () => this.#attachChosen(postId);
    return html`<div class="row"><button type="button" @click=${again}>${this.say('retry')}</button></div>`;
  }

  readonly #open = (): void => {
    this.told = '';
    this.failure = '';
    this.isOpen = true;
    this.#drafts.show(this.#drafts.shown ?? this.#drafts.begun ?? null);
    void this.#drafts.load();
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
        ${this.#drafts.sending === 'waiting' ? html`<p role="status">${this.say('offline_sending')}</p>` : nothing}
        ${failureLine(this.failure)}
        <div class="row end"><button type="button" @click=${closeOwn}>${this.say('close')}</button></div>
      </div>
    </dialog>`;
  }

  /** No form while it is not known whether what it would ask for was asked for already. */
  #content() {
    if (!this.mayAdd) return html`<p>${this.say('may_not_add')}</p>`;
    if (this.#drafts.shown) return this.#made(this.#drafts.shown);
    if (this.game !== null && this.#drafts.isKnown) return this.#form(this.game);
    const { problem } = this.#drafts;
    return notYet(this.words, problem && this.words.code('error', problem), () => this.#drafts.load());
  }

  readonly #closed = (): void => {
    this.isOpen = false;
    const { shown } = this.#drafts;
    if (shown && !isUsable(shown)) this.#change(shown);
  };

  #form(game: number) {
    const { chosen } = keptAt(this.#place);
    const others = this.#drafts.all?.filter((draft) => isUsable(draft) && !chosen.includes(draft.id)) ?? [];
    const act = (draft: Generation) => this.#show(draft);
    return html`${others.length > 0 ? earlierDrafts(others, { words: this.words, act }) : nothing}
      <picture-form
        .gameId=${game}
        .source=${this.#source}
        .wish=${this.#wish}
        ?busy=${this.#drafts.sending !== 'no'}
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
    this.failure = '';
    await this.#drafts.ask({ path: `games/${this.game}/images`, body: request });
  }

  #show(generation: Generation | null): void {
    this.failure = '';
    this.#drafts.show(generation);
  }

  #made(generation: Generation) {
    const { words } = this;
    const request = this.#drafts.requestOf(generation);
    return draftPreview({
      words,
      generation,
      credits: this.#drafts.credits,
      word: this.postId === null ? 'choose' : 'attach',
      isSending: this.#drafts.sending !== 'no',
      changed: this.#changed,
      take: () => this.#take(generation),
      change: () => this.#change(generation),
      again: request ? () => this.#make(withNewSeed(request)) : null,
    });
  }

  /** Back to the form as it was for this picture; its seed can be kept, so that little but the words changes. */
  #change(generation: Generation): void {
    const request = this.#drafts.requestOf(generation);
    if (request) this.#wish = { ...wishOf(request), earlier_seed: generation.seed };
    if (!isUsable(generation)) drop(this.#place, generation.id);
    this.#show(null);
  }

  readonly #changed = (event: CustomEvent<Generation>): void => {
    this.#drafts.show(event.detail);
    if (isFinal(event.detail)) void this.#drafts.load();
  };

  /** Closed meanwhile, the dialog may have been opened again for something else. */
  async #take({ id }: Generation): Promise<void> {
    if (this.postId === null) choose(this.#place, id);
    else if (!(await this.#attach(this.postId, id))) return;
    if (this.#drafts.shown?.id !== id) return;
    this.#drafts.show(null);
    this.renderRoot.querySelector('dialog')?.close();
  }

  async #attach(postId: number, id: string): Promise<boolean> {
    if (!(await this.attempt(() => attachAll(`post:${postId}`, postId, [id])))) return false;
    if (postId === this.postId) this.told = this.say('attached');
    this.dispatchEvent(new CustomEvent('attached', { bubbles: true, composed: true }));
    return true;
  }
}
