// Whether a character has trained weights, how a training goes, and the way to start one. Inside <character-studio>; not for pages.
import { html, nothing, type PropertyValues } from 'lit';
import type { Character, Credits, LoraTraining, ReferenceImage } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { isPoor } from '../parts/price.ts';
import { api } from '../service/api.ts';
import { myCredits } from '../service/credits.ts';
import { generate, resume, sendingOf } from '../service/requests.ts';
import { announce } from '../service/tabs.ts';

/** A training takes a quarter of an hour. */
const ASK_MS = 10_000;
/** Pictures that a training learns from, at least. */
const LEAST_PICTURES = 10;

/** @fires failed - with what a request was refused for in `detail`, when the element is in no page any more to tell it */
export class LoraStatus extends ForumElement {
  static override properties = {
    ...ForumElement.properties,
    character: { attribute: false },
    trainings: { state: true },
    credits: { state: true },
    missing: { state: true },
    isSending: { state: true },
  };

  declare character: Character;
  declare protected trainings: LoraTraining[];
  declare protected credits: Credits | null;
  /** Pictures that have to be made first, at most. */
  declare protected missing: number;
  declare protected isSending: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.trainings = [];
    this.credits = null;
    this.missing = 0;
    this.isSending = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('sending', () => this.requestUpdate());
    this.untilGone(() => clearTimeout(this.#timer));
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('character')) this.refresh();
  }

  /** A training that was asked for before a reload, and not answered yet, is asked for still. */
  protected override refresh(): void {
    void this.#load();
    for (const { answer } of resume(this.#path)) void this.#send(answer);
  }

  get #path(): string {
    return `characters/${this.character.id}/lora-trainings`;
  }

  async #load(): Promise<void> {
    const found = await this.latest(() =>
      Promise.all([
        api<LoraTraining[]>(this.#path),
        myCredits(),
        api<ReferenceImage[]>(`characters/${this.character.id}/reference-images`),
      ]),
    );
    if (found) this.#take(...found);
    clearTimeout(this.#timer);
    if (this.#running && this.isConnected) this.#timer = setTimeout(() => void this.#load(), ASK_MS);
  }

  #take(trainings: LoraTraining[], credits: Credits, pictures: ReferenceImage[]): void {
    this.trainings = trainings;
    this.credits = credits;
    const fit = pictures.filter(({ takedown }) => takedown === null);
    this.missing = Math.max(0, LEAST_PICTURES - fit.length);
  }

  get #running(): LoraTraining | undefined {
    return this.trainings.find(({ finished_at }) => finished_at === null);
  }

  protected override render() {
    return html`<section class="stack">
      <p role="status" tabindex="-1">${this.#state()}</p>
      ${this.#running ? this.#progress(this.#running) : this.#standing()} ${failureLine(this.failure)}
    </section>`;
  }

  #state(): string {
    if (sendingOf(this.#path) === 'waiting') return this.say('offline_sending');
    if (this.isSending) return this.say('sending');
    if (this.#running) return this.say('lora_running');
    return this.say(this.character.lora || this.trainings[0]?.status === 'succeeded' ? 'lora_ready' : 'lora_none');
  }

  #progress({ id, progress }: LoraTraining) {
    return html`<progress max="1" .value=${progress} aria-label=${this.say('progress')}></progress>
      <div class="row"><button type="button" @click=${() => this.#cancel(id)}>${this.say('cancel')}</button></div>`;
  }

  #standing() {
    return html`${this.trainings[0]?.status === 'failed' ? html`<p class="failure">${this.say('lora_failed')}</p>` : nothing}
      ${this.credits ? this.#offer(this.credits) : nothing}`;
  }

  #offer(credits: Credits) {
    const price = credits.prices.training + this.missing * credits.prices.reference;
    const told = {
      price: this.words.count('credits', price),
      left: this.words.count('credits', credits.available),
      missing: this.missing,
    };
    const isClosed = this.isSending || isPoor(credits, price);
    const word = this.isSending ? 'sending' : 'lora_train';
    return html`<p class="quiet">${this.say(this.missing > 0 ? 'lora_price' : 'price', told)}</p>
      <div class="row"><button type="button" ?disabled=${isClosed} @click=${this.#train}>${this.say(word)}</button></div>`;
  }

  readonly #train = (): void => {
    this.focusStatus();
    void this.#send(generate(this.#path, { path: this.#path, body: { generate_missing: true } }));
  };

  #cancel(id: string): void {
    this.focusStatus();
    const canceled = api(`${this.#path}/${id}`, { method: 'DELETE' });
    void this.#send(canceled.finally(() => announce('generations')));
  }

  /** What there is now is read in any case: a refusal may come of what this page did not know. */
  async #send(answer: Promise<unknown>): Promise<void> {
    this.isSending = true;
    const [end] = await Promise.allSettled([answer]);
    this.isSending = false;
    await this.#load();
    if (end.status === 'fulfilled') return;
    this.fail(end.reason);
    if (!this.isConnected) this.dispatchEvent(new CustomEvent('failed', { detail: this.failure }));
  }
}
