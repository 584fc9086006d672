// A character's accepted picture, or its initial while there is none.
import { css, html, type TemplateResult } from 'lit';
import type { Character } from '../../contract.ts';

export const portraitLook = css`
  .portrait { width: 5rem; height: 5rem; border-radius: var(--radius); object-fit: cover; object-position: top; }
  .initial { display: grid; place-items: center; background: var(--surface-2); font-size: 2rem; }
`;

type Face = Pick<Character, 'name' | 'reference_image_url' | 'reference_thumbnail_url'>;

/** The name stands beside it, so the picture says nothing of its own. */
export function portrait({ name, reference_thumbnail_url, reference_image_url }: Face): TemplateResult {
  const src = reference_thumbnail_url ?? reference_image_url;
  if (src)
    return html`<img class="portrait" part="portrait" src=${src} alt="" width="80" height="80" loading="lazy" />`;
  return html`<span class="portrait initial" part="portrait" aria-hidden="true">${[...name][0]}</span>`;
}
