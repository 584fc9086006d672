// Files that are made to hurt whoever opens them, or to be something else as well.
import { crc32, deflateRawSync, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { animation, rawPng, scene, svgText } from '../../imaging/pictures.ts';

const MIB = 1024 * 1024;
export const SCRIPT = '<script>alert(document.domain)</script>';

/** With more chunks between its head and its pixels. */
function withChunks(png: Buffer, ...chunks: [type: string, data: Buffer][]): Buffer {
  const head = 8 + 25;
  return Buffer.concat([png.subarray(0, head), ...chunks.map(([type, data]) => chunk(type, data)), png.subarray(head)]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

const png = () => scene(256, 192).png().toBuffer();

export const BOMBS: Record<string, () => Buffer | Promise<Buffer>> = {
  'a PNG of 16,000 × 16,000': () => rawPng({ width: 16_000, height: 16_000, colour: 0 }),
  'an interlaced PNG of 6,000 × 6,000': () => rawPng({ width: 6000, height: 6000, interlaced: true }),
  'a PNG of 1 × 100 million': () => rawPng({ width: 1, height: 100_000_000, colour: 0 }),
  'a PNG whose head claims 2³¹ pixels': () => rawPng({ width: 2 ** 31 - 1, height: 1 }, false),
  'a progressive JPEG of 12,000 × 12,000': () => blank(12_000).jpeg({ progressive: true, quality: 1 }).toBuffer(),
  'a WebP of 10,000 × 10,000': () => blank(10_000).webp({ quality: 1, effort: 0 }).toBuffer(),
};

/** Of a right size, and swollen by what they carry. */
export const SWOLLEN: Record<string, () => Buffer | Promise<Buffer>> = {
  'a PNG with text that unpacks to 100 MiB': async () =>
    withChunks(await png(), [
      'zTXt',
      Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(100 * MIB))]),
    ]),
};

function blank(side: number) {
  return sharp({ create: { width: side, height: side, channels: 3, background: '#345' } });
}

export const REJECTED: Record<string, () => Buffer | Promise<Buffer>> = {
  'one pixel too wide': () => rawPng({ width: 2049, height: 64 }),
  'one pixel too small': () => rawPng({ width: 63, height: 100 }),
  'no pixels': () => rawPng({ width: 0, height: 0 }),
  'a GIF of three frames': () => animation('gif'),
  'a WebP of three frames': () => animation('webp'),
  'a TIFF': () => scene().tiff().toBuffer(),
  'an AVIF': () => scene().avif().toBuffer(),
  'an SVG behind the first bytes of a JPEG': () => Buffer.from(`\xff\xd8\xff${svgText(99, 99, '')}`, 'latin1'),
  'a PNG with a flipped bit': async () => flipped(await png()),
};

function flipped(bytes: Buffer): Buffer {
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
}

/** Sound enough to be drawn anew, and with something in them that must not come along. */
export const CLEANED: Record<string, () => Buffer | Promise<Buffer>> = {
  'a PNG with a script behind its end': async () => Buffer.concat([await png(), Buffer.from(SCRIPT)]),
  'a PNG that is a ZIP as well': async () => Buffer.concat([await png(), zipOf(SCRIPT)]),
  'a PNG with a script in its text': async () => withChunks(await png(), ['tEXt', Buffer.from(`Comment\0${SCRIPT}`)]),
  'a PNG with a second frame': async () =>
    withChunks(await png(), ['acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])], ['teSt', Buffer.from(SCRIPT)]),
  'a PNG with 16 bits a channel': async () =>
    withChunks(await scene().toColourspace('rgb16').png().toBuffer(), ['tEXt', Buffer.from(`Comment\0${SCRIPT}`)]),
  'a JPEG with its maker’s place and words': () =>
    scene()
      .withExif({ IFD0: { Copyright: SCRIPT }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '60/1 10/1 0/1' } })
      .jpeg()
      .toBuffer(),
  'a JPEG in CMYK': () => scene().toColourspace('cmyk').withXmp(xmp(SCRIPT)).jpeg().toBuffer(),
  'a progressive JPEG': () => scene().withXmp(xmp(SCRIPT)).jpeg({ progressive: true }).toBuffer(),
  'a WebP with a megabyte of XMP': () =>
    scene()
      .withXmp(xmp(SCRIPT + 'x'.repeat(MIB)))
      .webp()
      .toBuffer(),
};

function xmp(text: string): string {
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><note>${text.replaceAll('<', '&lt;')}</note></x:xmpmeta>`;
}

/** One local file header with its data: as much of a ZIP as most readers need. */
function zipOf(text: string): Buffer {
  const data = deflateRawSync(Buffer.from(text));
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(crc32(text), 14);
  head.writeUInt32LE(data.length, 18);
  head.writeUInt32LE(text.length, 22);
  head.writeUInt16LE(10, 26);
  return Buffer.concat([head, Buffer.from('index.html'), data]);
}
