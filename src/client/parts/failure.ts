// The line that tells what went wrong, read aloud when it changes.
import { html, type TemplateResult } from 'lit';

/** Always there, so that a screen reader notices when it fills. */
export function failureLine(text: string): TemplateResult {
  return html`<p role="alert" part="failure" class=${text ? 'failure' : ''}>${text}</p>`;
}
