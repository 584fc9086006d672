// finishPicture on bytes that are cut, swollen, disguised or broken: always ImageRejected, quickly, never a picture.
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { finishPicture, fitReference, ImageRejected } from '../../src/imaging/index.ts';
import { animation, rawPng, scene, svgText } from './pictures.ts';

const rejected = (bytes: Buffer) => expect(finishPicture(bytes)).rejects.toBeInstanceOf(ImageRejected);

describe('not an accepted format', () => {
  test.each([
    ['nothing', ''],
    ['one byte', '\x89'],
    ['HTML', '<!doctype html><title>504 Gateway Time-out</title>'],
    ['SVG', svgText(100, 100, '<rect width="100" height="100"/>')],
    [
      'SVG behind an XML declaration',
      `<?xml version="1.0"?>${svgText(100, 100, '<image href="file:///etc/passwd"/>')}`,
    ],
    ['JSON', '{"detail":"gone"}'],
    ['only a PNG signature', '\x89PNG\r\n\x1a\n'],
    ['a RIFF that is no WebP', 'RIFF\x10\0\0\0WAVEfmt '],
    ['SVG disguised by a JPEG start', `\xff\xd8\xff${svgText(100, 100, '')}`],
  ])('%s', (_name, text) => rejected(Buffer.from(text, 'latin1')));

  test.each(['gif', 'tiff', 'avif'] as const)('%s', async (format) =>
    rejected(await scene().toFormat(format).toBuffer()),
  );
  test('is refused by its first bytes, before any decoder sees it', async () => {
    for (const bytes of [Buffer.from(svgText(100, 100, '')), await animation('gif'), Buffer.alloc(0)]) {
      await expect(finishPicture(bytes)).rejects.toThrow('neither PNG, JPEG nor WebP by its first bytes');
    }
  });

  test('an animated GIF', async () => rejected(await animation('gif')));
  test('an animated WebP', async () => rejected(await animation('webp')));
});

describe('too large or too small', () => {
  test.each([
    ['a header that claims 60000×60000', rawPng({ width: 60_000, height: 60_000 }, false)],
    ['a header that claims 2³¹−1 on a side', rawPng({ width: 2 ** 31 - 1, height: 1 }, false)],
    ['16000×16000, whole', rawPng({ width: 16_000, height: 16_000, colour: 0 })],
    ['an interlaced 6000×6000', rawPng({ width: 6000, height: 6000, interlaced: true })],
    ['2049 pixels wide, few in all', rawPng({ width: 2049, height: 64 })],
    ['2049 pixels high, few in all', rawPng({ width: 64, height: 2049 })],
    ['63 pixels wide', rawPng({ width: 63, height: 100 })],
    ['0×0', rawPng({ width: 0, height: 0 })],
  ])('%s', async (_name, bytes) => {
    const before = process.memoryUsage().rss;
    await rejected(bytes);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });

  test('the hand-made PNGs are sound when small enough, plain and interlaced', async () => {
    expect(await finishPicture(rawPng({ width: 70, height: 80 }))).toMatchObject({ width: 70, height: 80 });
    expect(await finishPicture(rawPng({ width: 70, height: 80, interlaced: true }))).toMatchObject({ width: 70 });
  });
});

describe('cut short', () => {
  const formats = ['png', 'jpeg', 'webp'] as const;
  const cuts = Array.from({ length: 15 }, (_, i) => i + 1);
  test.each(formats.flatMap((format) => cuts.map((cut) => ({ format, cut }))))(
    '$format at $cut/16',
    async ({ format, cut }) => {
      const whole = await scene().toFormat(format).toBuffer();
      await rejected(whole.subarray(0, Math.floor((whole.length * cut) / 16)));
    },
  );
});

test('flipped bytes give a picture of allowed size or ImageRejected, nothing else', async () => {
  const files = await Promise.all(
    (['png', 'jpeg', 'webp'] as const).map((format) => scene(96, 96).toFormat(format).toBuffer()),
  );
  const change = fc.record({
    file: fc.constantFrom(...files),
    flips: fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ file, flips }) => {
      const bytes = Buffer.from(file);
      for (const [at, value] of flips) bytes[at % bytes.length] = value;
      const result = await finishPicture(bytes).catch((error: unknown) => error);
      if (!(result instanceof ImageRejected))
        expect(await sharp((result as { image: Buffer }).image).metadata()).toMatchObject({ format: 'webp' });
    }),
    { numRuns: 150 },
  );
});

test('the reason and its cause are there for the log', async () => {
  const whole = await scene().png().toBuffer();
  const error = await finishPicture(whole.subarray(0, whole.length / 2)).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    name: 'ImageRejected',
    message: 'the png could not be decoded',
    cause: expect.any(Error),
  });
});

test('a reference is checked as strictly', async () => {
  const size = { width: 1024, height: 1024 };
  await expect(fitReference(Buffer.from(svgText(100, 100, '')), size)).rejects.toBeInstanceOf(ImageRejected);
  await expect(fitReference(rawPng({ width: 60_000, height: 60_000 }, false), size)).rejects.toBeInstanceOf(
    ImageRejected,
  );
});
