// How a character looks: candidates side by side, made as often as wanted, and the one that is accepted. Inside
// <character-studio>; not for pages.
import { css, html, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Character, Credits, Generation, ReferenceImage } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine, notYet } from '../parts/failure.ts';
import { look } from '../parts/look.ts';
import { badge, picture } from '../parts/picture.ts';
import { isPoor, priceLine } from '../parts/price.ts';
import { takenDown } from '../parts/taken-down.ts';
import { api } from '../service/api.ts';
import { myCredits } from '../service/credits.ts';
import { isFinal } from '../service/follow.ts';
import { myGenerations } from '../service/mine.ts';
import { generate, resume, sendingOf } from '../service/requests.ts';
import { announce } from '../service/tabs.ts';

const COUNTS = [1, 2, 3, 4];

/**
 * @fires accepted - with the character in `detail`
 * @fires failed - with the words for it in `detail`, where this is in the page no more to say so itself
 */
export class ReferencePicker extends ForumElement {
  static override styles = [
    look,
    css`
      ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(11rem, 45%), 1fr)); gap: 0.8em; }
      li { align-content: start; }
      figure { position: relative; }
      figure img { width: 100%; }
      .accepted { outline: 3px solid var(--accent); }
      [aria-pressed='true'] { border-color: transparent; background: none; font-weight: 600; cursor: default; }
    `,
  ];
  static override properties = {
    ...ForumElement.properties,
    character: { attribute: false },
    candidates: { state: true },
    running: { state: true },
    credits: { state: true },
    count: { state: true },
  };

  declare character: Character;
  declare protected candidates: ReferenceImage[] | null;
  declare protected running: Generation[];
  declare protected credits: Credits | null;
  declare protected count: number;

  constructor() {
    super();
    this.candidates = null;
    this.running = [];
    this.credits = null;
    this.count = 2;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('generations', () => void this.#load());
    this.hearOf('sending', () => this.requestUpdate());
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const before = changed.get('character') as Character | undefined;
    if (changed.has('character') && before?.id !== this.character.id) this.#takeUp();
  }

  protected override refresh(): void {
    this.#takeUp();
  }

  get #path(): string {
    return `characters/${this.character.id}/reference-images`;
  }

  /** Also what was asked for before a reload, and in another tab. */
  #takeUp(): void {
    for (const { answer } of resume(this.#path)) void this.#await(answer);
    void this.#load();
  }

  #load() {
    return this.attempt(async () => {
      const path = this.#path;
      const [candidates, mine, credits] = await Promise.all([
        api<ReferenceImage[]>(path),
        myGenerations(),
        myCredits(),
      ]);
      if (path !== this.#path) return;
      this.candidates = candidates;
      this.credits = credits;
      const ofCharacter = mine.filter(
        ({ kind, character_ids }) => kind === 'reference' && character_ids[0] === this.character.id,
      );
      const failed = this.running.filter(({ status }) => status === 'failed');
      this.running = [...failed, ...ofCharacter.filter((generation) => !isFinal(generation))];
    });
  }

  protected override render() {
    if (!this.candidates) return notYet(this.words, this.failure, () => this.#load());
    return html`<section class="stack">
      <h3>${this.say('references')}</h3>
      ${this.candidates.length + this.running.length === 0 ? html`<p class="quiet">${this.say('references_none')}</p>` : nothing}
      ${this.#order()} ${failureLine(this.failure)}
      <ul part="candidates">
        ${repeat(
          this.running,
          ({ id }) => id,
          (generation) => this.#underWay(generation),
        )}
        ${repeat(
          this.candidates,
          ({ id }) => id,
          (candidate, index) => this.#candidate(candidate, this.candidates ? this.candidates.length - index : 0),
        )}
      </ul>
    </section>`;
  }

  #order() {
    const sending = sendingOf(this.#path);
    const price = (this.credits?.prices.reference ?? 0) * this.count;
    const option = (count: number) => html`<option value=${count} ?selected=${count === this.count}>${count}</option>`;
    return html`<div class="row bottom">
        <label
          >${this.say('candidates_count')}
          <select name="count" @change=${({ target }: Event) => this.#setCount(target as HTMLSelectElement)}>${COUNTS.map(option)}</select>
        </label>
        <button type="button" class="primary" ?disabled=${sending !== 'no' || isPoor(this.credits, price)} @click=${this.#make}>
          ${this.say(sending === 'no' ? 'make_candidates' : 'sending')}
        </button>
      </div>
      ${priceLine(this.words, this.credits, price)}
      ${sending === 'waiting' ? html`<p role="status">${this.say('offline_sending')}</p>` : nothing}`;
  }

  #setCount(select: HTMLSelectElement): void {
    this.count = Number(select.value);
  }

  readonly #make = (): void => {
    if (sendingOf(this.#path) !== 'no') return;
    this.failure = '';
    void this.#await(generate(this.#path, { path: this.#path, body: { count: this.count } }));
  };

  async #await(answer: Promise<Generation[]>): Promise<void> {
    const path = this.#path;
    try {
      const made = await answer;
      if (path === this.#path) this.#add(made);
    } catch (error) {
      this.fail(error);
      if (!this.isConnected) this.dispatchEvent(new CustomEvent('failed', { detail: this.failure }));
    }
  }

  #add(made: Generation[]): void {
    const others = this.running.filter(({ id }) => !made.some((one) => one.id === id));
    this.running = [...made, ...others];
  }

  #underWay(generation: Generation) {
    return html`<li class="card">
      <generation-card .generation=${generation} .alt=${generation.alt_text} @changed=${this.#changed}></generation-card>
    </li>`;
  }

  readonly #changed = ({ detail }: CustomEvent<Generation>): void => {
    this.running = this.running.map((one) => (one.id === detail.id ? detail : one));
    if (detail.status === 'succeeded') void this.#load();
  };

  /** @param number from the oldest one, so that it stays the same when there are more */
  #candidate(candidate: ReferenceImage, number: number) {
    const { image_url, thumbnail_url, width, height, accepted, takedown } = candidate;
    if (takedown) return html`<li>${takenDown(this.words, takedown)}</li>`;
    const alt = this.say('candidate', { name: this.character.name, number });
    const word = this.say(accepted ? 'accepted' : 'accept');
    return html`<li class="stack">
      <figure class=${accepted ? 'accepted' : ''}>${picture({ src: thumbnail_url ?? image_url ?? '', alt, width, height })}${badge(this.words)}</figure>
      <button type="button" aria-pressed=${accepted} aria-label="${word}: ${alt}" @click=${() => this.#accept(candidate)}>${word}</button>
    </li>`;
  }

  /** The button stays when it has done its work, and the focus with it. */
  async #accept({ id, accepted }: ReferenceImage): Promise<void> {
    if (accepted) return;
    await this.attempt(async () => {
      const path = `characters/${this.character.id}/reference-image`;
      const character = await api<Character>(path, { method: 'PUT', body: { reference_image_id: id } });
      this.dispatchEvent(new CustomEvent('accepted', { detail: character }));
      announce('characters');
      await this.#load();
    });
  }
}
