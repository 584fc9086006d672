// <my-generations>: everything that the user asked for, newest first: what is under way, what came of it, and what it cost.
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Generation } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine, notYet } from '../parts/failure.ts';
import { look } from '../parts/look.ts';
import { api, type Page, query } from '../service/api.ts';
import { isFinal } from '../service/follow.ts';

const PAGE = 20;
/** As many as one request may ask for. */
const MOST = 100;

export class MyGenerations extends ForumElement {
  static override styles = [
    look,
    css`
      ul { display: grid; gap: 0.8em; }
      generation-card { max-width: 20rem; }
    `,
  ];
  static override properties = { ...ForumElement.properties, generations: { state: true }, cursor: { state: true } };

  declare protected generations: Generation[] | null;
  declare protected cursor: string | null;

  constructor() {
    super();
    this.generations = null;
    this.cursor = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('generations', () => void this.#load(null));
    void this.#load(null);
  }

  protected override refresh(): void {
    void this.#load(null);
  }

  /** Read anew, as much is shown as was. */
  #load(cursor: string | null) {
    const limit = cursor === null ? Math.min(Math.max(PAGE, this.generations?.length ?? 0), MOST) : PAGE;
    return this.attempt(async () => {
      const page = await api<Page<Generation>>(`generations${query({ limit, cursor })}`);
      this.generations = cursor === null ? page.items : [...(this.generations ?? []), ...page.items];
      this.cursor = page.next_cursor;
    });
  }

  protected override render() {
    if (!this.generations) return notYet(this.words, this.failure, () => this.#load(null));
    const more = () => void this.#load(this.cursor);
    return html`<div class="stack">
      ${failureLine(this.failure)} ${this.generations.length === 0 ? html`<p class="quiet">${this.say('my_generations_empty')}</p>` : nothing}
      <ul part="list">${repeat(
        this.generations,
        ({ id }) => id,
        (generation) => this.#row(generation),
      )}</ul>
      ${this.cursor ? html`<div class="row"><button type="button" @click=${more}>${this.say('more')}</button></div>` : nothing}
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
    this.generations = (this.generations ?? []).map((one) => (one.id === detail.id ? detail : one));
  };

  /** What ended without a picture says itself that it cost nothing. */
  #price(generation: Generation) {
    const { cost } = generation;
    const credits = this.words.count('credits', cost.credits);
    if (cost.charged) return html`· ${this.say('cost', { credits })}`;
    return isFinal(generation) ? nothing : html`· ${this.say('cost_reserved', { credits })}`;
  }
}
