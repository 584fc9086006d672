// Puts the preview together: scenery, figure, a band that says what it is, and a small view of the reference if one was given.
import sharp, { type OverlayOptions } from 'sharp';
import type { PictureRequest } from '../provider.ts';
import { FIGURE, figure } from './figure.ts';
import { letters } from './letters.ts';
import { looksOf } from './looks.ts';
import { glow, rect, round } from './pen.ts';
import { chanceOf } from './random.ts';
import { scenery } from './scenery.ts';
import { readPrompt } from './words.ts';

type Drawn = Pick<PictureRequest, 'prompt' | 'seed' | 'width' | 'height' | 'reference'> &
  Partial<Pick<PictureRequest, 'identity'>>;

/** A PNG of the asked size. The figure follows from the seed (by identity from the reference's), the surroundings from the prompt. */
export async function drawPreview(request: Drawn): Promise<Buffer> {
  const { width, height, identity } = request;
  const reference = identity?.image ?? request.reference;
  const picture = sharp(Buffer.from(previewSvg(request)), { limitInputPixels: width * height });
  if (reference) picture.composite([await inset(reference, request)]);
  return picture.removeAlpha().png({ compressionLevel: 6 }).toBuffer();
}

function previewSvg({ prompt, seed, width, height, reference, identity }: Drawn): string {
  const said = readPrompt(prompt);
  const { behind, before } = scenery(prompt, said, { width, height });
  const onlyScenery = reference === null && !identity && said.emptyScene;
  const someone = onlyScenery
    ? ''
    : placed(figure(looksOf(identity?.seed ?? seed, said), chanceOf(prompt).pick([-3, 0, 0, 3])), width, height);
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${behind}${someone}${before}${band({ prompt, seed, width, height, identity })}</svg>`;
}

/** Centred, standing behind the band; a soft light keeps it apart from the scenery. */
function placed(drawing: string, width: number, height: number): string {
  const bottom = height - bandHeight(width, height);
  const scale = Math.min((bottom * 0.93) / FIGURE.shown, (width * 0.98) / FIGURE.width);
  const [left, top] = [(width - FIGURE.width * scale) / 2, bottom - FIGURE.shown * scale];
  const light = glow('aura', 200, 240, 330, '#fff6e0', 0.42);
  return `<g transform="translate(${round(left)} ${round(top)}) scale(${scale})">${light}${drawing}</g>`;
}

const INK = '#171523';
const AMBER = '#f5b942';

function bandHeight(width: number, height: number): number {
  return Math.round(Math.min(width, height) * 0.19);
}

function band({ prompt, seed, width, height, identity }: Omit<Drawn, 'reference'>): string {
  const tall = bandHeight(width, height);
  const [top, left] = [height - tall, Math.round(tall * 0.16)];
  const text = { x: left, width: width - 2 * left };
  return (
    rect(0, top, width, tall, INK) +
    rect(0, top, width, Math.max(4, tall * 0.04), AMBER) +
    letters(identity ? 'PREVIEW · BY IDENTITY' : 'PREVIEW', {
      ...text,
      y: top + tall * 0.16,
      height: tall * 0.36,
      colour: AMBER,
      weight: 0.17,
    }) +
    letters('ESIKATSELU – NO AI USED', {
      ...text,
      y: top + tall * 0.635,
      height: tall * 0.1,
      colour: '#ffffff',
      weight: 0.15,
    }) +
    letters(`SEED ${seed} · ${prompt}`, {
      ...text,
      y: top + tall * 0.83,
      height: tall * 0.085,
      colour: '#b9b6cc',
      weight: 0.13,
    })
  );
}

/** The reference in the upper right corner, in a frame: it shows at a glance that this picture would start from it. */
async function inset(reference: Buffer, { width, height }: Drawn): Promise<OverlayOptions> {
  const side = Math.round(Math.min(width, height) * 0.2);
  const small = sharp(reference, { limitInputPixels: 2048 * 2048 })
    .resize({ width: side, height: side, fit: 'inside' })
    .flatten();
  const framed = small.extend({ top: 5, bottom: 5, left: 5, right: 5, background: AMBER });
  const { data, info } = await framed.png().toBuffer({ resolveWithObject: true });
  const gap = Math.round(side * 0.12);
  return { input: data, left: width - info.width - gap, top: gap };
}
