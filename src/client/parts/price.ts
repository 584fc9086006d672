// What a picture costs and what is left, told before it is spent.
import { html, nothing, type TemplateResult } from 'lit';
import type { Credits } from '../../contract.ts';
import type { Words } from '../words/words.ts';
import { failureLine } from './failure.ts';

export function isPoor(credits: Credits | null, price: number): boolean {
  return credits !== null && credits.available < price;
}

/** @param word says what costs */
export function priceLine(
  words: Words,
  credits: Credits | null,
  price: number,
  word: 'price' | 'price_another' = 'price',
): TemplateResult | typeof nothing {
  if (!credits) return nothing;
  const written = { price: words.count('credits', price), left: words.count('credits', credits.available) };
  return html`<p class="quiet" part="price">${words.say(word, written)}</p>
    ${isPoor(credits, price) ? failureLine(words.code('error', 'insufficient_credits')) : nothing}`;
}
