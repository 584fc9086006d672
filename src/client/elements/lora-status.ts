// Whether a character has trained weights, how a training goes, and the way to start one. Inside <character-studio>; not for pages.
import { html, nothing, type PropertyValues } from 'lit';
import type { Character, Credits, LoraTraining, ReferenceImage } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { isPoor } from '../parts/price.ts';
import { api } from '../service/api.ts';
import { myCredits } from '../service/credits.ts';
import { announce } from '../service/tabs.ts';

/** A training takes a quarter of an hour. */
const ASK_MS = 10_000;
/** Pictures that a training learns from, at least. */
const LEAST_PICTURES = 10;

export class LoraStatus extends ForumElement {
  static override properties = {
    ...ForumElement.properties,
    character: { attribute: false },
    trainings: { state: true },
    credits: { state: true },
    missing: { state: true },
  };

  declare character: Character;
  declare protected trainings: LoraTraining[];
  declare protected credits: Credits | null;
  /** Pictures that have to be made first, at most. */
  declare protected missing: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.trainings = [];
    this.credits = null;
    this.missing = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.untilGone(() => clearTimeout(this.#timer));
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('character')) void this.#load();
  }

  protected override refresh(): void {
    void this.#load();
  }

  get #path(): string {
    return `characters/${this.character.id}/lora-trainings`;
  }

  async #load(): Promise<void> {
    await this.attempt(async () => {
      const pictures = api<ReferenceImage[]>(`characters/${this.character.id}/reference-images`);
      [this.trainings, this.credits] = await Promise.all([api<LoraTraining[]>(this.#path), myCredits()]);
      const fit = (await pictures).filter(({ takedown }) => takedown === null);
      this.missing = Math.max(0, LEAST_PICTURES - fit.length);
    });
    clearTimeout(this.#timer);
    if (this.#running) this.#timer = setTimeout(() => void this.#load(), ASK_MS);
  }

  get #running(): LoraTraining | undefined {
    return this.trainings.find(({ finished_at }) => finished_at === null);
  }

  protected override render() {
    return html`<section class="stack">
      ${this.#running ? this.#progress(this.#running) : this.#standing()} ${failureLine(this.failure)}
    </section>`;
  }

  #progress({ id, progress }: LoraTraining) {
    return html`<p role="status">${this.say('lora_running')}</p>
      <progress max="1" .value=${progress} aria-label=${this.say('progress')}></progress>
      <div class="row"><button type="button" @click=${() => this.#cancel(id)}>${this.say('cancel')}</button></div>`;
  }

  #standing() {
    const last = this.trainings[0];
    return html`<p>${this.say(this.character.lora ? 'lora_ready' : 'lora_none')}</p>
      ${last?.status === 'failed' ? html`<p class="failure">${this.say('lora_failed')}</p>` : nothing}
      ${this.credits ? this.#offer(this.credits) : nothing}`;
  }

  #offer(credits: Credits) {
    const price = credits.prices.training + this.missing * credits.prices.reference;
    const told = {
      price: this.words.count('credits', price),
      left: this.words.count('credits', credits.available),
      missing: this.missing,
    };
    return html`<p class="quiet">${this.say(this.missing > 0 ? 'lora_price' : 'price', told)}</p>
      <div class="row">
        <button type="button" ?disabled=${isPoor(credits, price)} @click=${this.#train}>${this.say('lora_train')}</button>
      </div>`;
  }

  readonly #train = () =>
    this.attempt(async () => {
      const headers = { 'Idempotency-Key': crypto.randomUUID() };
      await api(this.#path, { method: 'POST', body: { generate_missing: true }, headers });
      announce('generations');
      await this.#load();
    });

  #cancel(id: string) {
    return this.attempt(async () => {
      await api(`${this.#path}/${id}`, { method: 'DELETE' });
      await this.#load();
    });
  }
}
