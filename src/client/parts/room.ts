// How much of what is written the model will read, and what will be left out.
import { html, type TemplateResult } from 'lit';
import type { PromptPreview } from '../../contract.ts';
import type { Words } from '../words/words.ts';

export function room(words: Words, { tokens, limit, warnings }: PromptPreview): TemplateResult {
  const leftOut = warnings.flatMap(({ left_out }) => left_out ?? []);
  const others = warnings.filter(({ left_out }) => !left_out);
  const text =
    leftOut.length > 0
      ? words.say('room_over', { parts: words.list(leftOut) })
      : words.say('room_left', { used: tokens, limit });
  return html`<p class="row">
      <meter min="0" max=${limit} value=${tokens} aria-label=${words.say('room')}></meter> <span>${text}</span>
    </p>
    ${others.map(({ code, message }) => html`<p>${words.warning(code, message)}</p>`)}`;
}
