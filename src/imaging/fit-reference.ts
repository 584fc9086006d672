// Prepares an accepted reference for a model: in the scene's shape for img2img, which copies its proportions; as it is for identity.
import type { Sharp } from 'sharp';
import { decode, fromPixels, ImageRejected, type Pixels } from './decode.ts';
import { twoAtATime } from './finish.ts';

interface Size {
  width: number;
  height: number;
}

/** What is returned, always. */
export const REFERENCE_MIME_TYPE = 'image/jpeg';

/** As base64 (4/3) behind `data:image/jpeg;base64,` this stays under the 256 KB a data URL may have. */
const MOST_BYTES = 190_000;
const QUALITIES = [92, 86, 80, 74, 66, 58, 50, 40, 30, 20, 10, 5];

/** How far the reference fades into its surroundings, in pixels: a hard seam would be redrawn by the model as a wall. */
const FADE = 24;

/**
 * The whole reference, undistorted and centred; what is left over shows an enlarged, blurred copy of it.
 * Returns a JPEG (REFERENCE_MIME_TYPE) of exactly `size` and at most 190,000 bytes; the same input gives the same bytes.
 * @throws ImageRejected
 */
export function fitReference(bytes: Buffer, size: Size): Promise<Buffer> {
  return twoAtATime(async () => {
    const reference = await withoutAlpha(await decode(bytes));
    const inner = contained(reference, size);
    const front = fromPixels(reference).resize({ ...inner, fit: 'fill' });
    if (inner.width === size.width && inner.height === size.height) return encode(await toPixels(front));
    return encode(await onBlurredSelf(reference, await toPixels(front), size));
  });
}

/** A model looks for a face and reads it in less than this; a longer side would only weigh more. */
const LONGEST_SIDE = 1344;

/**
 * The whole reference in its own shape, and smaller only where it is larger than models read.
 * Returns a JPEG (REFERENCE_MIME_TYPE) of at most 190,000 bytes; the same input gives the same bytes.
 * @throws ImageRejected
 */
export function lightenReference(bytes: Buffer): Promise<Buffer> {
  return twoAtATime(async () => {
    const reference = await withoutAlpha(await decode(bytes));
    if (Math.max(reference.width, reference.height) <= LONGEST_SIDE) return encode(reference);
    const inner = contained(reference, { width: LONGEST_SIDE, height: LONGEST_SIDE });
    return encode(await toPixels(fromPixels(reference).resize({ ...inner, fit: 'fill' })));
  });
}

async function withoutAlpha(pixels: Pixels): Promise<Pixels> {
  return pixels.channels === 3 ? pixels : toPixels(fromPixels(pixels).flatten({ background: 'white' }));
}

/** The largest size of the same proportions inside `size`. Rounding stays below one pixel. */
function contained(picture: Size, size: Size): Size {
  const scale = Math.min(size.width / picture.width, size.height / picture.height);
  return {
    width: Math.min(size.width, Math.max(1, Math.round(picture.width * scale))),
    height: Math.min(size.height, Math.max(1, Math.round(picture.height * scale))),
  };
}

async function onBlurredSelf(reference: Pixels, front: Pixels, size: Size): Promise<Pixels> {
  const left = Math.floor((size.width - front.width) / 2);
  const top = Math.floor((size.height - front.height) / 2);
  const faded = await fadeEdges(front, { sides: left > 0, ends: top > 0 });
  const { data, width, height, channels } = faded;
  const back = fromPixels(await blurred(reference, size));
  return toPixels(back.composite([{ input: data, raw: { width, height, channels }, left, top }]).removeAlpha());
}

// Blurring a small copy and enlarging it looks the same as blurring the large one and takes a hundredth of the time.
async function blurred(reference: Pixels, size: Size): Promise<Pixels> {
  const small = { width: Math.ceil(size.width / 16), height: Math.ceil(size.height / 16) };
  const soft = await toPixels(
    fromPixels(reference)
      .resize({ ...small, fit: 'cover' })
      .blur(6),
  );
  return toPixels(fromPixels(soft).resize({ width: size.width, height: size.height, fit: 'fill' }));
}

/** Adds an alpha channel that rises from the edges which meet the blurred surroundings. */
function fadeEdges(front: Pixels, where: { sides: boolean; ends: boolean }): Promise<Pixels> {
  const { width, height } = front;
  const across = ramp(width, where.sides);
  const down = ramp(height, where.ends);
  const alpha = Buffer.alloc(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = down[y] ?? 1;
    for (let x = 0; x < width; x += 1, at += 1) alpha[at] = 255 * row * (across[x] ?? 1);
  }
  return toPixels(fromPixels(front).joinChannel(alpha, { raw: { width, height, channels: 1 } }));
}

function ramp(length: number, fades: boolean): Float32Array {
  const step = (i: number) => Math.min(1, (Math.min(i, length - 1 - i) + 1) / (FADE + 1));
  return Float32Array.from({ length }, (_, i) => (fades ? step(i) : 1));
}

/** The best quality that fits; only noise ever gets near the end of the list. */
async function encode(pixels: Pixels): Promise<Buffer> {
  for (const quality of QUALITIES) {
    const jpeg = await fromPixels(pixels).jpeg({ quality }).toBuffer();
    if (jpeg.length <= MOST_BYTES) return jpeg;
  }
  throw new ImageRejected(`a reference of ${pixels.width}×${pixels.height} does not fit into ${MOST_BYTES} bytes`);
}

async function toPixels(pipeline: Sharp): Promise<Pixels> {
  const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 3 && info.channels !== 4) throw new ImageRejected(`${info.channels} channels`);
  return { data, width: info.width, height: info.height, channels: info.channels };
}
