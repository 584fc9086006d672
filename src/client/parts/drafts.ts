// The user's drafts as small pictures in a row.
import { css, html, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Generation } from '../../contract.ts';
import type { Words } from '../words/words.ts';
import { badge, picture } from './picture.ts';

export const draftsLook = css`
  .drafts { display: flex; flex-wrap: wrap; gap: 0.6em; margin-top: 0.3em; }
  .drafts li,
  .drafts figure { position: relative; }
  .drafts img { height: 6rem; width: auto; }
  .drafts figure + button { width: 100%; margin-top: 0.3em; }
  .pick { padding: 0; border: 0; background: none; }
`;

interface Act {
  words: Words;
  act: (draft: Generation) => unknown;
}

/** Each with a button to leave it out. */
export function chosenDrafts(drafts: readonly Generation[], { words, act }: Act): TemplateResult {
  const chip = (draft: Generation) => {
    const name = `${words.say('remove')}: ${draft.alt_text}`;
    return html`<li>
      <figure>${thumbnail(draft)}${badge(words)}</figure>
      <button type="button" aria-label=${name} @click=${() => act(draft)}>${words.say('remove')}</button>
    </li>`;
  };
  return html`<section>
    <p>${words.say('chosen')}</p>
    <ul class="drafts" part="chosen">${repeat(drafts, ({ id }) => id, chip)}</ul>
  </section>`;
}

/** Each is a button to look at it. */
export function earlierDrafts(drafts: readonly Generation[], { words, act }: Act): TemplateResult {
  const pick = (draft: Generation) => {
    const isMade = draft.status === 'succeeded';
    const name = isMade ? draft.alt_text : words.say('running');
    return html`<li>
      <button type="button" class="pick" aria-label=${name} @click=${() => act(draft)}>
        ${isMade ? thumbnail(draft) : html`<span class="card quiet">${name}</span>`}
      </button>
      ${isMade ? badge(words) : ''}
    </li>`;
  };
  return html`<section>
    <h3>${words.say('earlier')}</h3>
    <ul class="drafts">${repeat(drafts, ({ id }) => id, pick)}</ul>
  </section>`;
}

function thumbnail({ thumbnail_url, image_url, alt_text }: Generation): TemplateResult {
  return picture({ src: thumbnail_url ?? image_url ?? '', alt: alt_text, width: null, height: null });
}
