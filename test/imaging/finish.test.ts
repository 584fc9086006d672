// finishPicture on sound pictures: formats, sizes, colours, what is stripped and what is written.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { DIGITAL_SOURCE_TYPE, finishPicture } from '../../src/imaging/index.ts';
import { scene, svg } from './pictures.ts';

async function colourAt(picture: Buffer, left: number, top: number): Promise<number[]> {
  return [...(await sharp(picture).extract({ left, top, width: 1, height: 1 }).removeAlpha().raw().toBuffer())];
}

describe('sizes and formats', () => {
  test.each(['png', 'jpeg', 'webp'] as const)('%s becomes a WebP of the same size and a thumbnail', async (format) => {
    const finished = await finishPicture(await scene(832, 1216).toFormat(format).toBuffer());
    const [image, thumbnail] = await Promise.all(
      [finished.image, finished.thumbnail].map((file) => sharp(file).metadata()),
    );
    expect(finished).toMatchObject({ width: 832, height: 1216 });
    expect(image).toMatchObject({ format: 'webp', width: 832, height: 1216, space: 'srgb', depth: 'uchar' });
    expect(thumbnail).toMatchObject({ format: 'webp', width: 219, height: 320 });
  });

  test('the longer side of a landscape thumbnail is 320 pixels', async () => {
    const { thumbnail } = await finishPicture(await scene(1344, 768).png().toBuffer());
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 320, height: 183 });
  });

  test('a picture smaller than a thumbnail is not enlarged', async () => {
    const { thumbnail } = await finishPicture(await scene(64, 64).png().toBuffer());
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 64, height: 64 });
  });

  test.each([
    [64, 2048],
    [2048, 2048],
  ])('the limits themselves are allowed: %i×%i', async (width, height) => {
    expect(await finishPicture(await scene(width, height).png().toBuffer())).toMatchObject({ width, height });
  });
});

describe('the mark', () => {
  test.each(['image', 'thumbnail'] as const)('is in the %s', async (which) => {
    const finished = await finishPicture(await scene().png().toBuffer());
    const xmp = (await sharp(finished[which]).metadata()).xmp?.toString() ?? '';
    expect(xmp).toContain(`<Iptc4xmpExt:DigitalSourceType>${DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>`);
    expect(xmp).toContain('<Iptc4xmpExt:AISystemUsed>forum-ai-images</Iptc4xmpExt:AISystemUsed>');
    expect(DIGITAL_SOURCE_TYPE).toBe('http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia');
  });

  test('names the system it is told, as text', async () => {
    const { thumbnail } = await finishPicture(await scene().png().toBuffer(), 'SDXL <1.0> & friends');
    const xmp = (await sharp(thumbnail).metadata()).xmp?.toString();
    expect(xmp).toContain('<Iptc4xmpExt:AISystemUsed>SDXL &#60;1.0&#62; &#38; friends</Iptc4xmpExt:AISystemUsed>');
  });
});

describe('what came in does not go out', () => {
  const secrets = {
    IFD0: { Copyright: 'SECRET-OWNER', ImageDescription: 'SECRET-PROMPT' },
    IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '60/1 10/1 0/1' },
  };

  test.each(['png', 'jpeg', 'webp'] as const)('EXIF with GPS, XMP, ICC and a tail behind a %s', async (format) => {
    const dressed = scene().withExif(secrets).withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRET-XMP</x:xmpmeta>');
    const file = await dressed.withIccProfile('p3').toFormat(format).toBuffer();
    expect((await sharp(file).metadata()).exif?.toString('latin1')).toContain('SECRET-OWNER');
    const finished = await finishPicture(
      Buffer.concat([file, Buffer.from('PK\x03\x04 SECRET-TAIL <script>alert(1)</script>')]),
    );
    for (const out of [finished.image, finished.thumbnail]) {
      const { exif, icc, xmp, comments } = await sharp(out).metadata();
      expect({ exif, icc, comments }).toEqual({ exif: undefined, icc: undefined, comments: undefined });
      expect(xmp?.toString()).not.toContain('SECRET');
      expect(out.toString('latin1')).not.toMatch(/SECRET|<script|GPS/);
    }
  });

  test('the turn that EXIF asks for is made before EXIF goes', async () => {
    const lying = await scene(256, 128).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await finishPicture(lying)).toMatchObject({ width: 128, height: 256 });
  });
});

describe('unusual colours arrive as eight-bit sRGB', () => {
  const plain = () => svg(100, 100, '<rect width="100" height="100" fill="rgb(200,100,50)"/>');
  const grey = () => svg(100, 100, '<rect width="100" height="100" fill="rgb(120,120,120)"/>').flatten().greyscale();

  // The last column: how far off is near enough. CMYK has fewer colours; the others only pass through the encoders.
  test.each([
    ['16-bit PNG', () => plain().flatten().toColourspace('rgb16').png(), [200, 100, 50], 6],
    ['16-bit grey PNG', () => grey().toColourspace('grey16').png(), [120, 120, 120], 6],
    ['grey JPEG', () => grey().toColourspace('b-w').jpeg(), [120, 120, 120], 6],
    ['grey PNG with alpha', () => grey().ensureAlpha().toColourspace('b-w').png(), [120, 120, 120], 6],
    ['palette PNG', () => plain().png({ palette: true }), [200, 100, 50], 6],
    ['CMYK JPEG', () => plain().flatten().toColourspace('cmyk').jpeg(), [200, 100, 50], 40],
    ['Display P3 JPEG', () => plain().flatten().withIccProfile('p3').jpeg(), [200, 100, 50], 6],
  ])('%s', async (_name, make, expected, near) => {
    const { image } = await finishPicture(await make().toBuffer());
    expect(await sharp(image).metadata()).toMatchObject({ space: 'srgb', depth: 'uchar' });
    const found = await colourAt(image, 50, 50);
    for (const [i, value] of expected.entries()) expect(Math.abs((found[i] ?? 0) - value)).toBeLessThanOrEqual(near);
  });
});

test('nothing that a host could notice is changed in sharp', async () => {
  const state = () => ({ cache: sharp.cache().items.max, concurrency: sharp.concurrency(), simd: sharp.simd() });
  const before = state();
  await finishPicture(await scene().png().toBuffer());
  expect(state()).toEqual(before);
  expect((await svg(64, 64, '<circle r="9"/>').metadata()).format).toBe('svg');
});
