// The form that says which picture is wanted: its kind, its characters, the scene in words, its shape, style and price. Inside
// <add-image>; not for pages.

import { css, html, nothing, type PropertyValues } from 'lit';
import type { Character, Credits, ImageStyle, Look, PromptPreview, SceneSuggestion } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine, notYet } from '../parts/failure.ts';
import { textOf } from '../parts/field.ts';
import { look } from '../parts/look.ts';
import { modeChoice } from '../parts/mode.ts';
import { portrait, portraitLook } from '../parts/portrait.ts';
import { isPoor, priceLine } from '../parts/price.ts';
import { room } from '../parts/room.ts';
import { shapeChoice, shapesLook } from '../parts/shape.ts';
import {
  FIRST_WISH,
  isWhole,
  MAX_CAST,
  requestOf,
  type Wish,
  withCast,
  withCharacter,
  withMode,
} from '../parts/wish.ts';
import { api } from '../service/api.ts';
import { myCredits } from '../service/credits.ts';

/** After the last key, before it is asked what the model would read. */
const PAUSE_MS = 500;

/** What the page has to suggest a scene from. */
export interface Source {
  text: string;
  postId: number | null;
}

/**
 * @fires wished - with all that the form says in `detail`, at each change
 * @fires wanted - with the request in `detail`, when it is to be made
 */
export class PictureForm extends ForumElement {
  static override styles = [look, portraitLook, shapesLook, css`.face { width: 7rem; }`];
  static override properties = {
    ...ForumElement.properties,
    gameId: { type: Number },
    source: { attribute: false },
    busy: { type: Boolean },
    characters: { state: true },
    imageStyles: { state: true },
    credits: { state: true },
    wish: { attribute: false },
    looks: { state: true },
    preview: { state: true },
    isSuggesting: { state: true },
  };

  declare gameId: number;
  declare source: () => Source;
  declare busy: boolean;
  declare protected characters: Character[] | null;
  declare protected imageStyles: ImageStyle[];
  declare wish: Wish;
  declare protected credits: Credits | null;
  declare protected looks: Look[];
  declare protected preview: PromptPreview | null;
  declare protected isSuggesting: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor() {
    super();
    this.gameId = 0;
    this.source = () => ({ text: '', postId: null });
    this.busy = false;
    this.characters = null;
    this.imageStyles = [];
    this.credits = null;
    this.wish = FIRST_WISH;
    this.looks = [];
    this.preview = null;
    this.isSuggesting = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('generations', () => void this.#loadCredits().catch(() => {})); // what they were is better than nothing
    this.hearOf('characters', () => void this.#load());
    this.untilGone(() => clearTimeout(this.#timer));
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('gameId') && this.gameId) void this.#load();
  }

  protected override refresh(): void {
    void this.#load();
  }

  #load() {
    return this.attempt(async () => {
      const { gameId } = this;
      const [characters, styles] = await Promise.all([
        api<Character[]>(`games/${gameId}/characters`),
        api<ImageStyle[]>('image-styles'),
        this.#loadCredits(),
      ]);
      if (gameId !== this.gameId) return;
      this.characters = characters.filter(({ can_use }) => can_use);
      this.imageStyles = styles;
      this.#want(withCast(this.wish, this.characters));
      void this.#loadLooks(this.wish.character_ids[0]);
    });
  }

  async #loadCredits(): Promise<void> {
    this.credits = await myCredits();
  }

  /** What is wished from now on; after a pause it is asked what the model would make of it. */
  #want(wish: Wish): void {
    const lead = wish.character_ids[0];
    const isOther = lead !== this.wish.character_ids[0];
    this.wish = wish;
    if (isOther) {
      this.looks = [];
      void this.#loadLooks(lead);
    }
    this.dispatchEvent(new CustomEvent('wished', { detail: wish }));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), PAUSE_MS);
  }

  /** Looks are a help: without them the form works as well. Those of one are not offered for another. */
  async #loadLooks(lead: number | undefined): Promise<void> {
    const looks = lead === undefined ? [] : await api<Look[]>(`characters/${lead}/looks`).catch(() => []);
    if (lead === this.wish.character_ids[0]) this.looks = looks;
  }

  /** An answer to an earlier question must not overwrite that of a later one. */
  async #ask(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const body = requestOf(this.wish);
    const path = `games/${this.gameId}/prompt-preview`;
    const preview = isWhole(this.wish)
      ? await this.attempt(() => api<PromptPreview>(path, { method: 'POST', body }))
      : undefined;
    if (asked === this.#asked) this.preview = preview ?? null;
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (isWhole(this.wish) && !this.busy)
      this.dispatchEvent(new CustomEvent('wanted', { detail: requestOf(this.wish) }));
  };

  protected override render() {
    if (!this.characters) return notYet(this.words, this.failure, () => this.#load());
    return html`<form class="stack" part="form" @submit=${this.#submit}>
      ${this.#modes()} ${this.wish.mode === 'scene' ? nothing : this.#cast(this.characters)} ${this.#scene()} ${this.#shape()}
      ${this.#styles()} ${this.#more()}
      <div role="status" class="quiet stack" part="room">${this.preview ? room(this.words, this.preview) : nothing}</div>
      ${failureLine(this.failure)} ${this.#price()}
    </form>`;
  }

  #modes() {
    return modeChoice(this.words, this.wish.mode, (mode) => this.#want(withMode(this.wish, mode)));
  }

  #cast(characters: Character[]) {
    if (characters.length === 0) return html`<p class="quiet">${this.say('no_characters')}</p>`;
    const face = (character: Character) => html`<label class="choice face">
      <input
        type="checkbox"
        name="character"
        value=${character.id}
        .checked=${this.wish.character_ids.includes(character.id)}
        @change=${(event: Event) => this.#choose(character.id, event)}
      />
      ${portrait(character)} <span>${character.name}</span>
    </label>`;
    return html`<fieldset>
        <legend>${this.say('characters')}</legend>
        <div class="choices">${characters.map(face)}</div>
      </fieldset>
      ${this.looks.length > 0 ? this.#look() : nothing}`;
  }

  #choose(id: number, { target }: Event): void {
    this.#want(withCharacter(this.wish, id, (target as HTMLInputElement).checked));
  }

  #look() {
    return html`<label
      >${this.say('look')}
      <select name="look" @change=${(event: Event) => this.#want({ ...this.wish, look: textOf(event) })}>
        <option value="">${this.say('look_none')}</option>
        ${this.looks.map(({ name }) => html`<option value=${name} ?selected=${name === this.wish.look}>${name}</option>`)}
      </select>
    </label>`;
  }

  #scene() {
    const { mode, scene } = this.wish;
    const optional = mode === 'character' ? html`<span class="quiet">(${this.say('optional')})</span>` : nothing;
    return html`<label
        >${this.say(`scene_${mode}`)} ${optional}
        <textarea
          name="scene"
          rows="3"
          maxlength="1000"
          placeholder=${this.say(`scene_${mode}_hint`)}
          ?required=${mode === 'scene'}
          .value=${scene}
          @input=${(event: Event) => this.#want({ ...this.wish, scene: textOf(event) })}
        ></textarea>
      </label>
      <div class="row"><button type="button" ?disabled=${this.isSuggesting} @click=${this.#suggest}>
          ${this.say(this.isSuggesting ? 'loading' : 'suggest')}
        </button></div>`;
  }

  readonly #suggest = async (): Promise<void> => {
    this.isSuggesting = true;
    await this.#fillIn();
    this.isSuggesting = false;
  };

  #fillIn() {
    return this.attempt(async () => {
      const { text, postId } = this.source();
      const written = text.trim().slice(0, 4000);
      if (!written && postId === null) {
        this.failure = this.say('suggest_nothing');
        return;
      }
      const { mode } = this.wish;
      const body = { mode, ...(written && { text: written }), ...(postId !== null && { post_id: postId }) };
      const found = await api<SceneSuggestion>(`games/${this.gameId}/scene-suggestions`, { method: 'POST', body });
      const named = found.characters.map(({ id }) => id).slice(0, mode === 'character' ? 1 : MAX_CAST);
      const isCast = named.length > 0 && mode !== 'scene';
      this.#want({ ...this.wish, scene: found.scene, ...(isCast && { character_ids: named, look: '' }) });
    });
  }

  #shape() {
    const { aspect_ratio } = this.wish;
    return shapeChoice(this.words, aspect_ratio, (shape) => this.#want({ ...this.wish, aspect_ratio: shape }));
  }

  #styles() {
    const option = ({ id, name }: ImageStyle) =>
      html`<option value=${id} ?selected=${id === this.wish.style}>${this.words.style(id, name)}</option>`;
    return html`<label
      >${this.say('style')}
      <select name="style" @change=${(event: Event) => this.#want({ ...this.wish, style: textOf(event) })}>
        <option value="">${this.say('style_own')}</option>
        ${this.imageStyles.map(option)}
      </select>
    </label>`;
  }

  /** What few need. */
  #more() {
    const { negative_prompt, seed, earlier_seed } = this.wish;
    const keep = ({ target }: Event) =>
      this.#want({ ...this.wish, seed: (target as HTMLInputElement).checked ? earlier_seed : null });
    const same = html`<label class="row">
      <input type="checkbox" name="seed" .checked=${seed !== null} @change=${keep} /> ${this.say('same_seed')}
    </label>`;
    return html`${earlier_seed === null ? nothing : same}
      <details ?open=${negative_prompt !== ''}>
        <summary>${this.say('more_settings')}</summary>
        <label
          >${this.say('negative_prompt')}
          <input
            name="negative_prompt"
            maxlength="500"
            placeholder=${this.say('negative_prompt_hint')}
            .value=${negative_prompt}
            @input=${(event: Event) => this.#want({ ...this.wish, negative_prompt: textOf(event) })}
          />
        </label>
      </details>`;
  }

  #price() {
    if (!this.credits) return nothing;
    const price = this.credits.prices.draft;
    const isClosed = this.busy || isPoor(this.credits, price) || !isWhole(this.wish);
    return html`${priceLine(this.words, this.credits, price)}
      <div class="row">
        <button class="primary" ?disabled=${isClosed}>${this.say(this.busy ? 'sending' : 'make')}</button>
      </div>`;
  }
}
