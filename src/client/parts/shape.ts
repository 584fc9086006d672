// The shapes that a picture may have, as small drawings.
import { type SVGTemplateResult, svg } from 'lit';
import type { AspectRatio } from '../../contract.ts';

export const SHAPES = ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9'] as const satisfies readonly AspectRatio[];

/** In a box of 34 by 34. */
export function outline(shape: AspectRatio): SVGTemplateResult {
  const [across = 1, down = 1] = shape.split(':').map(Number);
  const unit = 30 / Math.max(across, down);
  const [width, height] = [across * unit, down * unit];
  return svg`<rect x=${17 - width / 2} y=${17 - height / 2} width=${width} height=${height} rx="3"
    fill="none" stroke="currentColor" stroke-width="2"></rect>`;
}

export function kindOf(shape: AspectRatio): 'square' | 'wide' | 'tall' {
  const [across = 1, down = 1] = shape.split(':').map(Number);
  if (across === down) return 'square';
  return across > down ? 'wide' : 'tall';
}
