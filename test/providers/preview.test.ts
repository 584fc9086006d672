// The preview provider: its life without memory, its failures on demand, and drawings that are repeatable and keep a figure itself.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeEach, describe, expect, test } from 'vitest';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { readPrompt } from '../../src/providers/preview-words.ts';
import { type Attempt, type PictureRequest, type Prediction, ProviderError } from '../../src/providers/provider.ts';

const SHAPES = [
  [1024, 1024],
  [832, 1216],
  [1216, 832],
  [896, 1152],
  [1152, 896],
  [768, 1344],
  [1344, 768],
] as const;

const attempt: Attempt = { generationId: 'g1', nonce: 'n1', submittedAt: new Date(1_800_000_000_000) };

function asking(change: Partial<PictureRequest> = {}): PictureRequest {
  return {
    prompt: 'a knight in a snowy forest at night',
    negative_prompt: 'blurry',
    seed: 42,
    width: 1024,
    height: 1024,
    reference: null,
    prompt_strength: null,
    lora: null,
    num_inference_steps: 30,
    guidance_scale: 7.5,
    ...change,
  };
}

let time = 0;
const now = () => time;
let provider = createPreviewProvider({ now });
beforeEach(() => {
  provider = createPreviewProvider({ now });
  time = 1_800_000_000_000;
});

async function drawn(request: PictureRequest): Promise<Buffer> {
  const { id } = await provider.submit(request, attempt);
  time += 1200;
  const prediction = await provider.get(id, request);
  if (!prediction) throw new Error('lost');
  return provider.download(prediction, request);
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('life', () => {
  test('costs nothing and says what it is', async () => {
    expect(provider).toMatchObject({ name: 'preview', model: 'preview:1', usdPerSecond: 0 });
    await expect(provider.check()).resolves.toBeUndefined();
  });

  test('progress grows with time from starting to succeeded, 1.2 s later', async () => {
    const request = asking();
    const { id, status } = await provider.submit(request, attempt);
    const seen: Prediction[] = [];
    for (let i = 0; i <= 12; i += 1, time += 100) seen.push((await provider.get(id, request)) as Prediction);
    const progress = seen.map((each) => each.progress ?? -1);
    expect(status).toBe('starting');
    expect(progress).toEqual([...new Set(progress)].sort((a, b) => a - b));
    expect(seen.at(0)).toMatchObject({ status: 'starting', progress: 0, outputs: [] });
    expect(seen.at(6)).toMatchObject({ status: 'processing', progress: 0.5 });
    expect(seen.at(12)).toMatchObject({
      status: 'succeeded',
      progress: 1,
      predictSeconds: 1.2,
      modelVersion: 'preview:1',
    });
    expect(seen.at(12)?.outputs).toHaveLength(1);
  });

  test('a clock set back shows no progress below nought', async () => {
    const { id } = await provider.submit(asking(), attempt);
    time -= 60_000;
    expect(await provider.get(id, asking())).toMatchObject({ progress: 0, status: 'starting' });
  });

  test('another process takes over: the id and the request are enough', async () => {
    const request = asking();
    const { id } = await provider.submit(request, attempt);
    time += 1200;
    const other = createPreviewProvider({ now });
    const prediction = await other.get(id, request);
    expect(prediction).toEqual(await provider.get(id, request));
    expect(sha256(await other.download(prediction as Prediction, request))).toBe(sha256(await drawn(request)));
  });

  test('the reference need not be at hand to look at a prediction', async () => {
    const request = asking({ reference: Buffer.from('a picture'), prompt_strength: 0.6 });
    const { id } = await provider.submit(request, attempt);
    expect(await provider.get(id, { ...request, reference: null })).toMatchObject({ id, status: 'starting' });
  });

  test('an id that is foreign, broken or for another request is not known', async () => {
    const { id } = await provider.submit(asking(), attempt);
    for (const wrong of ['', 'x', `${id}0`, id.toUpperCase(), 'preview-0-0-0'])
      expect(await provider.get(wrong, asking())).toBeUndefined();
    expect(await provider.get(id, asking({ prompt: 'another' }))).toBeUndefined();
    expect(await provider.get(id, asking({ seed: 43 }))).toBeUndefined();
  });

  test('two attempts of one millisecond are two predictions', async () => {
    const first = await provider.submit(asking(), attempt);
    const second = await provider.submit(asking(), { ...attempt, nonce: 'n2' });
    expect(first.id).not.toBe(second.id);
  });

  test('never finds what was lost', async () => {
    await provider.submit(asking(), attempt);
    expect(await provider.find(asking(), attempt)).toBeUndefined();
  });

  test.each([
    [0, 1024],
    [1024, 4096],
    [1000.5, 1024],
    [Number.NaN, 64],
  ])('refuses %d×%d', async (width, height) => {
    const refusal = provider.submit(asking({ width, height }), attempt);
    await expect(refusal).rejects.toMatchObject({ name: 'ProviderError', kind: 'refused' });
  });
});

describe('an early end', () => {
  test('cancel ends a running prediction for good, and twice is as good as once', async () => {
    const { id } = await provider.submit(asking(), attempt);
    await provider.cancel(id);
    await provider.cancel(id);
    time += 5000;
    const prediction = await provider.get(id, asking());
    expect(prediction).toMatchObject({ status: 'canceled', outputs: [] });
    await expect(provider.download(prediction as Prediction, asking())).rejects.toBeInstanceOf(ProviderError);
  });

  test('a finished prediction and an unknown one are left as they are', async () => {
    const { id } = await provider.submit(asking(), attempt);
    time += 1200;
    await provider.cancel(id);
    await provider.cancel('nonsense');
    expect(await provider.get(id, asking())).toMatchObject({ status: 'succeeded' });
  });

  test('only the latest thousand cancellations are remembered', async () => {
    const ids: string[] = [];
    for (let i = 0; i <= 1000; i += 1)
      ids.push((await provider.submit(asking(), { ...attempt, nonce: `many ${i}` })).id);
    for (const id of ids) await provider.cancel(id);
    expect(await provider.get(ids[0] ?? '', asking())).toMatchObject({ status: 'starting' });
    expect(await provider.get(ids[1000] ?? '', asking())).toMatchObject({ status: 'canceled' });
  });

  test.each([
    ['a knight __fail__', false],
    ['__nsfw__ a knight', true],
  ])('%s fails, and only at the end', async (prompt, rejected) => {
    const request = asking({ prompt });
    const { id } = await provider.submit(request, attempt);
    expect(await provider.get(id, request)).toMatchObject({ status: 'starting', failure: null });
    time += 1200;
    const prediction = await provider.get(id, request);
    expect(prediction).toMatchObject({ status: 'failed', failure: { rejected }, outputs: [] });
    await expect(provider.download(prediction as Prediction, request)).rejects.toMatchObject({ kind: 'refused' });
  });

  test('a reference that is no picture is refused, with the cause', async () => {
    const error = await drawn(asking({ reference: Buffer.from('no picture') })).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'refused', cause: expect.any(Error) });
  });
});

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

  test('two other processes draw the same bytes', async () => {
    const request = asking({ prompt: 'punahiuksinen Äijä ☃ linnassa', width: 832, height: 1216 });
    const program = `
      import { createHash } from 'node:crypto';
      import { drawPreview } from ${JSON.stringify(new URL('../../src/providers/preview-drawing.ts', import.meta.url).href)};
      console.log(createHash('sha256').update(await drawPreview(JSON.parse(process.argv[1]))).digest('hex'));`;
    const run = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, JSON.stringify(request)]);
    const there = await Promise.all([run(), run()]);
    const here = sha256(await drawn(request));
    expect(there.map(({ stdout }) => stdout.trim())).toEqual([here, here]);
  });

  test('no prompt breaks it, and none is read as SVG', { timeout: 120_000 }, async () => {
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
          fc.pre(!/__(?:fail|nsfw)__/.test(prompt));
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

  test('a picture takes well under 400 ms of processor time', async () => {
    await drawn(asking());
    const before = process.cpuUsage();
    for (const [width, height] of SHAPES) await drawn(asking({ width, height }));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000 / SHAPES.length).toBeLessThan(400);
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
