// <add-image>: a button that leads from a wish to a picture in a post, before the post is saved and after.
import { css, html, nothing, type PropertyValues } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Generation, PictureRequest, PostPlace } from '../../contract.ts';
import { closeOwn, showModally } from '../parts/dialog.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { look } from '../parts/look.ts';
import { badge, picture } from '../parts/picture.ts';
import { ApiError, api } from '../service/api.ts';
import { isFinal } from '../service/follow.ts';
import { unusedDrafts } from '../service/mine.ts';
import { keepAt, keptAt, type Place } from '../service/places.ts';
import { generate, resume } from '../service/requests.ts';
import { announce } from '../service/tabs.ts';
import type { Source } from './picture-form.ts';

/**
 * @attr post-id - of a saved post: pictures are attached to it
 * @attr game-id - for a post that is not saved yet: pictures are kept until `attachTo(postId)`
 * @attr id - where a page has several for posts that are not saved yet: tells them apart, also after a reload
 * @attr text-from - a selector of the field that the post is written in, to suggest scenes from
 * @fires attached - a picture is in the post now
 */
export class AddImage extends ForumElement {
  static override styles = [
    look,
    css`
      .drafts { display: flex; flex-wrap: wrap; gap: 0.6em; }
      .drafts li,
      .drafts figure { position: relative; }
      .drafts img { height: 6rem; width: auto; }
      .pick { padding: 0; border: 0; background: none; position: relative; }
    `,
  ];
  static override properties = {
    ...ForumElement.properties,
    postId: { attribute: 'post-id', type: Number },
    gameId: { attribute: 'game-id', type: Number },
    textFrom: { attribute: 'text-from' },
    isOpen: { state: true },
    isSending: { state: true },
    shown: { state: true },
    unused: { state: true },
    game: { state: true },
    told: { state: true },
  };

  declare postId: number | null;
  declare gameId: number | null;
  declare textFrom: string;
  declare protected isOpen: boolean;
  declare protected isSending: boolean;
  /** The one that the dialog is about; null while the form is shown. */
  declare protected shown: Generation | null;
  declare protected unused: Generation[];
  declare protected game: number | null;
  declare protected told: string;
  #request: PictureRequest | null = null;

  constructor() {
    super();
    this.postId = null;
    this.gameId = null;
    this.textFrom = '';
    this.isOpen = false;
    this.isSending = false;
    this.shown = null;
    this.unused = [];
    this.game = null;
    this.told = '';
  }

  /** Attaches what was chosen to the post that has just been saved. Safe to repeat. */
  async attachTo(postId: number): Promise<void> {
    for (const id of keptAt(this.#place).chosen) {
      await attach(postId, id);
      this.#keep({ begun: [], chosen: keptAt(this.#place).chosen.filter((other) => other !== id) });
    }
    announce('pictures');
    announce('generations');
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('generations', () => void this.#loadUnused());
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('postId') || changed.has('gameId')) void this.#takeUp();
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

  #keep(kept: ReturnType<typeof keptAt>): void {
    keepAt(this.#place, kept);
    this.requestUpdate();
  }

  /** What was begun here before a reload goes on. */
  async #takeUp(): Promise<void> {
    this.game = this.gameId;
    const { begun, chosen } = keptAt(this.#place);
    if (begun.length + chosen.length > 0) await this.#loadUnused();
    if (this.game !== null) for (const sent of resume(this.#draftPath)) this.#begin(await sent);
  }

  get #draftPath(): string {
    return `games/${this.game}/images`;
  }

  async #loadUnused(): Promise<void> {
    const game = await this.#findGame();
    this.unused = game === null ? [] : await unusedDrafts(game).catch(() => this.unused);
    this.shown = this.unused.find(({ id }) => id === this.shown?.id) ?? this.shown;
  }

  /** A post does not say its game by itself. */
  async #findGame(): Promise<number | null> {
    if (this.game === null && this.postId !== null) {
      const place = await this.attempt(() => api<PostPlace>(`posts/${this.postId}/image-place`));
      this.game = place?.game_id ?? null;
    }
    return this.game;
  }

  protected override render() {
    const { chosen, begun } = keptAt(this.#place);
    const running = this.unused.filter(({ id, status }) => begun.includes(id) && status !== 'succeeded');
    return html`<div class="stack">
      <div class="row">
        <button type="button" part="button" @click=${this.#open}>${this.say('add_image')}</button>
        ${running.length > 0 ? html`<span role="status" class="quiet">${this.say('running')}</span>` : nothing}
        <span role="status" class="quiet">${this.told}</span>
      </div>
      ${this.#chosenDrafts(chosen)} ${this.isOpen ? this.#dialog() : failureLine(this.failure)}
    </div>`;
  }

  readonly #open = async (): Promise<void> => {
    this.told = '';
    await this.#loadUnused();
    const { begun } = keptAt(this.#place);
    this.shown ??= this.unused.find(({ id }) => begun.includes(id)) ?? null;
    this.isOpen = true;
  };

  #chosenDrafts(chosen: string[]) {
    const drafts = this.unused.filter(({ id }) => chosen.includes(id));
    if (drafts.length === 0) return nothing;
    const chip = (draft: Generation) => html`<li>
      <figure>${this.#thumbnail(draft)}${badge(this.words)}</figure>
      <button type="button" @click=${() => this.#leaveOut(draft.id)}>${this.say('remove')}</button>
    </li>`;
    return html`<p>${this.say('chosen')}</p><ul class="drafts" part="chosen">${repeat(drafts, ({ id }) => id, chip)}</ul>`;
  }

  #leaveOut(id: string): void {
    const { begun, chosen } = keptAt(this.#place);
    this.#keep({ begun, chosen: chosen.filter((other) => other !== id) });
  }

  #thumbnail({ thumbnail_url, image_url, alt_text }: Generation) {
    return picture({ src: thumbnail_url ?? image_url ?? '', alt: alt_text, width: null, height: null });
  }

  #dialog() {
    return html`<dialog ${ref(showModally)} @close=${this.#closed} aria-label=${this.say('add_image')} part="dialog">
      <div class="stack">
        <h2 tabindex="-1">${this.say('add_image')}</h2>
        ${this.shown ? this.#made(this.shown) : this.#form()} ${failureLine(this.failure)}
      </div>
    </dialog>`;
  }

  readonly #closed = (): void => {
    this.isOpen = false;
    if (this.shown && isFinal(this.shown) && this.shown.status !== 'succeeded') this.shown = null;
  };

  #form() {
    const others = this.unused.filter(({ id }) => !keptAt(this.#place).chosen.includes(id));
    return html`${others.length > 0 ? this.#earlier(others) : nothing}
      <picture-form
        .gameId=${this.game ?? 0}
        .source=${this.#source}
        ?busy=${this.isSending}
        @wanted=${(event: CustomEvent<PictureRequest>) => this.#make(event.detail)}
        ><button type="button" @click=${closeOwn}>${this.say('close')}</button></picture-form
      >`;
  }

  #earlier(drafts: Generation[]) {
    const pick = (draft: Generation) => {
      const name = draft.status === 'succeeded' ? draft.alt_text : this.say('running');
      return html`<li>
        <button type="button" class="pick" aria-label=${name} @click=${() => this.#show(draft)}>
          ${draft.status === 'succeeded' ? this.#thumbnail(draft) : html`<span class="card quiet">${name}</span>`}
        </button>
        ${draft.status === 'succeeded' ? badge(this.words) : nothing}
      </li>`;
    };
    return html`<section><h3>${this.say('earlier')}</h3><ul class="drafts">${repeat(drafts, ({ id }) => id, pick)}</ul></section>`;
  }

  readonly #source = (): Source => {
    const field = this.textFrom ? document.querySelector<HTMLTextAreaElement>(this.textFrom) : null;
    return { text: field?.value ?? field?.textContent ?? '', postId: this.postId };
  };

  async #make(request: PictureRequest): Promise<void> {
    this.isSending = true;
    const seed = this.#request?.seed;
    this.#request = { ...request, ...(seed !== undefined && { seed }) };
    const made = await this.attempt(() => generate(this.#draftPath, this.#request));
    this.isSending = false;
    if (made) this.#begin(made);
  }

  #begin(made: Generation[]): void {
    const { begun, chosen } = keptAt(this.#place);
    this.#keep({ begun: [...begun, ...made.map(({ id }) => id)], chosen });
    this.shown = made[0] ?? null;
  }

  #show(generation: Generation | null): void {
    this.failure = '';
    this.shown = generation;
  }

  #made(generation: Generation) {
    const act = (word: 'attach' | 'choose') =>
      html`<button type="button" class="primary" @click=${() => this.#take(generation)}>${this.say(word)}</button>`;
    const again = html`<button type="button" ?disabled=${this.isSending} @click=${this.#another}>${this.say('regenerate_new')}</button>`;
    const change = html`<button type="button" @click=${() => this.#show(null)}>${this.say('change_words')}</button>`;
    return html`<generation-card .generation=${generation} .alt=${generation.alt_text} @changed=${this.#changed}>
        <div class="row">${act(this.postId === null ? 'choose' : 'attach')} ${this.#request ? again : nothing} ${change}</div>
        <div class="row" slot="failed">${change}</div>
      </generation-card>
      <div class="row"><button type="button" @click=${closeOwn}>${this.say('close')}</button></div>`;
  }

  readonly #changed = (event: CustomEvent<Generation>): void => {
    this.shown = event.detail;
    if (isFinal(event.detail)) void this.#loadUnused();
  };

  /** The character's own seed would give the very same picture again. */
  readonly #another = (): void => {
    if (!this.#request) return;
    this.#request = { ...this.#request, seed: crypto.getRandomValues(new Uint32Array(1))[0] };
    void this.#make(this.#request);
  };

  async #take({ id }: Generation): Promise<void> {
    const { postId } = this;
    const { begun, chosen } = keptAt(this.#place);
    if (postId === null)
      this.#keep({ begun: begun.filter((other) => other !== id), chosen: [...new Set([...chosen, id])] });
    else {
      const done = await this.attempt(async () => {
        await attach(postId, id);
        return true;
      });
      if (!done) return;
      this.#keep({ begun: begun.filter((other) => other !== id), chosen });
      this.told = this.say('attached');
      this.dispatchEvent(new CustomEvent('attached', { bubbles: true, composed: true }));
      announce('pictures');
      announce('generations');
    }
    this.shown = null;
    this.renderRoot.querySelector('dialog')?.close();
  }
}

/** One that is in the post already, from an earlier try whose answer was lost, is where it should be. */
async function attach(postId: number, generationId: string): Promise<void> {
  try {
    await api(`posts/${postId}/images`, { method: 'POST', body: { generation_id: generationId } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'conflict') throw error;
  }
}
