// Packs what a training learns from: the pictures, and a caption for each that says what is not the character.
import { zipSync } from 'fflate';
import { findStyle } from '../characters/styles.ts';
import type { Recipe } from '../generation/recipe.ts';

export interface CaptionedPicture {
  /** JPEG */
  bytes: Buffer;
  caption: string;
}

/** The earliest that a zip can tell: the same pictures always give the same bytes. */
const NO_TIME = new Date(1980, 0, 1);

/** The trainer takes pictures and captions in the order of their names, hence the leading zeros. */
export function packPictures(pictures: CaptionedPicture[]): Buffer {
  const named = pictures.map((picture, index) => ({ ...picture, name: `${String(index + 1).padStart(2, '0')}.jpg` }));
  const lines = named.map(({ name, caption }) => `${name},"${caption.replaceAll('"', '""')}"\n`);
  const files = Object.fromEntries(named.map(({ name, bytes }) => [name, new Uint8Array(bytes)]));
  const captions = new TextEncoder().encode(`image_file,caption\n${lines.join('')}`);
  // JPEG does not get smaller.
  return Buffer.from(zipSync({ ...files, 'caption.csv': captions }, { level: 0, mtime: NO_TIME }));
}

/** What a caption names can be left out of later pictures; what it does not name becomes part of the trigger. */
export function captionOf({ scene, style }: Pick<Recipe, 'scene' | 'style'>, trigger: string): string {
  const shot = scene || 'full body portrait, plain background';
  return [`a photo of ${trigger}`, shot, findStyle(style)?.name.toLowerCase()]
    .filter(Boolean)
    .join(', ')
    .replace(/\s+/g, ' ');
}
