// fitReference: the asked size exactly, nothing squeezed or cut off, small enough for a data URL, the same bytes every time.
// lightenReference: the same in the reference's own shape.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { finishPicture, fitReference, lightenReference, REFERENCE_MIME_TYPE } from '../../src/imaging/index.ts';
import { scene, svg } from './pictures.ts';

const SHAPES = [
  [1024, 1024],
  [832, 1216],
  [1216, 832],
  [896, 1152],
  [1152, 896],
  [768, 1344],
  [1344, 768],
] as const;
const PAIRS = SHAPES.flatMap(([w, h]) => SHAPES.map(([width, height]) => ({ w, h, width, height })));

/** A white circle that nearly fills the shorter side of a dark picture, in an accepted reference. */
async function circle(width: number, height: number): Promise<Buffer> {
  const r = Math.min(width, height) * 0.4;
  const drawn = svg(
    width,
    height,
    `<rect width="100%" height="100%" fill="#000"/><circle cx="50%" cy="50%" r="${r}" fill="#fff"/>`,
  );
  return (await finishPicture(await drawn.png().toBuffer())).image;
}

/** How many white pixels the middle row and the middle column have around the centre. */
async function extent(picture: Buffer): Promise<{ across: number; down: number }> {
  const { data, info } = await sharp(picture).greyscale().raw().toBuffer({ resolveWithObject: true });
  const white = (x: number, y: number) => (data[y * info.width + x] ?? 0) > 127;
  const [cx, cy] = [info.width >> 1, info.height >> 1];
  const run = (dx: number, dy: number) => {
    let n = 0;
    while (white(cx + dx * (n + 1), cy + dy * (n + 1))) n += 1;
    return n;
  };
  return { across: run(-1, 0) + run(1, 0) + 1, down: run(0, -1) + run(0, 1) + 1 };
}

describe('shape', () => {
  test.each(PAIRS)('$w×$h into $width×$height', async ({ w, h, width, height }) => {
    const fitted = await fitReference(await circle(w, h), { width, height });
    expect(await sharp(fitted).metadata()).toMatchObject({ format: 'jpeg', width, height, space: 'srgb', channels: 3 });
    const { across, down } = await extent(fitted);
    expect(Math.abs(across / down - 1)).toBeLessThanOrEqual(0.01);
    expect(across).toBeCloseTo(0.8 * Math.min(w, h) * Math.min(width / w, height / h), -1);
  });

  test('all of the reference is there, and what is added looks like it', async () => {
    const halves = svg(
      832,
      1216,
      '<rect width="416" height="1216" fill="#d22"/><rect x="416" width="416" height="1216" fill="#22d"/>',
    );
    const fitted = await fitReference(await halves.flatten().webp().toBuffer(), { width: 1344, height: 768 });
    const at = async (left: number) => [
      ...(await sharp(fitted).extract({ left, top: 380, width: 1, height: 1 }).raw().toBuffer()),
    ];
    const [outside, first, last] = [await at(4), await at(440), await at(904)];
    for (const [red = 0, , blue = 0] of [outside, first]) expect(red - blue).toBeGreaterThan(100);
    expect((last?.[2] ?? 0) - (last?.[0] ?? 0)).toBeGreaterThan(100);
  });

  test('alpha is laid on white, never sent', async () => {
    const clear = svg(832, 1216, '<circle cx="416" cy="608" r="200" fill="#070"/>');
    const fitted = await fitReference(await clear.webp().toBuffer(), { width: 1024, height: 1024 });
    const corner = await sharp(fitted).extract({ left: 512, top: 40, width: 1, height: 1 }).raw().toBuffer();
    expect([...corner].every((value) => value > 245)).toBe(true);
  });
});

describe('size in bytes', () => {
  test.each(SHAPES)('even noise fits into a data URL of 256 KB at %i×%i', async (width, height) => {
    const raw = { width: 1024, height: 1024, channels: 3 } as const;
    const noise = await sharp(randomBytes(1024 * 1024 * 3), { raw })
      .webp()
      .toBuffer();
    const fitted = await fitReference(noise, { width, height });
    expect(fitted.length).toBeLessThanOrEqual(190_000);
    expect(`data:${REFERENCE_MIME_TYPE};base64,${fitted.toString('base64')}`.length).toBeLessThanOrEqual(256 * 1000);
  });

  test('a calm picture keeps the best quality', async () => {
    const fitted = await fitReference(await scene(1024, 1024).webp().toBuffer(), { width: 1024, height: 1024 });
    expect(REFERENCE_MIME_TYPE).toBe('image/jpeg');
    expect(fitted.length).toBeGreaterThan(10_000);
  });
});

test('two other processes make the same bytes', async () => {
  const reference = await scene(832, 1216).webp().toBuffer();
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { createHash } from 'node:crypto';
    import { fitReference } from ${url('../../src/imaging/index.ts')};
    const fitted = await fitReference(Buffer.from(process.argv[1], 'base64'), { width: 1344, height: 768 });
    console.log(createHash('sha256').update(fitted).digest('hex'));`;
  const run = () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, reference.toString('base64')]);
  const here = createHash('sha256')
    .update(await fitReference(reference, { width: 1344, height: 768 }))
    .digest('hex');
  const there = await Promise.all([run(), run()]);
  expect(there.map(({ stdout }) => stdout.trim())).toEqual([here, here]);
});

describe('as it is', () => {
  test.each([
    [832, 1216, 832, 1216],
    [512, 512, 512, 512],
    [1600, 2000, 1075, 1344],
  ])('%i×%i is sent as %i×%i, nothing squeezed', async (width, height, ...size) => {
    const light = await lightenReference(await circle(width, height));
    const { format, width: w, height: h } = await sharp(light).metadata();
    expect([format, w, h]).toEqual(['jpeg', ...size]);
    const { across, down } = await extent(light);
    expect(Math.abs(across / down - 1)).toBeLessThanOrEqual(0.01);
  });

  test('even noise fits into a data URL of 256 KB, the same each time', async () => {
    const raw = { width: 832, height: 1216, channels: 3 } as const;
    const noise = await sharp(randomBytes(832 * 1216 * 3), { raw })
      .png()
      .toBuffer();
    const light = await lightenReference(noise);
    expect(light.length).toBeLessThanOrEqual(190_000);
    expect((await lightenReference(noise)).equals(light)).toBe(true);
  });
});
