// The line that tells what went wrong, read aloud when it changes.
import { html, type TemplateResult } from 'lit';
import type { Words } from '../words/words.ts';

/** Always there, so that a screen reader notices when it fills. */
export function failureLine(text: string): TemplateResult {
  return html`<p role="alert" part="failure" class=${text ? 'failure' : ''}>${text}</p>`;
}

/** Where there is nothing to show yet: that it is on its way, or what went wrong, and a button to try again. */
export function notYet(words: Words, failure: string, again: () => unknown): TemplateResult {
  if (!failure) return html`${failureLine('')}<p class="quiet">${words.say('loading')}</p>`;
  return html`${failureLine(failure)}
    <p class="row"><button type="button" @click=${again}>${words.say('retry')}</button></p>`;
}
