// What stands where a picture was that a moderator took down: those who may know are told why.
import { html, type TemplateResult } from 'lit';
import type { Takedown } from '../../contract.ts';
import type { Words } from '../words/words.ts';

export function takenDown(words: Words, { reason }: Takedown): TemplateResult {
  return html`<p class="card quiet" part="taken-down">${words.say('taken_down', { reason })}</p>`;
}
