// Another picture from the recipe of one: what may change, the price, the picture, and the way into the post. Inside
// <post-images>; not for pages.
import { html, nothing } from 'lit';
import type { AgainRequest, Credits, Generation, PostImage } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { isPoor, priceLine } from '../parts/price.ts';
import { attachAll } from '../service/attach.ts';
import { myCredits } from '../service/credits.ts';
import { unusedDrafts } from '../service/mine.ts';
import { begin, drop, keepOnly, keptAt, type Place } from '../service/places.ts';
import { generate, resume } from '../service/requests.ts';

/** @fires attached - it is in the post now */
export class AnotherLike extends ForumElement {
  static override properties = {
    ...ForumElement.properties,
    image: { attribute: false },
    credits: { state: true },
    made: { state: true },
    sending: { state: true },
  };

  declare image: PostImage;
  declare protected credits: Credits | null;
  declare protected made: Generation | null;
  declare protected sending: 'no' | 'yes' | 'waiting';

  constructor() {
    super();
    this.credits = null;
    this.made = null;
    this.sending = 'no';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('generations', () => void this.#load());
    void this.#load();
    void this.#takeUp();
  }

  get #place(): Place {
    return `like:${this.image.id}`;
  }

  async #load(): Promise<void> {
    this.credits = await myCredits().catch(() => this.credits);
  }

  /** What was begun from this picture before the dialog was closed, or the page left, goes on. */
  async #takeUp(): Promise<void> {
    for (const { body, answer } of resume(this.#place))
      this.#begin(await this.attempt(() => answer), body as AgainRequest);
    const drafts = await unusedDrafts(this.image.game_id).catch(() => undefined);
    if (!drafts) return; // what was begun is still among the drafts, when they can be read
    keepOnly(
      this.#place,
      drafts.map(({ id }) => id),
    );
    const { begun } = keptAt(this.#place);
    this.made ??= drafts.find(({ id }) => id in begun) ?? null;
  }

  #begin(made: Generation[] | undefined, request: AgainRequest): void {
    for (const { id } of made ?? []) begin(this.#place, id, request);
    this.made = made?.[0] ?? this.made;
  }

  protected override render() {
    return html`<div class="stack">
      ${this.made ? this.#preview(this.made) : this.#form()}
      ${this.sending === 'waiting' ? html`<p role="status">${this.say('offline_sending')}</p>` : nothing}
      ${failureLine(this.failure)}
    </div>`;
  }

  #form() {
    const price = this.credits?.prices.draft ?? 0;
    const isClosed = this.sending !== 'no' || isPoor(this.credits, price);
    return html`<form class="stack" @submit=${this.#submit}>
      <label
        >${this.say('new_scene')} <span class="quiet">(${this.say('optional')})</span>
        <textarea name="scene" rows="2" maxlength="1000"></textarea>
      </label>
      <label
        >${this.say('seed')}
        <select name="seed">
          <option value="new">${this.say('seed_new')}</option>
          <option value="same">${this.say('seed_same')}</option>
        </select>
      </label>
      ${priceLine(this.words, this.credits, price)}
      <div class="row">
        <button class="primary" ?disabled=${isClosed}>${this.say(this.sending === 'no' ? 'make' : 'sending')}</button>
      </div>
    </form>`;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.sending !== 'no') return;
    const fields = new FormData(event.target as HTMLFormElement);
    const scene = String(fields.get('scene')).trim();
    const body: AgainRequest = { seed: fields.get('seed') as 'new' | 'same', ...(scene && { scene }) };
    const path = `post-images/${this.image.id}/regenerate`;
    this.sending = 'yes';
    const waiting = () => {
      this.sending = 'waiting';
    };
    const made = await this.attempt(() => generate(this.#place, { path, body }, waiting));
    this.sending = 'no';
    this.#begin(made, body);
  };

  #preview(generation: Generation) {
    const back = () => {
      drop(this.#place, generation.id);
      this.made = null;
    };
    const again = html`<button type="button" @click=${back}>${this.say('back')}</button>`;
    const changed = ({ detail }: CustomEvent<Generation>) => {
      this.made = detail;
    };
    return html`<generation-card .generation=${generation} .alt=${generation.alt_text} @changed=${changed}>
      <div class="row">
        <button type="button" class="primary" @click=${() => this.#attach(generation)}>${this.say('attach')}</button> ${again}
      </div>
      <div class="row" slot="failed">${again}</div>
    </generation-card>`;
  }

  #attach({ id }: Generation) {
    return this.attempt(async () => {
      await attachAll(this.#place, this.image.post_id, [id]);
      this.dispatchEvent(new CustomEvent('attached'));
    });
  }
}
