// <my-generations>: everything that the user asked for, newest first: what is under way, what came of it, and what it cost.
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Generation } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine, notYet } from '../parts/failure.ts';
import { look } from '../parts/look.ts';
import { isFinal } from '../service/follow.ts';
import { PagedList } from '../service/paged.ts';

const PAGE = 20;

export class MyGenerations extends ForumElement {
  static override styles = [
    look,
    css`
      ul { display: grid; gap: 0.8em; }
      generation-card { max-width: 20rem; }
    `,
  ];

  readonly #list = new PagedList<Generation>(PAGE, () => this.requestUpdate());

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('generations', () => void this.#load());
    void this.#load();
  }

  protected override refresh(): void {
    void this.#load();
  }

  #load() {
    return this.attempt(() => this.#list.read('generations'));
  }

  protected override render() {
    const { items, cursor, isKnown } = this.#list;
    if (!isKnown) return notYet(this.words, this.failure, () => this.#load());
    const more = () => this.attempt(() => this.#list.more());
    return html`<div class="stack">
      ${failureLine(this.failure)} ${items.length === 0 ? html`<p class="quiet">${this.say('my_generations_empty')}</p>` : nothing}
      <ul part="list">${repeat(
        items,
        ({ id }) => id,
        (generation) => this.#row(generation),
      )}</ul>
      ${cursor ? html`<div class="row"><button type="button" @click=${more}>${this.say('more')}</button></div>` : nothing}
    </div>`;
  }

  #row(generation: Generation) {
    const { created_at, alt_text } = generation;
    return html`<li class="card stack">
      <p class="quiet">
        <time datetime=${created_at}>${this.words.date(created_at, { dateStyle: 'medium', timeStyle: 'short' })}</time>
        ${this.#price(generation)}
      </p>
      <p>${alt_text}</p>
      <generation-card .generation=${generation} .alt=${alt_text} @changed=${this.#changed}></generation-card>
    </li>`;
  }

  readonly #changed = ({ detail }: CustomEvent<Generation>): void => {
    this.#list.items = this.#list.items.map((one) => (one.id === detail.id ? detail : one));
    this.requestUpdate();
  };

  /** What ended without a picture says itself that it cost nothing. */
  #price(generation: Generation) {
    const { cost } = generation;
    const credits = this.words.count('credits', cost.credits);
    if (cost.charged) return html`· ${this.say('cost', { credits })}`;
    return isFinal(generation) ? nothing : html`· ${this.say('cost_reserved', { credits })}`;
  }
}
