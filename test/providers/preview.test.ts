// The preview provider's life without memory, and its failures on demand.
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { type Attempt, type PictureRequest, type Prediction, ProviderError } from '../../src/providers/provider.ts';

const attempt: Attempt = { generationId: 'g1', nonce: 'n1', submittedAt: new Date(1_800_000_000_000) };

function asking(change: Partial<PictureRequest> = {}): PictureRequest {
  return {
    model: 'preview:1',
    prompt: 'a knight in a snowy forest at night',
    negative_prompt: 'blurry',
    seed: 42,
    aspect_ratio: '1:1',
    width: 1024,
    height: 1024,
    reference: null,
    prompt_strength: null,
    lora: null,
    identity: null,
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
    expect(provider).toMatchObject({ name: 'preview', model: 'preview:1' });
    expect(provider.dearestUsd('preview:1')).toBe(0);
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

  test('draws anew what was lost, since that costs nothing', async () => {
    await provider.submit(asking(), attempt);
    expect(await provider.find(asking(), attempt)).toMatchObject({ status: 'starting' });
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
    ['__reject__ a knight', true],
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
