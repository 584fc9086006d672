// The guarded download: which addresses are asked at all, and what each failure of the transfer is taken for.
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReplicateConfig } from '../../src/config.ts';
import type { PictureRequest, Prediction } from '../../src/providers/provider.ts';
import type { Deadlines } from '../../src/providers/replicate.ts';
import { allowedUrl } from '../../src/providers/replicate-download.ts';
import { faults, type Outcome, ReplicateDouble } from '../support/replicate-double.ts';
import type { Fault } from '../support/replicate-faults.ts';
import { attempt, failure as failureOf, providerFor, REQUEST } from '../support/replicate-setup.ts';

const MIB = 1024 * 1024;

let double: ReplicateDouble;
beforeEach(async () => {
  double = await ReplicateDouble.start({ latencyMs: 0 });
});
afterEach(() => double.close());

const provider = (changes?: Partial<ReplicateConfig>, deadlines?: Partial<Deadlines>) =>
  providerFor(double, changes, deadlines);
const failure = (call: Promise<unknown>) => failureOf(call, double.token);

async function drawn(changes: Partial<PictureRequest> = {}, outcome: Outcome = {}): Promise<Prediction> {
  double.nextOutcome(outcome);
  const { id } = await provider().submit({ ...REQUEST, ...changes }, attempt());
  return (await provider().get(id, REQUEST)) as Prediction;
}

describe('download', () => {
  test('brings the picture, without credentials', async () => {
    const bytes = await provider().download(await drawn(), REQUEST);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 128, height: 192 });
    expect(double.count('download')).toBe(1);
    expect(double.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  test('the same request draws the same picture, another seed another one', async () => {
    const pictures = [];
    for (const seed of [1, 1, 2]) pictures.push(await provider().download(await drawn({ seed }), REQUEST));
    expect(pictures[0]?.equals(pictures[1] as Buffer)).toBe(true);
    expect(pictures[0]?.equals(pictures[2] as Buffer)).toBe(false);
  });

  test('img2img draws in the size of the reference, rounded down to eights', async () => {
    const reference = await sharp({ create: { width: 100, height: 71, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const bytes = await provider().download(await drawn({ reference, prompt_strength: 0.1 }), REQUEST);
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 96, height: 64 });
    expect(data[0]).toBeGreaterThan(200);
  });

  test('takes the first picture only, and refuses when there is none', async () => {
    const prediction = await drawn();
    const [first] = prediction.outputs as [string];
    await provider().download({ ...prediction, outputs: [first, 'https://elsewhere.example/x.png'] }, REQUEST);
    expect((await failure(provider().download({ ...prediction, outputs: [] }, REQUEST))).kind).toBe('refused');
    expect(double.count('download')).toBe(1);
  });

  test('finds an expired picture gone', async () => {
    const prediction = await drawn();
    double.expire(prediction.id);
    expect((await failure(provider().download(prediction, REQUEST))).kind).toBe('refused');
    expect(double.count('download')).toBe(1);
  });

  test.each<[name: string, fault: Fault, kind: string]>([
    ...[403, 404, 410].map((status) => [`a ${status}`, faults.answer(status), 'refused'] as [string, Fault, string]),
    ...[206, 400, 401, 429, 500, 503].map(
      (status) => [`a ${status}`, faults.answer(status), 'later'] as [string, Fault, string],
    ),
    ['a reset', faults.reset('after'), 'later'],
    ['too few bytes', faults.cutShort(), 'later'],
    ['one byte too many', faults.manyBytes(16 * MIB + 1), 'refused'],
    ['a gzip bomb', faults.answer(200, gzipSync(Buffer.alloc(64 * MIB)), { 'content-encoding': 'gzip' }), 'refused'],
    ['a redirect, even to itself', faults.redirect('/pbxt/x/out-0.png'), 'later'],
  ])('%s', async (_name, fault, kind) => {
    const prediction = await drawn();
    double.next('download', fault);
    expect((await failure(provider().download(prediction, REQUEST))).kind).toBe(kind);
    expect(double.count('download')).toBe(1);
  });

  test.each([
    ['silence before the answer', faults.hang(), { downloadMs: 300 }],
    ['silence within the picture', faults.stalled(), { stallMs: 200 }],
    ['a drip that never ends', faults.dripping(20), { downloadMs: 400 }],
  ])('gives up on %s', async (_name, fault, deadlines) => {
    const prediction = await drawn();
    double.next('download', fault);
    expect((await failure(provider({}, deadlines).download(prediction, REQUEST))).kind).toBe('later');
    expect(double.count('download')).toBe(1);
  });

  test.each([
    ['16 MiB to the byte', faults.manyBytes(16 * MIB), 16 * MIB],
    ['a page under the name of a picture', faults.answer(200, '<html>', { 'content-type': 'image/png' }), 6],
  ])('lets pass %s: the decoder decides', async (_name, fault, size) => {
    const prediction = await drawn();
    double.next('download', fault);
    expect(await provider().download(prediction, REQUEST)).toHaveLength(size);
  });

  test('has patience with a slow picture that keeps coming', async () => {
    const prediction = await drawn();
    const whole = await provider().download(prediction, REQUEST);
    double.next('download', faults.inPieces(10, 60));
    const slow = await provider({}, { stallMs: 400 }).download(prediction, REQUEST);
    expect(slow.equals(whole)).toBe(true);
  });

  test('cannot tell a cleanly cut picture from a whole one', async () => {
    const prediction = await drawn();
    double.next('download', faults.truncated());
    const bytes = await provider().download(prediction, REQUEST);
    await expect(sharp(bytes).raw().toBuffer()).rejects.toThrow();
  });
});

describe('where pictures may come from', () => {
  const ORIGINS = [
    'https://replicate.delivery',
    'https://*.replicate.delivery',
    'https://cdn.example:8443',
    'http://127.0.0.1:4000',
  ];

  test.each([
    'https://replicate.delivery/pbxt/a/out-0.png',
    'https://replicate.delivery:443/a',
    'https://REPLICATE.Delivery/a',
    'https://pbxt.replicate.delivery/a?x=1#y',
    'https://a.b.replicate.delivery/a',
    'https://cdn.example:8443/a',
    'http://127.0.0.1:4000/a',
  ])('allows %s', (address) => {
    expect(allowedUrl(address, ORIGINS)?.protocol).toMatch(/^https?:$/);
  });

  test.each([
    'http://replicate.delivery/a',
    'http://pbxt.replicate.delivery/a',
    'https://replicate.delivery:8443/a',
    'https://cdn.example/a',
    'https://x.cdn.example:8443/a',
    'https://evilreplicate.delivery/a',
    'https://replicate.delivery.evil.example/a',
    'https://evil.example/replicate.delivery',
    'https://evil.example?https://replicate.delivery',
    'https://evil.example#.replicate.delivery',
    'https://evil.example\\.replicate.delivery/a',
    'https://replicate.delivery@evil.example/a',
    'https://user@replicate.delivery/a',
    'https://user:secret@pbxt.replicate.delivery/a',
    'https://replicate.delivery./a',
    'https://pbxt.replicate.delivery./a',
    'https://.replicate.delivery/a',
    'https://replicate%2edelivery%2eevil.example/a',
    'https://replicаte.delivery/a',
    'https://xn--replicte-3fg.delivery/a',
    'https://127.0.0.1:4000/a',
    'http://127.0.0.1/a',
    'http://127.0.0.1:4001/a',
    'http://localhost:4000/a',
    'http://[::1]:4000/a',
    'http://[::ffff:127.0.0.1]:4000/a',
    'http://0.0.0.0:4000/a',
    'http://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/a',
    '//replicate.delivery/a',
    '/pbxt/a/out-0.png',
    'ftp://replicate.delivery/a',
    'file:///etc/passwd',
    'blob:https://replicate.delivery/a',
    'javascript:alert(1)',
    'data:image/png;base64,AAAA',
    '',
  ])('refuses %j, and asks nobody', async (address) => {
    const prediction = await drawn({}, { output: [address, `${double.outputOrigin}/pbxt/x/out-0.png`] });
    const outputs = [address];
    const error = await failure(provider({ outputOrigins: ORIGINS }).download({ ...prediction, outputs }, REQUEST));
    expect(error.kind).toBe('refused');
    expect(error.message.length).toBeLessThan(300);
    expect(double.count('download')).toBe(0);
  });

  test.each([
    ['an origin list without a port', 'http://127.0.0.1'],
    ['plain http beyond this machine', 'http://files.example:80'],
    ['something that is no origin', '*'],
  ])('a list cannot open %s', (_name, origin) => {
    expect(allowedUrl(`${origin}:4000/a`, [origin])).toBeUndefined();
  });

  test('the address of the double itself, in another spelling, is not on the list', async () => {
    const prediction = await drawn();
    const outputs = [(prediction.outputs[0] as string).replace('127.0.0.1', 'localhost')];
    expect((await failure(provider().download({ ...prediction, outputs }, REQUEST))).kind).toBe('refused');
    expect(double.count('download')).toBe(0);
  });
});
