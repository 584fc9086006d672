// One generation as its maker sees it: how far it is, how it ended, and what it cost. Inside other elements; not for pages.
import { css, html, nothing, type PropertyValues } from 'lit';
import type { Generation } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { look } from '../parts/look.ts';
import { badge, picture } from '../parts/picture.ts';
import { api } from '../service/api.ts';
import { follow, isFinal } from '../service/follow.ts';

/**
 * @fires changed - with each change of the generation, in `detail`
 * @slot - what may be done with the finished picture
 */
export class GenerationCard extends ForumElement {
  static override styles = [
    look,
    css`
      figure { position: relative; width: fit-content; }
      img { max-height: min(60dvh, 30rem); width: auto; }
    `,
  ];
  static override properties = {
    ...ForumElement.properties,
    generation: { attribute: false },
    alt: { type: String },
    isOnline: { state: true },
  };

  declare generation: Generation;
  declare alt: string;
  declare protected isOnline: boolean;
  #stop = () => {};

  constructor() {
    super();
    this.alt = '';
    this.isOnline = navigator.onLine;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const look = () => {
      this.isOnline = navigator.onLine;
    };
    addEventListener('online', look);
    addEventListener('offline', look);
    this.untilGone(() => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    });
    if (this.generation) this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  protected override updated(changed: PropertyValues): void {
    const before = changed.get('generation') as Generation | undefined;
    if (changed.has('generation') && before?.id !== this.generation.id) this.#follow();
  }

  #follow(): void {
    this.#stop();
    this.#stop = follow(this.generation, (now) => {
      this.generation = now;
      this.dispatchEvent(new CustomEvent('changed', { detail: now, bubbles: true, composed: true }));
    });
  }

  protected override render() {
    const { generation } = this;
    if (generation.status === 'succeeded' && generation.image_url) return this.#finished(generation.image_url);
    return html`<div class="stack" part="progress">
      ${isFinal(generation) ? this.#ended() : this.#underWay()} ${failureLine(this.failure)}
    </div>`;
  }

  #finished(src: string) {
    return html`<div class="stack">
      <figure>${picture({ src, alt: this.alt, width: null, height: null })}${badge(this.words)}</figure>
      <slot></slot>
    </div>`;
  }

  #ended() {
    const { status, error } = this.generation;
    const text = status === 'canceled' ? this.say('canceled') : this.words.code('failed', error?.code ?? 'other');
    return html`<p role="status">${text}</p><slot name="failed"></slot>`;
  }

  #underWay() {
    const { status, progress } = this.generation;
    const text = this.say(status as 'queued' | 'generating' | 'storing');
    // Without a value the bar moves to and fro: nobody knows yet how long it takes.
    return html`<p role="status">${text}</p>
      <progress max="1" .value=${progress} aria-label=${this.say('progress')}></progress>
      ${this.isOnline ? nothing : html`<p class="quiet">${this.say('offline_waiting')}</p>`}
      <div class="row"><button type="button" @click=${this.#cancel}>${this.say('cancel')}</button></div>`;
  }

  readonly #cancel = () =>
    this.attempt(async () => {
      const path = `generations/${encodeURIComponent(this.generation.id)}`;
      this.generation = await api<Generation>(path, { method: 'DELETE' });
      this.dispatchEvent(new CustomEvent('changed', { detail: this.generation, bubbles: true, composed: true }));
    });
}
