// The looks of a character: named outfits, to choose from in scenes. Inside <character-studio>; not for pages.
import { html, nothing, type PropertyValues } from 'lit';
import type { Look } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { api } from '../service/api.ts';
import { announce } from '../service/tabs.ts';

export class CharacterLooks extends ForumElement {
  static override properties = { ...ForumElement.properties, characterId: { type: Number }, looks: { state: true } };

  declare characterId: number;
  declare protected looks: Look[];

  constructor() {
    super();
    this.characterId = 0;
    this.looks = [];
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('characterId') && this.characterId) void this.#load();
  }

  protected override refresh(): void {
    void this.#load();
  }

  get #path(): string {
    return `characters/${this.characterId}/looks`;
  }

  #load() {
    return this.attempt(async () => {
      this.looks = await api<Look[]>(this.#path);
    });
  }

  protected override render() {
    return html`<section class="stack">
      <p class="quiet">${this.say('looks_hint')}</p>
      ${this.looks.length > 0 ? html`<ul class="stack">${this.looks.map((look) => this.#row(look))}</ul>` : nothing}
      <form class="stack" @submit=${this.#add}>
        <label>${this.say('look_name')}<input name="name" maxlength="50" required /></label>
        <label>${this.say('look_description')}<input name="description" maxlength="300" required /></label>
        ${failureLine(this.failure)}
        <div class="row"><button>${this.say('look_add')}</button></div>
      </form>
    </section>`;
  }

  #row({ name, description }: Look) {
    return html`<li class="row">
      <span><strong>${name}</strong> ${description}</span>
      <button type="button" aria-label="${this.say('delete')}: ${name}" @click=${() => this.#remove(name)}>${this.say('delete')}</button>
    </li>`;
  }

  readonly #add = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const body = Object.fromEntries(new FormData(form));
    void this.attempt(async () => {
      await api(this.#path, { method: 'PUT', body });
      form.reset();
      await this.#changed();
    });
  };

  #remove(name: string) {
    return this.attempt(async () => {
      await api(`${this.#path}/${encodeURIComponent(name)}`, { method: 'DELETE' });
      await this.#changed();
    });
  }

  #changed() {
    announce('characters');
    return this.#load();
  }
}
