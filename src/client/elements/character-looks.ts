// The looks of a character: named outfits, to choose from in scenes. Inside <character-studio>; not for pages.
import { html, nothing, type PropertyValues } from 'lit';
import type { Look } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { api } from '../service/api.ts';
import { announce, hear } from '../service/tabs.ts';

/** What was typed and not added yet, by character: a dialog that was closed by accident opens as it was. */
const unsaved = new Map<number, Record<string, string>>();
hear('user', () => unsaved.clear());

export class CharacterLooks extends ForumElement {
  static override properties = {
    ...ForumElement.properties,
    characterId: { type: Number },
    looks: { state: true },
    removed: { state: true },
  };

  declare characterId: number;
  declare protected looks: Look[];
  /** The name of the look that went last. */
  declare protected removed: string;

  constructor() {
    super();
    this.characterId = 0;
    this.looks = [];
    this.removed = '';
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

  async #load(): Promise<void> {
    this.looks = (await this.latest(() => api<Look[]>(this.#path))) ?? this.looks;
  }

  protected override render() {
    const { name = '', description = '' } = unsaved.get(this.characterId) ?? {};
    return html`<section class="stack">
      <p class="quiet">${this.say('looks_hint')}</p>
      <p role="status" tabindex="-1">${this.removed ? this.say('look_removed', { name: this.removed }) : ''}</p>
      ${this.looks.length > 0 ? html`<ul class="stack">${this.looks.map((look) => this.#row(look))}</ul>` : nothing}
      <form class="stack" @submit=${this.#add} @input=${this.#keep}>
        <label>${this.say('look_name')}<input name="name" maxlength="50" required .value=${name} /></label>
        <label>${this.say('look_description')}<input name="description" maxlength="300" required .value=${description} /></label>
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

  readonly #keep = (event: Event): void => {
    unsaved.set(this.characterId, fieldsOf(event.currentTarget as HTMLFormElement));
    this.requestUpdate();
  };

  readonly #add = (event: SubmitEvent): void => {
    event.preventDefault();
    const { characterId } = this;
    const body = fieldsOf(event.target as HTMLFormElement);
    this.removed = '';
    void this.attempt(async () => {
      await api(this.#path, { method: 'PUT', body });
      unsaved.delete(characterId);
      await this.#changed();
    });
  };

  #remove(name: string) {
    this.removed = '';
    this.focusStatus();
    return this.attempt(async () => {
      await api(`${this.#path}/${encodeURIComponent(name)}`, { method: 'DELETE' });
      this.removed = name;
      await this.#changed();
    });
  }

  #changed() {
    announce('characters');
    return this.#load();
  }
}

function fieldsOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}
