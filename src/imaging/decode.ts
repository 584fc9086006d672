// Turns bytes nobody vouches for into plain sRGB pixels, or says why they are not an acceptable picture.
import sharp, { type Metadata, type OutputInfo, type Sharp } from 'sharp';

/** The bytes are not a picture we accept. The message is for the log, not for people. */
export class ImageRejected extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ImageRejected';
  }
}

/** Eight-bit sRGB pixels: 3 channels, or 4 with alpha. */
export interface Pixels {
  data: Buffer;
  width: number;
  height: number;
  channels: 3 | 4;
}

type Format = 'png' | 'jpeg' | 'webp';

const LONGEST_SIDE = 2048;
const SHORTEST_SIDE = 64;
const TIMEOUT_SECONDS = 10;

/**
 * Checks and decodes in full. Metadata alone is not enough: it is happy with a file that was cut short.
 * @throws ImageRejected
 */
export async function decode(bytes: Buffer): Promise<Pixels> {
  const format = sniff(bytes);
  try {
    checkHeader(await open(bytes).metadata(), format);
    const { data, info } = await open(bytes).autoOrient().toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({
      resolveWithObject: true,
    });
    return pixels(data, info);
  } catch (error) {
    if (error instanceof ImageRejected) throw error;
    throw new ImageRejected(`the ${format} could not be decoded`, { cause: error });
  }
}

/** Pixels back into sharp, for resizing and encoding without decoding again. */
export function fromPixels({ data, width, height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } }).timeout({ seconds: TIMEOUT_SECONDS });
}

/**
 * By the first bytes, before sharp sees them: sharp would also open SVG, PDF, TIFF and more, and switching those loaders off
 * (`sharp.block`) would switch them off for the host whose process this may be.
 */
function sniff(bytes: Buffer): Format {
  if (bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return 'png';
  if (bytes.subarray(0, 3).equals(JPEG_START)) return 'jpeg';
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return 'webp';
  throw new ImageRejected('neither PNG, JPEG nor WebP by its first bytes');
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);

// failOn stays at its default ("warning"): that is what catches truncation. The pixel limit is enforced before any decoding.
function open(bytes: Buffer): Sharp {
  return sharp(bytes, { limitInputPixels: LONGEST_SIDE * LONGEST_SIDE }).timeout({ seconds: TIMEOUT_SECONDS });
}

function checkHeader(header: Metadata, format: Format): void {
  const { width, height, pages = 1, channels } = header;
  if (header.format !== format) throw new ImageRejected(`looks like ${format} but decodes as ${header.format}`);
  if (Math.max(width, height) > LONGEST_SIDE) throw new ImageRejected(`${width}×${height} is too large`);
  if (Math.min(width, height) < SHORTEST_SIDE) throw new ImageRejected(`${width}×${height} is too small`);
  if (pages > 1) throw new ImageRejected(`${pages} frames instead of one`);
  if (channels > 4) throw new ImageRejected(`${channels} channels`);
}

function pixels(data: Buffer, { width, height, channels }: OutputInfo): Pixels {
  if (channels !== 3 && channels !== 4) throw new ImageRejected(`${channels} channels after decoding`);
  return { data, width, height, channels };
}
