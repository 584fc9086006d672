// <character-studio game-id="2">: the characters of a game; create one, find its looks, accept a reference picture, change it.
import { css, html, nothing, type PropertyValues } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Character, ImageStyle } from '../../contract.ts';
import { closeOwn, showModally } from '../parts/dialog.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine, notYet } from '../parts/failure.ts';
import { look } from '../parts/look.ts';
import { portrait, portraitLook } from '../parts/portrait.ts';
import { api } from '../service/api.ts';
import { announce } from '../service/tabs.ts';
import type { Unsaved } from './character-form.ts';

/** @attr game-id - whose characters */
export class CharacterStudio extends ForumElement {
  static override styles = [
    look,
    portraitLook,
    css`
      ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(11rem, 45%), 1fr)); gap: 0.8em; }
      .open { display: grid; justify-items: center; gap: 0.3em; width: 100%; padding: 0.9em; text-align: center; }
      .open .portrait { width: 100%; height: auto; aspect-ratio: 1; font-size: 4rem; }
    `,
  ];
  static override properties = {
    ...ForumElement.properties,
    gameId: { attribute: 'game-id', type: Number },
    characters: { state: true },
    imageStyles: { state: true },
    open: { state: true },
    isSure: { state: true },
    news: { state: true },
    told: { state: true },
  };

  declare gameId: number;
  declare protected characters: Character[] | null;
  declare protected imageStyles: ImageStyle[];
  /** The one in the dialog; `new` for the empty form. */
  declare protected open: Character | 'new' | null;
  declare protected isSure: boolean;
  /** Of somebody whose dialog is closed by now. */
  declare protected news: string;
  declare protected told: string;
  /** By character: a form that was closed by accident opens as it was. */
  readonly #unsaved = new Map<number | 'new', Unsaved>();

  constructor() {
    super();
    this.gameId = 0;
    this.characters = null;
    this.imageStyles = [];
    this.open = null;
    this.isSure = false;
    this.news = '';
    this.told = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('characters', () => void this.#load());
    this.hearOf('user', () => this.#unsaved.clear());
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('gameId') || !this.gameId) return;
    this.characters = null;
    void this.#load();
  }

  protected override refresh(): void {
    void this.#load();
  }

  /** What had the focus is gone when a form gives way to its character, and the button of the deletion to a question. */
  protected override updated(changed: PropertyValues): void {
    const focus = (what: string) => this.renderRoot.querySelector<HTMLElement>(what)?.focus();
    if (changed.get('open') === 'new' && this.open) focus('h2');
    if (changed.has('isSure') && this.isSure) focus('.question');
  }

  async #load(): Promise<void> {
    const found = await this.latest(() =>
      Promise.all([api<Character[]>(`games/${this.gameId}/characters`), api<ImageStyle[]>('image-styles')]),
    );
    if (found) [this.characters, this.imageStyles] = found;
  }

  protected override render() {
    return html`<div class="stack">
      <div class="row">
        <button type="button" class="primary" @click=${() => this.#show('new')}>${this.say('character_new')}</button>
      </div>
      <p role="status" tabindex="-1" class="quiet">${this.news}</p>
      ${this.characters ? this.#list(this.characters) : notYet(this.words, this.failure, () => this.#load())}
      ${this.open ? this.#dialog(this.open) : nothing}
    </div>`;
  }

  #list(characters: Character[]) {
    return html`${this.open ? nothing : failureLine(this.failure)}
      <ul part="list">${characters.map((one) => this.#card(one))}</ul>`;
  }

  #card(character: Character) {
    const whose = character.can_edit ? 'character_mine' : character.can_use ? 'character_shared' : 'character_private';
    return html`<li>
      <button type="button" class="open card" part="character" @click=${() => this.#show(character)}>
        ${portrait(character)} <strong>${character.name}</strong> <span class="quiet">${this.say(whose)}</span>
      </button>
    </li>`;
  }

  #show(open: Character | 'new'): void {
    this.failure = '';
    this.isSure = false;
    this.news = '';
    this.told = '';
    this.open = open;
  }

  #dialog(open: Character | 'new') {
    const title = open === 'new' ? this.say('character_new') : open.name;
    return html`<dialog ${ref(showModally)} @close=${this.#closed} aria-label=${title} part="dialog">
      <div class="stack">
        <h2 tabindex="-1">${title}</h2>
        <p role="status" class="quiet">${this.told}</p>
        ${open === 'new' ? this.#form(null) : this.#character(open)}
        ${failureLine(this.failure)}
        <div class="row end"><button type="button" @click=${closeOwn}>${this.say('close')}</button></div>
      </div>
    </dialog>`;
  }

  readonly #closed = (): void => {
    this.open = null;
  };

  #form(character: Character | null) {
    const which = character?.id ?? 'new';
    return html`<character-form
      .gameId=${this.gameId}
      .character=${character}
      .imageStyles=${this.imageStyles}
      .unsaved=${this.#unsaved.get(which) ?? null}
      @edited=${(event: CustomEvent<Unsaved>) => this.#unsaved.set(which, event.detail)}
      @saved=${(event: CustomEvent<Character>) => this.#saved(which, event)}
    ></character-form>`;
  }

  /** Somebody else's character is looked at. */
  #character(character: Character) {
    const { id, base_description, can_edit } = character;
    if (!can_edit) return html`<div class="row">${portrait(character)}</div><p>${base_description}</p>`;
    return html`<reference-picker .character=${character} @accepted=${this.#changed} @failed=${this.#refused}></reference-picker>
      <details class="card"><summary>${this.say('character_edit')}</summary>${this.#form(character)}</details>
      <details class="card"><summary>${this.say('looks')}</summary><character-looks .characterId=${id}></character-looks></details>
      <details class="card"><summary>${this.say('lora')}</summary><lora-status .character=${character} @failed=${this.#refused}></lora-status></details>
      ${this.#deletion(character)}`;
  }

  #saved(which: number | 'new', { detail }: CustomEvent<Character>): void {
    this.#unsaved.delete(which);
    if (!this.#isOpen(which)) return;
    this.told = this.say('saved');
    this.open = detail;
  }

  readonly #changed = ({ detail }: CustomEvent<Character>): void => {
    if (this.#isOpen(detail.id)) this.open = detail;
  };

  /** What was asked for in a dialog that was closed before the answer. */
  readonly #refused = ({ detail }: CustomEvent<string>): void => {
    this.news = detail;
  };

  /** An answer may come when the dialog is closed, or shows somebody else. */
  #isOpen(which: number | 'new'): boolean {
    return which === (this.open === 'new' ? 'new' : this.open?.id);
  }

  #deletion({ id }: Character) {
    if (!this.isSure) {
      const ask = () => {
        this.isSure = true;
      };
      return html`<div class="row"><button type="button" class="danger" @click=${ask}>${this.say('delete')}</button></div>`;
    }
    return html`<p class="question" tabindex="-1">${this.say('character_delete_sure')}</p>
      <div class="row"><button type="button" class="danger" @click=${() => this.#delete(id)}>${this.say('delete')}</button></div>`;
  }

  #delete(id: number) {
    return this.attempt(async () => {
      await api(`characters/${id}`, { method: 'DELETE' });
      announce('characters');
      if (!this.#isOpen(id)) return;
      this.renderRoot.querySelector('dialog')?.close();
      this.focusStatus();
      this.news = this.say('character_deleted');
    });
  }
}
