// The choice of what kind of picture it is to be.
import { html, type TemplateResult } from 'lit';
import type { Mode } from '../../contract.ts';
import type { Words } from '../words/words.ts';

const MODES = ['character', 'scene_with_character', 'scene'] as const satisfies readonly Mode[];

export function modeChoice(words: Words, chosen: Mode, choose: (mode: Mode) => unknown): TemplateResult {
  const choice = (mode: Mode) => html`<label class="choice said">
    <input type="radio" name="mode" value=${mode} .checked=${mode === chosen} @change=${() => choose(mode)} />
    <strong>${words.say(`mode_${mode}`)}</strong> <span class="quiet">${words.say(`mode_${mode}_hint`)}</span>
  </label>`;
  return html`<fieldset>
    <legend>${words.say('what_kind')}</legend>
    <div class="choices even">${MODES.map(choice)}</div>
  </fieldset>`;
}
