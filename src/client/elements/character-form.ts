// The form of a character: guided fields that make the description, style cards, and who may use it. Inside <character-studio>;
// not for pages.
import { css, html, nothing, type PropertyValues } from 'lit';
import type { Character, ImageStyle } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { textOf } from '../parts/field.ts';
import { look } from '../parts/look.ts';
import { bodyOf, descriptionOf, FEATURES, type Feature, type Sheet, sheetOf } from '../parts/sheet.ts';
import { ApiError, api, ROUTES } from '../service/api.ts';
import { announce } from '../service/tabs.ts';

/** What was typed and not saved yet. */
export interface Unsaved {
  sheet: Sheet;
  features: Partial<Record<Feature, string>>;
}

/**
 * @fires edited - with what is not saved yet in `detail`, at each change
 * @fires saved - with the character in `detail`
 */
export class CharacterForm extends ForumElement {
  static override styles = [
    look,
    css`
      .styles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(8.5rem, 45%), 1fr)); }
      .styles .choice { min-width: 0; padding-inline: 0.3em; }
      .styles img { width: 100%; height: auto; aspect-ratio: 1; object-fit: cover; }
      .features { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); gap: 0.7em; }
    `,
  ];
  static override properties = {
    ...ForumElement.properties,
    gameId: { type: Number },
    character: { attribute: false },
    imageStyles: { attribute: false },
    unsaved: { attribute: false },
    sheet: { state: true },
    isSaving: { state: true },
    faults: { state: true },
  };

  declare gameId: number;
  /** Null for a new one. */
  declare character: Character | null;
  declare imageStyles: ImageStyle[];
  /** From an earlier time that the form was open. */
  declare unsaved: Unsaved | null;
  declare protected sheet: Sheet;
  declare protected isSaving: boolean;
  /** What the service said of single fields. */
  declare protected faults: Record<string, string>;
  #features: Partial<Record<Feature, string>> = {};

  constructor() {
    super();
    this.gameId = 0;
    this.character = null;
    this.imageStyles = [];
    this.unsaved = null;
    this.sheet = sheetOf(null);
    this.isSaving = false;
    this.faults = {};
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('character')) return;
    this.sheet = this.unsaved?.sheet ?? sheetOf(this.character);
    this.#features = this.unsaved?.features ?? {};
  }

  protected override render() {
    return html`<form class="stack" part="form" @submit=${this.#submit}>
      ${this.#text('name', 100, true)} ${this.character ? nothing : this.#guide()}
      ${this.#area('base_description', 'description', 1000)} ${this.#styles()} ${this.#text('style_modifiers', 300)}
      ${this.#text('negative_prompt', 500)} ${this.#consent()} ${failureLine(this.failure)}
      <div class="row">
        <button class="primary" ?disabled=${this.isSaving}>${this.say(this.isSaving ? 'sending' : 'save')}</button>
        <slot></slot>
      </div>
    </form>`;
  }

  #set(changes: Partial<Sheet>): void {
    this.sheet = { ...this.sheet, ...changes };
    const detail: Unsaved = { sheet: this.sheet, features: this.#features };
    this.dispatchEvent(new CustomEvent('edited', { detail }));
  }

  #text(field: 'name' | 'style_modifiers' | 'negative_prompt', max: number, required = false) {
    const hint = field === 'name' ? '' : this.say(`${field}_hint`);
    return html`<label
      >${this.say(field)} ${required ? nothing : html`<span class="quiet">(${this.say('optional')})</span>`}
      <input
        name=${field}
        maxlength=${max}
        ?required=${required}
        placeholder=${hint}
        .value=${this.sheet[field]}
        @input=${(event: Event) => this.#set({ [field]: textOf(event) })}
      />
      ${this.#fault(field)}
    </label>`;
  }

  #guide() {
    const field = (feature: Feature) => html`<label
      >${this.say(feature)}
      <input
        name=${feature}
        maxlength="200"
        placeholder=${this.say(`${feature}_hint`)}
        .value=${this.#features[feature] ?? ''}
        @input=${(event: Event) => this.#tell(feature, event)}
      />
    </label>`;
    return html`<div class="features">${FEATURES.map(field)}</div>`;
  }

  /** The fields write the description; whoever changes that by hand has the last word until a field changes again. */
  #tell(feature: Feature, event: Event): void {
    this.#features = { ...this.#features, [feature]: textOf(event) };
    this.#set({ base_description: descriptionOf(this.#features).slice(0, 1000) });
  }

  #area(field: 'base_description', word: 'description', max: number) {
    return html`<label
      >${this.say(word)}
      <textarea
        name=${field}
        rows="3"
        maxlength=${max}
        required
        .value=${this.sheet[field]}
        @input=${(event: Event) => this.#set({ [field]: textOf(event) })}
      ></textarea>
      <span class="quiet">${this.say('description_hint')}</span> ${this.#fault(field)}
    </label>`;
  }

  #styles() {
    const card = ({ id, name }: ImageStyle) => html`<label class="choice">
      <input type="radio" name="style" value=${id} .checked=${this.sheet.style === id} @change=${() => this.#set({ style: id })} />
      <img src="${ROUTES}image-styles/${id}/sample.webp" alt="" width="112" height="112" loading="lazy" />
      <span>${this.words.style(id, name)}</span>
    </label>`;
    return html`<fieldset><legend>${this.say('style')}</legend><div class="choices styles">${this.imageStyles.map(card)}</div></fieldset>`;
  }

  #consent() {
    const choice = (who: 'owner' | 'game') => html`<label class="choice said">
      <input type="radio" name="usable_by" value=${who} .checked=${this.sheet.usable_by === who} @change=${() => this.#set({ usable_by: who })} />
      <span>${this.say(`usable_by_${who}`)}</span>
    </label>`;
    return html`<fieldset>
      <legend>${this.say('usable_by')}</legend>
      <div class="choices even">${choice('owner')} ${choice('game')}</div>
    </fieldset>`;
  }

  #fault(field: string) {
    const fault = this.faults[field];
    return fault ? html`<span class="failure">${fault}</span>` : nothing;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    this.isSaving = true;
    this.faults = {};
    const saved = await this.attempt(() => this.#save());
    this.isSaving = false;
    if (!saved) return;
    announce('characters');
    this.dispatchEvent(new CustomEvent('saved', { detail: saved }));
  };

  async #save(): Promise<Character> {
    const body = bodyOf(this.sheet);
    try {
      if (this.character) return await api(`characters/${this.character.id}`, { method: 'PATCH', body });
      return await api(`games/${this.gameId}/characters`, { method: 'POST', body });
    } catch (error) {
      if (error instanceof ApiError) this.#pointAt(error);
      throw error;
    }
  }

  /** A refused text is told beside its field, in words of the page's language. */
  #pointAt({ code, details }: ApiError): void {
    const of = (message: string) => (code === 'prompt_rejected' ? this.words.code('error', code) : message);
    this.faults = Object.fromEntries(details.map(({ path, message }) => [path, of(message)]));
  }
}
