// Another picture from the recipe of one: what may change, the price, the picture, and the way into the post. Inside
// <post-images>; not for pages.
import { html, nothing, type PropertyValues } from 'lit';
import type { AgainRequest, Generation, PostImage } from '../../contract.ts';
import { Drafting } from '../parts/drafting.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine, notYet } from '../parts/failure.ts';
import { isPoor, priceLine } from '../parts/price.ts';
import { attachAll } from '../service/attach.ts';
import { drop, type Place } from '../service/places.ts';
import { hear } from '../service/tabs.ts';

/** What the form of each picture says: closed by accident, it opens as it was. */
const written = new Map<number, AgainRequest>();
hear('user', () => written.clear());

/**
 * @fires attached - it is in the post now
 * @fires failed - with the words for it in `detail`, where this is in the page no more to say so itself
 */
export class AnotherLike extends ForumElement {
  static override properties = { ...ForumElement.properties, image: { attribute: false } };

  declare image: PostImage;
  /** The picture that was shown last. */
  #before: string | undefined;
  readonly #drafts = new Drafting<AgainRequest>(this, {
    place: () => this.#place,
    game: async () => this.image.game_id,
    isOpen: () => true,
    failed: (error) => this.#refused(error),
  });

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const before = changed.get('image') as PostImage | undefined;
    if (changed.has('image') && before?.id !== this.image.id) this.#drafts.reset();
  }

  protected override refresh(): void {
    this.#drafts.takeUp();
  }

  /** What had the focus is gone when the form gives way to the picture, or the other way round. */
  protected override updated(): void {
    const shown = this.#drafts.shown?.id;
    if (shown !== this.#before) this.renderRoot.querySelector<HTMLElement>('h3, textarea')?.focus();
    this.#before = shown;
  }

  get #place(): Place {
    return `like:${this.image.id}`;
  }

  get #written(): AgainRequest {
    return written.get(this.image.id) ?? { seed: 'new' };
  }

  #write(request: AgainRequest): void {
    written.set(this.image.id, request);
  }

  #refused(error: unknown): void {
    this.fail(error);
    if (!this.isConnected) this.dispatchEvent(new CustomEvent('failed', { detail: this.failure }));
  }

  protected override render() {
    return html`<div class="stack">
      ${this.#content()}
      ${this.#drafts.sending === 'waiting' ? html`<p role="status">${this.say('offline_sending')}</p>` : nothing}
      ${failureLine(this.failure)}
    </div>`;
  }

  /** No form while it is not known whether what it would ask for was asked for already. */
  #content() {
    const { shown, isKnown, problem } = this.#drafts;
    if (shown) return this.#preview(shown);
    if (isKnown) return this.#form();
    return notYet(this.words, problem && this.words.code('error', problem), () => this.#drafts.load());
  }

  #form() {
    const { credits, sending } = this.#drafts;
    const { scene = '', seed } = this.#written;
    const price = credits?.prices.draft ?? 0;
    const isClosed = sending !== 'no' || isPoor(credits, price);
    return html`<form class="stack" @submit=${this.#submit} @input=${this.#keep}>
      <label
        >${this.say('new_scene')} <span class="quiet">(${this.say('optional')})</span>
        <textarea name="scene" rows="2" maxlength="1000" .value=${scene}></textarea>
      </label>
      <label
        >${this.say('seed')}
        <select name="seed" .value=${seed ?? 'new'}>
          <option value="new">${this.say('seed_new')}</option>
          <option value="same">${this.say('seed_same')}</option>
        </select>
      </label>
      ${priceLine(this.words, credits, price)}
      <div class="row">
        <button class="primary" ?disabled=${isClosed}>${this.say(sending === 'no' ? 'make' : 'sending')}</button>
      </div>
    </form>`;
  }

  readonly #keep = (event: Event): void => {
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    this.#write({ seed: fields.get('seed') as AgainRequest['seed'], scene: String(fields.get('scene')) });
  };

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    this.failure = '';
    const scene = this.#written.scene?.trim();
    const body: AgainRequest = { seed: this.#written.seed, ...(scene && { scene }) };
    void this.#drafts.ask({ path: `post-images/${this.image.id}/regenerate`, body });
  };

  #preview(generation: Generation) {
    const again = html`<button type="button" @click=${() => this.#back(generation)}>${this.say('back')}</button>`;
    const changed = ({ detail }: CustomEvent<Generation>) => this.#drafts.show(detail);
    return html`<h3 tabindex="-1">${this.say('ai_picture')}</h3>
      <generation-card .generation=${generation} .alt=${generation.alt_text} @changed=${changed}>
        <div class="row">
          <button type="button" class="primary" @click=${() => this.#attach(generation)}>${this.say('attach')}</button> ${again}
        </div>
        <div class="row" slot="failed">${again}</div>
      </generation-card>`;
  }

  /** To the form, with the words that this picture was asked for with. */
  #back(generation: Generation): void {
    const request = this.#drafts.requestOf(generation);
    if (request) this.#write(request);
    drop(this.#place, generation.id);
    this.failure = '';
    this.#drafts.show(null);
  }

  #attach({ id }: Generation) {
    return this.attempt(async () => {
      await attachAll(this.#place, this.image.post_id, [id]);
      written.delete(this.image.id);
      if (this.isConnected) this.dispatchEvent(new CustomEvent('attached'));
    });
  }
}
