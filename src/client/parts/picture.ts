// A picture that keeps its place while it loads, and the mark that stands over it.
import { html, type TemplateResult } from 'lit';
import type { Words } from '../words/words.ts';

export interface Shown {
  src: string;
  alt: string;
  width: number | null;
  height: number | null;
}

/** What an older forum made has no size on record. */
export const UNKNOWN_SIDE = 512;

/** Width and height stand in the markup: from them the browser knows the place before the first byte. */
export function picture({ src, alt, width, height }: Shown): TemplateResult {
  return html`<img
      part="image"
      class=${width && height ? '' : 'unsized'}
      src=${src}
      alt=${alt}
      width=${width ?? UNKNOWN_SIDE}
      height=${height ?? UNKNOWN_SIDE}
      loading="lazy"
      decoding="async"
    />`;
}

/** Beside a button, not in it: what is read in a button has to be in its name. */
export function badge(words: Words): TemplateResult {
  return html`<span class="badge" part="badge" title=${words.say('ai_made')}>AI</span>`;
}
