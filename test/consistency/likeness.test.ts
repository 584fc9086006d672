// The measure by itself: what it must be for any two pictures, and that no bytes can make it fail.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Appearance, appearanceOf, likeness } from '../../src/consistency/likeness.ts';
import { finishPicture } from '../../src/imaging/index.ts';
import { drawPreview } from '../../src/providers/preview/drawing.ts';

const draw = (prompt: string, seed: number) => drawPreview({ prompt, seed, width: 512, height: 384, reference: null });

let picture: Buffer;
let appearances: Appearance[];
beforeAll(async () => {
  picture = await draw('red braid, green cloak, in a forest', 7);
  const others = await Promise.all([1, 2, 3, 4].map((seed) => draw('standing in a tavern', seed)));
  appearances = await Promise.all([picture, ...others].map(appearanceOf));
});

const scoreOf = async (one: Buffer, other: Buffer) => likeness(await appearanceOf(one), await appearanceOf(other));

describe('between pictures', () => {
  test('a picture is like itself to 1, and like no other that much', () => {
    for (const one of appearances) {
      for (const other of appearances) {
        const { score } = likeness(one, other);
        if (one === other) expect(score).toBe(1);
        else expect(score).toBeLessThan(0.95);
      }
    }
  });

  test('it is the same both ways, and from 0 to 1', () => {
    for (const one of appearances) {
      for (const other of appearances) {
        const { score } = likeness(one, other);
        expect(score).toBe(likeness(other, one).score);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }
    }
  });

  test('what storing does to a picture hardly moves it', async () => {
    const { thumbnail, image } = await finishPicture(picture);
    for (const changed of [thumbnail, image, await sharp(picture).jpeg({ quality: 60 }).toBuffer()]) {
      expect((await scoreOf(picture, changed)).score).toBeGreaterThan(0.95);
    }
  });

  test('a figure is found again where it has moved to another place of the middle', async () => {
    const moved = await sharp(picture).extract({ left: 40, top: 0, width: 472, height: 384 }).toBuffer();
    const others = appearances.slice(1).map((other) => likeness(appearances[0] as Appearance, other).score ?? 1);
    expect((await scoreOf(picture, moved)).score).toBeGreaterThan(Math.max(...others) + 0.1);
  });
});

describe('of what is no picture', () => {
  const plain = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#888' } })
      .png()
      .toBuffer();

  test.each<[string, () => Promise<Buffer> | Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['noise', () => randomBytes(5000)],
    ['half a file', () => picture.subarray(0, picture.length / 2)],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"/>')],
    ['too many pixels', () => plain(4000, 4000)],
    ['one colour', () => plain(300, 300)],
    ['a line', () => plain(2048, 64)],
    [
      'all transparent',
      async () =>
        sharp(await plain(200, 200))
          .ensureAlpha(0)
          .png()
          .toBuffer(),
    ],
  ])('%s has no score, and says why', async (_name, bytes) => {
    const result = await scoreOf(picture, await bytes());
    expect(result.score).toBeNull();
    expect(result.reason).toMatch(/^(not a picture that can be read|nothing stands out from the background)$/);
    expect(await scoreOf(await bytes(), picture)).toEqual(result);
  });

  test('a picture with damaged bytes never makes it fail', async () => {
    const { image } = await finishPicture(picture);
    const damage = fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const bytes = Buffer.from(image);
        for (const [at, value] of changes) bytes[at] = value;
        const { score, reason } = await scoreOf(picture, bytes);
        expect(score === null).toBe(reason !== null);
        if (score !== null) expect(score).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 40 },
    );
  });
});
