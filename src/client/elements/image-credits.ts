// <image-credits>: what the user can spend, what is reserved, when there is more, and what happened to it.
import { css, html, nothing } from 'lit';
import type { CreditEntry, Credits } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine, notYet } from '../parts/failure.ts';
import { look } from '../parts/look.ts';
import { myCredits } from '../service/credits.ts';
import { PagedList } from '../service/paged.ts';

const PAGE = 20;

export class ImageCredits extends ForumElement {
  static override styles = [
    look,
    css`
      table { border-collapse: collapse; width: 100%; max-width: 36rem; }
      td { padding: 0.3em 0.6em 0.3em 0; border-block-start: 1px solid var(--border); }
      td.what { overflow-wrap: anywhere; }
      td.amount { text-align: end; font-variant-numeric: tabular-nums; }
    `,
  ];
  static override properties = { ...ForumElement.properties, credits: { state: true } };

  declare protected credits: Credits | null;
  readonly #entries = new PagedList<CreditEntry>(PAGE, () => this.requestUpdate());

  constructor() {
    super();
    this.credits = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('generations', () => void this.#load());
    void this.#load();
  }

  protected override refresh(): void {
    void this.#load();
  }

  async #load(): Promise<void> {
    const credits = await this.latest(myCredits);
    if (!credits) return;
    this.credits = credits;
    if (this.renderRoot.querySelector('details')?.open) await this.#loadEntries();
  }

  #loadEntries() {
    return this.attempt(() => this.#entries.read('image-credits/entries'));
  }

  protected override render() {
    if (!this.credits) return notYet(this.words, this.failure, () => this.#load());
    const { available, held, allowance, resets_at } = this.credits;
    const written = (count: number) => this.words.count('credits', count);
    return html`<div class="stack">
      <p part="available"><strong>${this.say('available', { credits: written(available) })}</strong></p>
      ${held > 0 ? html`<p class="quiet">${this.say('held', { credits: written(held) })}</p>` : nothing}
      <p class="quiet">${this.say('resets', { date: this.words.date(resets_at), credits: written(allowance) })}</p>
      <details @toggle=${this.#toggled}>
        <summary>${this.say('entries')}</summary>
        ${this.#table()}
      </details>
      ${failureLine(this.failure)}
    </div>`;
  }

  readonly #toggled = ({ target }: Event): void => {
    if ((target as HTMLDetailsElement).open) void this.#loadEntries();
  };

  #table() {
    const { items, cursor } = this.#entries;
    const more = () => this.attempt(() => this.#entries.more());
    return html`<table aria-label=${this.say('entries')}>
        <tbody>
          ${items.map((entry) => this.#row(entry))}
        </tbody>
      </table>
      ${cursor ? html`<div class="row"><button type="button" @click=${more}>${this.say('more')}</button></div>` : nothing}`;
  }

  /** A hold pays nothing yet, and a void nothing back: what they change in what can be spent stands in brackets. */
  #row({ created_at, kind, amount, held, reason }: CreditEntry) {
    const signed = new Intl.NumberFormat(this.words.locale, { signDisplay: 'exceptZero' });
    const moved = amount === 0 ? `(${signed.format(-held)})` : signed.format(amount);
    const note = kind === 'adjust' ? reason : '';
    return html`<tr>
      <td><time datetime=${created_at}>${this.words.date(created_at)}</time></td>
      <td class="what">${this.say(`entry.${kind}`)} ${note}</td>
      <td class="amount">${moved}</td>
    </tr>`;
  }
}
