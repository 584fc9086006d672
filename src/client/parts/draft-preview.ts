// A draft that was asked for: its way, its picture, and what its maker may do with it.
import { html, type TemplateResult } from 'lit';
import type { Credits, Generation } from '../../contract.ts';
import type { Words } from '../words/words.ts';
import { isPoor, priceLine } from './price.ts';

interface DraftPreview {
  words: Words;
  generation: Generation;
  credits: Credits | null;
  /** What taking it means here. */
  word: 'attach' | 'choose';
  isSending: boolean;
  changed: (event: CustomEvent<Generation>) => void;
  take: () => unknown;
  change: () => unknown;
  /** Null where nobody knows what it was made from. */
  again: (() => unknown) | null;
}

export function draftPreview(preview: DraftPreview): TemplateResult {
  const { words, generation, credits, word, isSending, changed, take, change, again } = preview;
  const price = credits?.prices.draft ?? 0;
  const isClosed = isSending || isPoor(credits, price);
  const back = html`<button type="button" @click=${change}>${words.say(again ? 'change_words' : 'back')}</button>`;
  const another = html`<button type="button" ?disabled=${isClosed} @click=${again}>${words.say('regenerate_new')}</button>`;
  return html`<generation-card .generation=${generation} .alt=${generation.alt_text} @changed=${changed}>
    <div class="stack">
      <div class="row">
        <button type="button" class="primary" @click=${take}>${words.say(word)}</button> ${again ? another : ''} ${back}
      </div>
      ${again ? priceLine(words, credits, price, 'price_another') : ''}
    </div>
    <div class="row" slot="failed">${back}</div>
  </generation-card>`;
}
