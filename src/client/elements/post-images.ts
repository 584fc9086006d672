// <post-images post-ids="1,2">: the pictures of posts, each with what its viewer may do with it.
import { css, html, nothing, type PropertyValues } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { PostImage } from '../../contract.ts';
import {
  closeOnChoice,
  closeOnEscape,
  closeOwn,
  closeWhenLeft,
  closeWhenPressedOutside,
  showModally,
} from '../parts/dialog.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { textOf } from '../parts/field.ts';
import { areHidden, hidePictures } from '../parts/hidden.ts';
import { openLightbox } from '../parts/lightbox.ts';
import { look } from '../parts/look.ts';
import { badge, picture } from '../parts/picture.ts';
import { takenDown } from '../parts/taken-down.ts';
import { api } from '../service/api.ts';
import { picturesOf } from '../service/pictures.ts';
import { announce } from '../service/tabs.ts';

/** What is asked about a picture, in a dialog. */
interface Pane {
  image: PostImage;
  word: 'make_another' | 'report' | 'delete_picture';
  isSending?: boolean;
}

/**
 * @attr post-ids - ids of posts, separated by commas; all elements of a page together make one request
 * @csspart image - each picture
 */
export class PostImages extends ForumElement {
  static override styles = [
    look,
    css`
      ul { display: flex; flex-wrap: wrap; gap: 0.7em; }
      figure { position: relative; }
      .open { padding: 0; border: 0; background: none; }
      .open img { height: var(--forum-images-height, 14rem); width: auto; max-width: 100%; object-fit: cover; }
      details { position: absolute; inset-block-start: 6px; inset-inline-end: 6px; }
      summary { display: grid; place-items: center; width: 2.75em; height: 2.75em; border-radius: 50%; background: #000a; color: #fff; cursor: pointer; list-style: none; }
      summary::-webkit-details-marker { display: none; }
      .menu { position: absolute; z-index: 2; inset-inline-end: 0; display: grid; min-width: 13rem; padding: 0.3em; }
      .menu button { border: 0; text-align: start; }
      .unsized { aspect-ratio: 1; }
      @media (max-width: 40rem) {
        .menu { position: fixed; inset: auto 0 0; border-radius: var(--radius) var(--radius) 0 0; box-shadow: 0 -4px 30px #0007; }
        .menu button { min-height: 3.2em; }
      }
    `,
  ];
  static override properties = {
    ...ForumElement.properties,
    postIds: { attribute: 'post-ids' },
    images: { state: true },
    pane: { state: true },
    refusal: { state: true },
    told: { state: true },
  };

  declare postIds: string;
  declare protected images: PostImage[];
  declare protected pane: Pane | null;
  /** Why what the dialog asked for was not done; empty for nothing. */
  declare protected refusal: string;
  /** What was done last, in words. */
  declare protected told: string;
  /** What was being written about a picture when its dialog was closed, perhaps by accident. */
  readonly #reasons = new Map<number, string>();

  constructor() {
    super();
    this.postIds = '';
    this.images = [];
    this.pane = null;
    this.refusal = '';
    this.told = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('pictures', () => void this.#load());
    this.hearOf('hidden', () => this.requestUpdate());
    this.hearOf('user', () => this.#reasons.clear());
  }

  protected override refresh(): void {
    void this.#load();
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('postIds')) return;
    const ids = this.#ids;
    this.images = this.images.filter(({ post_id }) => ids.includes(post_id));
    void this.#load();
  }

  get #ids(): number[] {
    return this.postIds.split(',').map(Number).filter(Number.isSafeInteger).filter(Boolean);
  }

  /** What is known already is there with the first paint: nothing moves. */
  async #load(): Promise<void> {
    const found = await this.latest(() => Promise.all(this.#ids.map((id) => picturesOf(id))));
    this.images = found?.flat() ?? this.images;
  }

  /** The line of the state is always there, so that a screen reader notices when it changes. */
  protected override render() {
    return html`${this.images.length > 0 ? this.#pictures() : nothing} ${this.failure ? this.#retry() : nothing}
      <p role="status" tabindex="-1" class="quiet">${this.told}</p>
      ${this.pane ? this.#dialog(this.pane) : nothing}`;
  }

  #pictures() {
    if (areHidden()) return this.#hidden();
    return html`<ul part="list">
      ${this.images.map((image) => html`<li>${this.#figure(image)}</li>`)}
    </ul>`;
  }

  #retry() {
    return html`<div class="row">
      ${failureLine(this.say('pictures_failed'))} <button type="button" @click=${() => this.#load()}>${this.say('retry')}</button>
    </div>`;
  }

  #hidden() {
    return html`<p class="row quiet" part="hidden">
      ${this.words.count('hidden', this.images.length)}
      <button type="button" @click=${() => hidePictures(false)}>${this.say('show_pictures')}</button>
    </p>`;
  }

  #figure(image: PostImage) {
    if (image.takedown) return takenDown(this.words, image.takedown);
    const { alt_text: alt, width, height } = image;
    const shown = { src: image.thumbnail_url ?? image.image_url ?? '', alt, width, height };
    return html`<figure>
      <button type="button" class="open" aria-label=${this.say('open_picture', { alt })} @click=${() => this.#open(image)}>
        ${picture(shown)}
      </button>
      ${badge(this.words)}
      ${this.#menu(image)}
    </figure>`;
  }

  #open(image: PostImage): void {
    const visible = this.images.filter(({ image_url }) => image_url);
    openLightbox(visible, visible.indexOf(image), this.words);
  }

  #menu(image: PostImage) {
    const item = (word: Pane['word']) =>
      html`<button type="button" @click=${() => this.#show({ image, word })}>${this.say(word)}</button>`;
    return html`<details @toggle=${closeWhenPressedOutside} @focusout=${closeWhenLeft} @click=${closeOnChoice} @keydown=${closeOnEscape}>
      <summary aria-label=${this.say('picture_menu')}><span aria-hidden="true">⋯</span></summary>
      <div class="menu card" part="menu">
        ${image.can_regenerate ? item('make_another') : nothing} ${item('report')}
        ${image.can_delete ? item('delete_picture') : nothing}
        <button type="button" @click=${() => hidePictures(true)}>${this.say('hide_pictures')}</button>
      </div>
    </details>`;
  }

  #show(pane: Pane): void {
    this.refusal = '';
    this.told = '';
    this.pane = pane;
  }

  #dialog(pane: Pane) {
    return html`<dialog ${ref(showModally)} @close=${this.#closed} aria-label=${this.say(pane.word)} part="dialog">
      <div class="stack">
        <h2>${this.say(pane.word)}</h2>
        ${this.#paneContent(pane)} ${failureLine(this.refusal)}
        <div class="row end"><button type="button" @click=${closeOwn}>${this.say('close')}</button></div>
      </div>
    </dialog>`;
  }

  #paneContent(pane: Pane) {
    const { image, word } = pane;
    switch (word) {
      case 'report':
        return html`<form class="stack" @submit=${(event: SubmitEvent) => this.#report(event, pane)}>
          <label
            >${this.say('report_reason')}
            <textarea name="reason" rows="3" maxlength="500" required .value=${this.#reasons.get(image.id) ?? ''}
              @input=${(event: InputEvent) => this.#reasons.set(image.id, textOf(event))}></textarea>
          </label>
          <div class="row"><button class="primary">${this.say('report')}</button></div>
        </form>`;
      case 'delete_picture':
        return html`<p>${this.say('delete_sure')}</p>
          <div class="row"><button type="button" class="danger" @click=${() => this.#delete(pane)}>${this.say('delete_picture')}</button></div>`;
      case 'make_another':
        return html`<another-like
          .image=${image}
          @attached=${() => this.#done(pane, 'attached')}
          @failed=${({ detail }: CustomEvent<string>) => this.#tell(detail)}
        ></another-like>`;
    }
  }

  #report(event: SubmitEvent, pane: Pane) {
    event.preventDefault();
    const { id } = pane.image;
    const reason = this.#reasons.get(id);
    return this.#finish(pane, 'report_sent', async () => {
      await api(`post-images/${id}/report`, { method: 'POST', body: { reason } });
      if (this.#reasons.get(id) === reason) this.#reasons.delete(id);
    });
  }

  async #delete(pane: Pane): Promise<void> {
    await this.#finish(pane, 'deleted', () => api(`post-images/${pane.image.id}`, { method: 'DELETE' }));
    announce('pictures');
  }

  async #finish(pane: Pane, word: 'report_sent' | 'deleted', work: () => Promise<unknown>): Promise<void> {
    if (pane.isSending) return;
    pane.isSending = true;
    try {
      await work();
      this.#done(pane, word);
    } catch (error) {
      const reason = this.reasonOf(error);
      if (this.pane === pane) this.refusal = reason;
      else this.#tell(reason);
    } finally {
      pane.isSending = false;
    }
  }

  /** A dialog that was opened while the answer was on its way asks for something else, and stays. */
  #done(pane: Pane, word: 'report_sent' | 'deleted' | 'attached'): void {
    if (this.pane === pane) this.renderRoot.querySelector('dialog')?.close();
    if (this.pane === pane && word === 'deleted') this.focusStatus(); // what had the focus before goes with the picture
    this.#tell(this.say(word));
  }

  #tell(told: string): void {
    this.told = told;
  }

  readonly #closed = (): void => {
    this.pane = null;
  };
}
