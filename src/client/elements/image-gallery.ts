// <image-gallery game-id="2">: the story in pictures, chapter by chapter and beat by beat, or by character; more of it while scrolling.
import { css, html, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Character, PostImage } from '../../contract.ts';
import { ForumElement } from '../parts/element.ts';
import { failureLine } from '../parts/failure.ts';
import { textOf } from '../parts/field.ts';
import { areHidden, hidePictures } from '../parts/hidden.ts';
import { openLightbox } from '../parts/lightbox.ts';
import { look } from '../parts/look.ts';
import { badge, picture } from '../parts/picture.ts';
import { takenDown } from '../parts/taken-down.ts';
import { api } from '../service/api.ts';
import { PagedList } from '../service/paged.ts';

const PAGE = 24;

interface Section {
  key: string;
  /** Empty for none. */
  heading: string;
  images: PostImage[];
}

/** @attr game-id - whose pictures */
export class ImageGallery extends ForumElement {
  static override styles = [
    look,
    css`
      ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(11rem, 45%), 1fr)); gap: 0.7em; }
      li { position: relative; }
      hide-pictures { padding-block: 0.6em; }
      section + section { margin-top: 1.2em; }
      h3 { margin-bottom: 0.4em; }
      button.open { position: relative; display: block; width: 100%; padding: 0; border: 0; background: none; }
      img { width: 100%; aspect-ratio: 1; object-fit: cover; }
    `,
  ];
  static override properties = {
    ...ForumElement.properties,
    gameId: { attribute: 'game-id', type: Number },
    characters: { state: true },
    order: { state: true },
    characterId: { state: true },
  };

  declare gameId: number;
  declare protected characters: Character[];
  declare protected order: 'story' | 'newest';
  declare protected characterId: string;
  readonly #list = new PagedList<PostImage>(PAGE, () => this.requestUpdate());
  readonly #end = new IntersectionObserver(
    ([entry]) => {
      // What failed once waits for the button: a page without a network must not ask again and again.
      if (entry?.isIntersecting && this.#list.cursor && !this.failure) this.#more();
    },
    { rootMargin: '600px' },
  );

  constructor() {
    super();
    this.gameId = 0;
    this.characters = [];
    this.order = 'story';
    this.characterId = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('pictures', () => void this.#load());
    this.hearOf('characters', () => void this.#loadCharacters());
    this.hearOf('hidden', () => this.requestUpdate());
    this.untilGone(() => this.#end.disconnect());
  }

  protected override refresh(): void {
    void this.#load();
    void this.#loadCharacters();
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('gameId') || !this.gameId) return;
    this.characters = [];
    this.characterId = '';
    this.#list.clear();
    this.refresh();
  }

  protected override updated(): void {
    this.#end.disconnect();
    const more = this.renderRoot.querySelector('.more');
    if (more) this.#end.observe(more);
  }

  #load() {
    const wanted = { order: this.order, character_id: this.characterId };
    return this.attempt(() => this.#list.read(`games/${this.gameId}/images`, wanted));
  }

  async #loadCharacters(): Promise<void> {
    const found = await this.latest(() => api<Character[]>(`games/${this.gameId}/characters`));
    this.characters = found ?? this.characters;
  }

  protected override render() {
    if (areHidden()) {
      return html`<p class="row quiet" part="hidden">
        ${this.words.count('hidden', this.#list.items.length)}
        <button type="button" @click=${() => hidePictures(false)}>${this.say('show_pictures')}</button>
      </p>`;
    }
    const { items, cursor, isLoading } = this.#list;
    const isEmpty = items.length === 0 && !isLoading && !this.failure;
    return html`<div class="stack">
      ${this.#filters()} ${isEmpty ? html`<p class="quiet">${this.say('gallery_empty')}</p>` : nothing}
      ${repeat(this.#sections(), ({ key }) => key, this.#section)} ${failureLine(this.failure)}
      ${cursor || this.failure ? html`<div class="more row"><button type="button" @click=${this.#more}>${this.say('more')}</button></div>` : nothing}
    </div>`;
  }

  /** In story order each beat has its heading, where the forum numbers them; otherwise all pictures stand together. */
  #sections(): Section[] {
    const sections = new Map<string, Section>();
    for (const image of this.#list.items) {
      const { chapter_number: chapter, beat_number: beat, beat_id } = image.story;
      const isNumbered = this.order === 'story' && chapter > 0 && beat > 0;
      const key = isNumbered ? `${beat_id}` : '';
      const heading = isNumbered ? this.say('chapter_and_beat', { chapter, beat }) : '';
      const section = sections.get(key) ?? { key, heading, images: [] };
      section.images.push(image);
      sections.set(key, section);
    }
    return [...sections.values()];
  }

  readonly #section = ({ heading, images }: Section) => html`<section>
    ${heading ? html`<h3>${heading}</h3>` : nothing}
    <ul part="list">${repeat(images, ({ id }) => id, this.#tile)}</ul>
  </section>`;

  #filters() {
    const options = this.characters.map(({ id, name }) => html`<option value=${id}>${name}</option>`);
    return html`<div class="row bottom">
      <label
        >${this.say('order')}
        <select name="order" @change=${(event: Event) => this.#choose({ order: textOf(event) as 'story' })}>
          <option value="story">${this.say('order_story')}</option>
          <option value="newest">${this.say('order_newest')}</option>
        </select>
      </label>
      <label
        >${this.say('of_character')}
        <select name="character" @change=${(event: Event) => this.#choose({ characterId: textOf(event) })}>
          <option value="">${this.say('everybody')}</option>
          ${options}
        </select>
      </label>
      <hide-pictures></hide-pictures>
    </div>`;
  }

  #choose(choice: { order?: 'story' | 'newest'; characterId?: string }): void {
    Object.assign(this, choice);
    this.#list.clear();
    void this.#load();
  }

  readonly #more = (): void => void this.attempt(() => this.#list.more());

  readonly #tile = (image: PostImage) => {
    if (image.takedown) return html`<li>${takenDown(this.words, image.takedown)}</li>`;
    const { alt_text: alt, thumbnail_url, image_url, width, height } = image;
    return html`<li>
      <button type="button" class="open" aria-label=${this.say('open_picture', { alt })} @click=${() => this.#open(image)}>
        ${picture({ src: thumbnail_url ?? image_url ?? '', alt, width, height })}
      </button>
      ${badge(this.words)}
    </li>`;
  };

  #open(image: PostImage): void {
    const visible = this.#list.items.filter(({ image_url }) => image_url);
    openLightbox(visible, visible.indexOf(image), this.words);
  }
}
