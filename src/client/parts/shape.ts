// The choice of a picture's shape, with each as a small drawing.
import { css, html, type SVGTemplateResult, svg, type TemplateResult } from 'lit';
import type { AspectRatio } from '../../contract.ts';
import type { Words } from '../words/words.ts';

const SHAPES = ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9'] as const satisfies readonly AspectRatio[];

export const shapesLook = css`
  .shapes { display: grid; grid-template-columns: repeat(auto-fill, minmax(4.7rem, 1fr)); }
  .shapes .choice { padding-inline: 0.2em; }
`;

export function shapeChoice(
  words: Words,
  chosen: AspectRatio,
  choose: (shape: AspectRatio) => unknown,
): TemplateResult {
  const choice = (shape: AspectRatio) => html`<label class="choice">
    <input type="radio" name="shape" value=${shape} .checked=${shape === chosen} @change=${() => choose(shape)} />
    <svg width="34" height="34" viewBox="0 0 34 34" aria-hidden="true">${outline(shape)}</svg>
    <span>${shape}</span> <span class="quiet">${words.say(`shape_${kindOf(shape)}`)}</span>
  </label>`;
  return html`<fieldset>
    <legend>${words.say('shape')}</legend>
    <div class="choices shapes">${SHAPES.map(choice)}</div>
  </fieldset>`;
}

/** In a box of 34 by 34. */
function outline(shape: AspectRatio): SVGTemplateResult {
  const [across = 1, down = 1] = shape.split(':').map(Number);
  const unit = 30 / Math.max(across, down);
  const [width, height] = [across * unit, down * unit];
  return svg`<rect x=${17 - width / 2} y=${17 - height / 2} width=${width} height=${height} rx="3"
    fill="none" stroke="currentColor" stroke-width="2"></rect>`;
}

function kindOf(shape: AspectRatio): 'square' | 'wide' | 'tall' {
  const [across = 1, down = 1] = shape.split(':').map(Number);
  if (across === down) return 'square';
  return across > down ? 'wide' : 'tall';
}
