// The preview's drawings: repeatable, of the asked size, a figure that stays itself, and a prompt that is only ever text.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { drawPreview as drawn } from '../../src/providers/preview/drawing.ts';
import { letters } from '../../src/providers/preview/letters.ts';
import { readPrompt } from '../../src/providers/preview/words.ts';

const SHAPES = [
  [1024, 1024],
  [832, 1216],
  [1216, 832],
  [896, 1152],
  [1152, 896],
  [768, 1344],
  [1344, 768],
] as const;

type Drawn = Parameters<typeof drawn>[0];

function asking(change: Partial<Drawn> = {}): Drawn {
  return {
    prompt: 'a knight in a snowy forest at night',
    seed: 42,
    width: 1024,
    height: 1024,
    reference: null,
    ...change,
  };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** How much of two pictures differs, 0–1, within a part given in shares of the picture. */
async function difference(
  one: Buffer,
  other: Buffer,
  part: { x: number; y: number; w: number; h: number },
): Promise<number> {
  const cut = async (picture: Buffer) => {
    const { width, height } = await sharp(picture).metadata();
    const area = {
      left: Math.round(part.x * width),
      top: Math.round(part.y * height),
      width: Math.round(part.w * width),
      height: Math.round(part.h * height),
    };
    return sharp(picture).extract(area).raw().toBuffer();
  };
  const [a, b] = [await cut(one), await cut(other)];
  let differing = 0;
  for (let i = 0; i < a.length; i += 3)
    if (Math.abs((a[i] ?? 0) - (b[i] ?? 0)) + Math.abs((a[i + 1] ?? 0) - (b[i + 1] ?? 0)) > 24) differing += 1;
  return differing / (a.length / 3);
}

const CHEST = { x: 0.44, y: 0.62, w: 0.12, h: 0.16 };
const CORNER = { x: 0, y: 0, w: 0.2, h: 0.5 };
const BAND = { x: 0, y: 0.82, w: 0.6, h: 0.1 };

describe('drawing', () => {
  test.each(SHAPES)('is a PNG of exactly %i×%i', async (width, height) => {
    const picture = await drawn(asking({ width, height }));
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'png', width, height, channels: 3, space: 'srgb' });
  });

  test('the band says PREVIEW in large letters, whatever is drawn above it', async () => {
    const [one, other] = [await drawn(asking()), await drawn(asking({ seed: 7, prompt: 'the sea' }))];
    expect(await difference(one, other, BAND)).toBe(0);
    const { dominant, channels } = await sharp(
      await sharp(one).extract({ left: 0, top: 850, width: 500, height: 80 }).png().toBuffer(),
    ).stats();
    expect(dominant.r).toBeLessThan(40);
    expect(channels[0]?.max).toBeGreaterThan(230);
  });

  test('a character is itself in another scene, and the scene is another', async () => {
    const [forest, desert] = [
      await drawn(asking({ prompt: 'a forest by day' })),
      await drawn(asking({ prompt: 'a desert by day' })),
    ];
    expect(await difference(forest, desert, CHEST)).toBeLessThan(0.02);
    expect(await difference(forest, desert, CORNER)).toBeGreaterThan(0.5);
  });

  test('another seed is another character in the same scene', async () => {
    const [one, other] = [await drawn(asking({ seed: 1 })), await drawn(asking({ seed: 2 }))];
    expect(await difference(one, other, CHEST)).toBeGreaterThan(0.3);
    expect(await difference(one, other, CORNER)).toBeLessThan(0.02);
  });

  test('no figure where none is wanted: every seed shows the same scenery', async () => {
    const prompt = 'empty scene, no people, a castle by the sea';
    const [one, other] = [await drawn(asking({ prompt, seed: 1 })), await drawn(asking({ prompt, seed: 2 }))];
    expect(await difference(one, other, { x: 0, y: 0, w: 1, h: 0.8 })).toBe(0);
  });

  test('the reference is shown in the corner, and the figure stays', async () => {
    const reference = await sharp({ create: { width: 1024, height: 1024, channels: 3, background: '#ff00ff' } })
      .jpeg()
      .toBuffer();
    const [without, withIt] = [await drawn(asking()), await drawn(asking({ reference }))];
    const [r = 0, g = 255, b = 0] = await sharp(withIt)
      .extract({ left: 890, top: 130, width: 1, height: 1 })
      .raw()
      .toBuffer();
    expect([r > 240, g < 20, b > 240]).toEqual([true, true, true]);
    expect(await difference(without, withIt, CHEST)).toBe(0);
  });

  test('by identity another seed draws the same figure, says so, and shows the image', async () => {
    const image = await sharp({ create: { width: 832, height: 1216, channels: 3, background: '#ff00ff' } })
      .jpeg()
      .toBuffer();
    const identity = { image, strength: null, seed: 1 };
    const [one, byIdentity] = [await drawn(asking({ seed: 1 })), await drawn(asking({ seed: 2, identity }))];
    expect(await difference(one, byIdentity, CHEST)).toBe(0);
    expect(await difference(one, byIdentity, BAND)).toBeGreaterThan(0.02);
    const [r = 0, g = 255, b = 0] = await sharp(byIdentity)
      .extract({ left: 890, top: 130, width: 1, height: 1 })
      .raw()
      .toBuffer();
    expect([r > 240, g < 20, b > 240]).toEqual([true, true, true]);
  });

  test('two other processes draw the same bytes', async () => {
    const request = asking({ prompt: 'punahiuksinen Äijä ☃ linnassa', width: 832, height: 1216 });
    const program = `
      import { createHash } from 'node:crypto';
      import { drawPreview } from ${JSON.stringify(new URL('../../src/providers/preview/drawing.ts', import.meta.url).href)};
      console.log(createHash('sha256').update(await drawPreview(JSON.parse(process.argv[1]))).digest('hex'));`;
    const run = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, JSON.stringify(request)]);
    const there = await Promise.all([run(), run()]);
    const here = sha256(await drawn(request));
    expect(there.map(({ stdout }) => stdout.trim())).toEqual([here, here]);
  });

  test('no prompt breaks it, and none is read as SVG', async () => {
    const nasty = fc.constantFrom(
      '</svg><script>',
      '&amp;&#0;',
      '\0\u0001',
      '\ud800',
      '💥🏰',
      '__proto__',
      'constructor',
      '"><image href="file:///etc/passwd"/>',
      'ÅÄÖ',
      'מגדל',
      'lumi '.repeat(2000),
    );
    const prompts = fc
      .array(fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.lorem()), { maxLength: 6 })
      .map((parts) => parts.join(' '));
    await fc.assert(
      fc.asyncProperty(
        prompts,
        fc.nat(2 ** 32 - 1),
        fc.constantFrom(...SHAPES),
        async (prompt, seed, [width, height]) => {
          expect(await sharp(await drawn(asking({ prompt, seed, width, height }))).metadata()).toMatchObject({
            format: 'png',
            width,
            height,
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('reading a prompt', () => {
  test.each([
    [
      'long red hair, green eyes and a blue cloak, in a snowy forest at night',
      { place: 'forest', hour: 'night', weather: 'snow', hair: '#b8352b', eyes: '#3f7d4a', clothes: '#3465a8' },
    ],
    [
      'punaiset pitkät hiukset, vihreät silmät ja musta viitta meren rannalla auringonlaskussa',
      { place: 'sea', hour: 'dusk', hair: '#b8352b', eyes: '#3f7d4a', clothes: '#23202b' },
    ],
    [
      'punahiuksinen soturi linnassa yöllä, surullinen',
      { place: 'castle', hour: 'night', hair: '#b8352b', mood: 'sad' },
    ],
    ['a tavern by the sea', { place: 'tavern' }],
    ['a keep in the forest, plain background', { place: 'plain' }],
    ['green eyes, cloak', { eyes: '#3f7d4a', clothes: undefined }],
    ['a knight of another season, inner dayless sadness', { place: undefined, hour: undefined, mood: undefined }],
    ['empty scene, no people', { emptyScene: true }],
    ['', { place: undefined, hair: undefined, emptyScene: false }],
  ])('%s', (prompt, expected) => {
    expect(readPrompt(prompt)).toMatchObject(expected);
  });
});

describe('letters', () => {
  const drawing = (text: string, width = 10_000) =>
    letters(text, { x: 0, y: 0, height: 6, colour: '#fff', weight: 0.1, width });
  const strokes = (text: string) => drawing(text).match(/ d="[^"]+"/g) ?? [];

  test('every letter, figure and common sign has its own shape', () => {
    const all = 'ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ0123456789.,!?-–:;/+()';
    expect(new Set(strokes(all)).size).toBe(all.length);
    expect(strokes('åäö é')).toEqual(strokes('ÅÄÖ E'));
  });

  test('a sign without a shape is a dot, and no text gets into the drawing', () => {
    expect(strokes('☃')).toEqual(strokes('·'));
    expect(drawing('</g><script>alert(1)</script>')).not.toContain('script');
    expect(strokes('constructor __proto__')).toHaveLength(20);
  });

  test('what does not fit ends in an ellipsis', () => {
    expect(drawing('a long story', 20)).toBe(drawing('a long st', 20));
    expect(drawing('a', 0)).toBe(drawing('b', 0));
  });
});
