// Another picture from the recipe of one: what may change, the price, the picture, and the way into the post. Inside
// <post-images>; not for pages.
import { html, nothing } from 'lit';
import type { AgainRequest, Credits, Generation, PostImage } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { isPoor, priceLine } from '../parts/price.ts';
import { attach } from '../service/attach.ts';
import { myCredits } from '../service/credits.ts';
import { generate } from '../service/requests.ts';
import { announce } from '../service/tabs.ts';

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
  }

  async #load(): Promise<void> {
    this.credits = await myCredits().catch(() => this.credits);
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
    const made = await this.attempt(() => generate(path, { path, body }, waiting));
    this.sending = 'no';
    this.made = made?.[0] ?? null;
  };

  #preview(generation: Generation) {
    const back = () => {
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
      await attach(this.image.post_id, id);
      announce('pictures');
      announce('generations');
      this.dispatchEvent(new CustomEvent('attached'));
    });
  }
}
