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
 * @fires changed - with each change of the generation, in `detail`: who gave it has to give the new one from then on
 * @slot - what may be done with the finished picture
 * @slot failed - what may be done when there is none
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
    isCanceling: { state: true },
  };

  declare generation: Generation;
  declare alt: string;
  declare protected isOnline: boolean;
  declare protected isCanceling: boolean;
  #stop = () => {};

  constructor() {
    super();
    this.alt = '';
    this.isOnline = navigator.onLine;
    this.isCanceling = false;
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
      this.#stop();
    });
  }

  protected override refresh(): void {
    this.#follow();
  }

  /** What has ended does not begin anew: a list that was asked for before the end was overtaken by it. */
  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const before = changed.get('generation') as Generation | undefined;
    if (before?.id === this.generation.id && isFinal(before) && !isFinal(this.generation)) this.generation = before;
  }

  protected override updated(changed: PropertyValues): void {
    const before = changed.get('generation') as Generation | undefined;
    if (changed.has('generation') && before?.id !== this.generation.id) this.#follow();
  }

  #follow(): void {
    this.#stop();
    this.#stop = follow(this.generation, {
      changed: (now) => this.#become(now),
      lost: (error) => this.fail(error),
    });
  }

  #become(now: Generation): void {
    this.failure = '';
    this.generation = now;
    this.dispatchEvent(new CustomEvent('changed', { detail: now, bubbles: true, composed: true }));
  }

  /** The line of the state is always there, so that a screen reader notices when it changes. */
  protected override render() {
    const { generation } = this;
    const src = generation.status === 'succeeded' ? generation.image_url : null;
    return html`<div class="stack" part="progress">
      <p role="status" tabindex="-1">${this.#state()}</p>
      ${src ? this.#finished(src) : isFinal(generation) ? html`<slot name="failed"></slot>` : this.#underWay()}
      ${failureLine(this.failure)}
    </div>`;
  }

  #state(): string {
    const { status, image_url, error } = this.generation;
    if (status === 'failed') return this.words.code('failed', error?.code ?? 'other');
    return this.say(status === 'succeeded' && !image_url ? 'gone' : status);
  }

  #finished(src: string) {
    return html`<figure>${picture({ src, alt: this.alt, width: null, height: null })}${badge(this.words)}</figure>
      <slot></slot>`;
  }

  #underWay() {
    return html`<progress max="1" .value=${this.generation.progress} aria-label=${this.say('progress')}></progress>
      ${this.isOnline ? nothing : html`<p class="quiet">${this.say('offline_waiting')}</p>`}
      <div class="row"><button type="button" ?disabled=${this.isCanceling} @click=${this.#cancel}>${this.say('cancel')}</button></div>`;
  }

  readonly #cancel = async (): Promise<void> => {
    const { id } = this.generation;
    this.focusStatus();
    this.isCanceling = true;
    await this.attempt(async () => {
      const canceled = await api<Generation>(`generations/${encodeURIComponent(id)}`, { method: 'DELETE' });
      if (this.generation.id === id) this.#become(canceled);
    });
    this.isCanceling = false;
  };
}
