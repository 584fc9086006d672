// Pictures for the tests, good and hostile, all made on the spot.
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** A picture with detail, so that its files are long enough to be cut into pieces. */
export function scene(width = 256, height = 192): Sharp {
  const stripes = Array.from(
    { length: 24 },
    (_, i) => `<rect x="${i * 11}" width="5" height="100%" fill="hsl(${i * 15} 70% 50%)"/>`,
  );
  return svg(
    width,
    height,
    `<rect width="100%" height="100%" fill="#357"/>${stripes.join('')}<circle cx="50%" cy="50%" r="60"/>`,
  );
}

export function svg(width: number, height: number, inside: string): Sharp {
  return sharp(Buffer.from(svgText(width, height, inside)));
}

export function svgText(width: number, height: number, inside: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${inside}</svg>`;
}

interface PngHeader {
  width: number;
  height: number;
  /** 0 grey, 2 RGB. */
  colour?: 0 | 2;
  interlaced?: boolean;
}

/** A PNG written by hand, of one colour; `rows` false leaves the pixels out, so only the header lies. */
export function rawPng({ width, height, colour = 2, interlaced = false }: PngHeader, rows = true): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colour, 0, 0, interlaced ? 1 : 0], 8);
  const samples = colour === 2 ? 3 : 1;
  // Seven Adam7 passes hold the same pixels as one, plus a filter byte per row: somewhat more zeros than needed do no harm.
  const pixels = rows ? Buffer.alloc((width * samples + 1) * height + (interlaced ? height * 2 : 0)) : Buffer.alloc(8);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** Three frames, as GIF or WebP. */
export async function animation(format: 'gif' | 'webp'): Promise<Buffer> {
  const frames = ['#a00', '#0a0', '#00a'].map((fill) => svg(96, 96, `<rect width="96" height="96" fill="${fill}"/>`));
  const files = await Promise.all(frames.map((frame) => frame.png().toBuffer()));
  return sharp(files, { join: { animated: true } })
    .toFormat(format, { delay: [100, 100, 100] })
    .toBuffer();
}
