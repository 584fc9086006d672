// The Replicate adapter against a double on real sockets: what is sent, how often, and what each failure is taken for.

import Replicate from 'replicate';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReplicateConfig } from '../../src/config.ts';
import type { PictureRequest, Prediction } from '../../src/providers/provider.ts';
import { DEADLINES, type Deadlines } from '../../src/providers/replicate.ts';
import { type Call, faults, type Outcome, ReplicateDouble } from '../support/replicate-double.ts';
import type { Fault } from '../support/replicate-faults.ts';
import {
  attempt,
  failure as failureOf,
  OTHER_VERSION,
  providerFor,
  REQUEST,
  sdxlInput,
  VERSION,
} from '../support/replicate-setup.ts';

const MIB = 1024 * 1024;

let double: ReplicateDouble;
beforeEach(async () => {
  double = await ReplicateDouble.start({ latencyMs: 0 });
});
afterEach(() => double.close());

const provider = (changes?: Partial<ReplicateConfig>, deadlines?: Partial<Deadlines>) =>
  providerFor(double, changes, deadlines);
const failure = (call: Promise<unknown>) => failureOf(call, double.token);
const submit = (changes: Partial<PictureRequest> = {}) => provider().submit({ ...REQUEST, ...changes }, attempt());
const minutes = (count: number) => new Date(Date.now() + count * 60_000);

async function drawn(changes: Partial<PictureRequest> = {}, outcome: Outcome = {}): Promise<Prediction> {
  double.nextOutcome(outcome);
  const { id } = await submit(changes);
  return (await provider().get(id, REQUEST)) as Prediction;
}

async function get(fault: Fault): Promise<Prediction> {
  const { id } = await submit();
  double.next('get', fault);
  return (await provider().get(id, REQUEST)) as Prediction;
}

describe('what it is', () => {
  test('names, price and deadlines', () => {
    const { name, model, pollIntervalMs, identity } = provider();
    const usd = provider().dearestUsd(model);
    expect({ name, model, usd, pollIntervalMs, identity }).toEqual({
      name: 'replicate',
      model: `stability-ai/sdxl:${VERSION}`,
      usd: 14 * 0.000975,
      pollIntervalMs: 50,
      identity: null,
    });
    expect(DEADLINES).toMatchObject({ submitMs: 15_000, downloadMs: 30_000, stallMs: 5_000 });
  });
});

describe('submit', () => {
  test('sends one request that the provider accepts, with a time limit and no empty keys', async () => {
    const prediction = await submit();
    expect(double.requests).toHaveLength(1);
    const [sent] = double.requests;
    expect(sent).toMatchObject({ method: 'POST', path: '/v1/predictions', headers: { 'cancel-after': '120s' } });
    expect(sent?.headers.authorization).toBe(`Bearer ${double.token}`);
    expect(sent?.body).toEqual({
      version: VERSION,
      input: {
        prompt: REQUEST.prompt,
        negative_prompt: '',
        seed: 4294967295,
        width: 128,
        height: 192,
        num_outputs: 1,
        num_inference_steps: 30,
        guidance_scale: 7.5,
        scheduler: 'K_EULER',
        refine: 'no_refiner',
        apply_watermark: true,
      },
    });
    expect(prediction).toEqual({
      id: double.bill[0]?.id,
      status: 'starting',
      progress: null,
      outputs: [],
      failure: null,
      modelVersion: VERSION,
      predictSeconds: null,
      costUsd: null,
    });
  });

  test('never asks for less than the shortest time limit', async () => {
    await provider({ cancelAfterS: 1 }).submit(REQUEST, attempt());
    expect(double.requests[0]?.headers['cancel-after']).toBe('5s');
    expect(double.bill).toHaveLength(1);
  });

  test.each(['png', 'jpeg', 'webp'] as const)('sends a %s reference under its real type', async (format) => {
    const reference = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'teal' } })
      .toFormat(format)
      .toBuffer();
    await submit({ reference, prompt_strength: 0.7 });
    expect(double.requests).toHaveLength(1);
    expect(double.bill[0]?.input).toMatchObject({
      image: `data:image/${format};base64,${reference.toString('base64')}`,
      prompt_strength: 0.7,
    });
  });

  test('sends nothing when the reference is no picture', async () => {
    const error = await failure(submit({ reference: Buffer.from('<svg/>'), prompt_strength: 0.7 }));
    expect(error.kind).toBe('refused');
    expect(double.requests).toHaveLength(0);
  });

  test('sends trained weights with every call that names them', async () => {
    await submit({ lora: { weights: 'https://replicate.delivery/pbxt/a/trained_model.tar', scale: 0.6 } });
    expect(double.bill[0]?.input).toMatchObject({
      replicate_weights: 'https://replicate.delivery/pbxt/a/trained_model.tar',
      lora_scale: 0.6,
    });
  });

  test('takes an answer that is already processing or done', async () => {
    double.next('create', faults.withMembers({ status: 'processing', output: 'data:image/png;base64,AAAA' }));
    expect(await submit()).toMatchObject({ status: 'processing', outputs: ['data:image/png;base64,AAAA'] });
    double.nextOutcome({ atOnce: true });
    expect(await submit()).toMatchObject({ status: 'succeeded', predictSeconds: 3.804328 });
  });

  test('stores the version that answers', async () => {
    double.nextOutcome({ version: OTHER_VERSION });
    expect((await submit()).modelVersion).toBe(OTHER_VERSION);
  });

  const inFiveHours = () => new Date(Date.now() + 5 * 3600_000).toUTCString();
  test.each<[name: string, fault: () => Fault, kind: string, billed: number, retryAfterMs?: number]>([
    ...[400, 404, 409, 413, 422].map((status) => failing(`a ${status}`, faults.answer(status), 'refused')),
    ...[401, 402, 403].map((status) => failing(`a ${status}`, faults.answer(status), 'unavailable')),
    failing('a 402 that breaks off', faults.brokenOff(402), 'unavailable'),
    failing('no credit', faults.withoutCredit(), 'unavailable'),
    ...[408, 500, 502, 503, 504].map((status) => failing(`a ${status}`, faults.serverError(status), 'unknown')),
    ['a 429 that names nothing', () => faults.throttled(), 'later', 0, 10_000],
    ['a 429 with seconds in its header', () => faults.throttled({ header: '30', seconds: 7 }), 'later', 0, 30_000],
    ['a 429 with a date', () => faults.throttled({ header: inFiveHours() }), 'later', 0, 300_000],
    ['a 429 with a past date', () => faults.throttled({ header: new Date(0).toUTCString() }), 'later', 0, 1000],
    ['a 429 with an absurd header', () => faults.throttled({ header: '-5', seconds: 7 }), 'later', 0, 7000],
    ['a 429 with too long a wait', () => faults.throttled({ header: '99999999' }), 'later', 0, 300_000],
    ['a 429 with no wait', () => faults.throttled({ header: '0' }), 'later', 0, 1000],
    ['a 429 with its number in the body', () => faults.throttled({ seconds: 12 }), 'later', 0, 12_000],
    ['a 429 with a sentence alone', () => faults.answer(429, { detail: 'resets in ~33s.' }), 'later', 0, 33_000],
    ['a 429 in plain words', () => faults.answer(429, 'resets in ~34s.'), 'later', 0, 34_000],
    failing('a reset before it took effect', faults.reset('before'), 'unknown'),
    failing('a reset after it took effect', faults.reset('after'), 'unknown', 1),
    failing('an HTML page', faults.htmlPage(), 'unknown', 1),
    failing('half a JSON', faults.brokenJson(), 'unknown', 1),
    failing('an answer without id', faults.withMembers({ id: undefined }), 'unknown', 1),
    failing('an id that is a path', faults.withMembers({ id: '../account' }), 'unknown', 1),
    failing('an empty 204', faults.answer(204), 'unknown'),
    failing('an answer cut short', faults.cutShort(), 'unknown', 1),
    failing('too large an answer', faults.withMembers({ padding: 'x'.repeat(MIB) }), 'unknown', 1),
    failing('a redirect', faults.redirect('/v1/account', 307), 'unknown'),
  ])('%s', async (_name, fault, kind, billed, retryAfterMs) => {
    double.next('create', fault());
    const error = await failure(submit());
    expect(error).toMatchObject({ kind, retryAfterMs });
    expect(double.requests).toHaveLength(1);
    expect(double.bill).toHaveLength(billed);
  });

  test.each([
    ['silence', faults.hang('before')],
    ['an answer that never ends', faults.unfinished()],
  ])('gives up after its deadline on %s', async (_name, fault) => {
    double.next('create', fault);
    const error = await failure(provider({}, { submitMs: 300 }).submit(REQUEST, attempt()));
    expect(error.kind).toBe('unknown');
    expect(double.requests).toHaveLength(1);
  });

  test.each([
    ['nobody listens', nobody],
    ['the name has no address', async () => 'http://no-such-host.invalid/v1'],
  ])('may be tried again when %s', async (_name, address) => {
    const error = await failure(provider({ baseUrl: await address() }).submit(REQUEST, attempt()));
    expect(error.kind).toBe('later');
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('a wrong token and an unknown version are told apart', async () => {
    expect((await failure(provider({ token: 'r8_wrong' }).submit(REQUEST, attempt()))).kind).toBe('unavailable');
    const model = `stability-ai/sdxl:${OTHER_VERSION}`;
    expect((await failure(provider({ model }).submit({ ...REQUEST, model }, attempt()))).kind).toBe('refused');
    expect(double.requests).toHaveLength(2);
  });

  test('keeps the token out of its message even when the other side repeats it', async () => {
    double.next('create', faults.answer(401, { detail: `bad token ${double.token}` }));
    expect((await failure(submit())).message).toContain('bad token [token]');
  });

  test('the package posts again where we do not', async () => {
    const replicate = new Replicate({ auth: double.token, baseUrl: double.url });
    double.next('create', faults.reset('after'));
    await replicate.predictions.create({ version: VERSION, input: { prompt: 'a cat' } });
    expect(double.bill.length).toBeGreaterThan(1);
  });
});

/** An address on which somebody listened until now. */
async function nobody(): Promise<string> {
  const gone = await ReplicateDouble.start();
  const { url } = gone;
  await gone.close();
  return url;
}

function failing(
  name: string,
  fault: Fault,
  kind: string,
  billed = 0,
): [name: string, fault: () => Fault, kind: string, billed: number] {
  return [name, () => fault, kind, billed];
}

describe('get', () => {
  test('follows a prediction from start to end', async () => {
    double.holding = true;
    const { id } = await submit();
    expect(await provider().get(id, REQUEST)).toMatchObject({ status: 'starting', progress: null });
    double.place(id, 'processing', 0.5);
    expect(await provider().get(id, REQUEST)).toMatchObject({ status: 'processing', progress: 0.5, outputs: [] });
    double.release();
    expect(await provider().get(id, REQUEST)).toMatchObject({
      status: 'succeeded',
      progress: 1,
      outputs: [`${double.outputOrigin}/pbxt/${id}/out-0.png`],
      predictSeconds: 3.804328,
    });
    expect(double.count('get')).toBe(3);
  });

  test('does not know what the provider does not know', async () => {
    expect(await provider().get('nosuchprediction', REQUEST)).toBeUndefined();
    expect(double.requests).toHaveLength(1);
  });

  const flagged = 'The input or output was flagged as sensitive. Please try again with different inputs. (E005)';
  const nsfw = 'NSFW content detected. Try running it again, or try a different prompt.';
  test.each<[name: string, outcome: Outcome, expected: Partial<Prediction>]>([
    ['an unknown status', { status: 'hibernating' }, { status: 'unknown' }],
    ['no output', { output: null }, { status: 'succeeded', outputs: [] }],
    ['an empty output', { output: [] }, { outputs: [] }],
    ['one address', { output: 'https://a/1.png' }, { outputs: ['https://a/1.png'] }],
    ['five addresses', { output: ['a', 'b', 'c', 'd', 'e'] }, { outputs: ['a', 'b', 'c', 'd', 'e'] }],
    ['odd outputs', { output: [null, 3, '', { url: 'x' }, 'https://a/1.png'] }, { outputs: ['https://a/1.png'] }],
    ['an object for an output', { output: { image: 'x' } }, { outputs: [] }],
    ['a refused picture', { nsfw: true }, { status: 'failed', failure: { rejected: true, message: nsfw } }],
    ['a flagged picture', { error: flagged }, { failure: { rejected: true, message: flagged } }],
    ['a broken run', { error: 'CUDA out of memory' }, { failure: { rejected: false, message: 'CUDA out of memory' } }],
    ['its billed seconds', { predictSeconds: 12.5 }, { predictSeconds: 12.5 }],
  ])('reads %s', async (_name, outcome, expected) => {
    expect(await drawn({}, outcome)).toMatchObject(expected);
    expect(double.requests).toHaveLength(2);
  });

  test.each<[name: string, members: Record<string, unknown>, expected: Partial<Prediction>]>([
    ['a missing status', { status: undefined }, { status: 'unknown' }],
    ['a missing version', { version: null }, { modelVersion: VERSION }],
    ['missing logs', { logs: null }, { progress: null }],
    ['odd metrics', { metrics: { predict_time: 'long' } }, { predictSeconds: null }],
    ['missing metrics', { metrics: undefined }, { predictSeconds: null }],
    ['an error that is no text', { status: 'failed', error: { code: 1 } }, failed('{"code":1}')],
    ['a failure without error', { status: 'failed', error: null }, failed('""')],
    ['an aborted one', { status: 'aborted' }, { status: 'aborted', failure: null }],
    ['members it has never heard of', { deadline: 'x', novelty: [1] }, { status: 'succeeded' }],
    ['bars joined by carriage returns', { logs: ' 0%|  | 0/40 [00]\r 30%|███  | 12/40 [01]' }, { progress: 0.3 }],
    ['a bar with a prefix', { logs: '# step: 5, epoch: 1:  50%|█████ | 500/1000 [..]' }, { progress: 0.5 }],
    ['the last of two bars', { logs: '100%|██| 40/40 [x]\n 20%|██  | 2/10 [x]\n' }, { progress: 0.2 }],
    ['a bar of nothing', { logs: '  0%|     | 0/0 [x]' }, { progress: 0 }],
    ['a bar past its end', { logs: '101%|██| 41/40 [x]' }, { progress: 1 }],
    ['endless digits', { logs: '9'.repeat(500_000) }, { progress: null }],
  ])('reads %s', async (_name, members, expected) => {
    expect(await get(faults.withMembers(members))).toMatchObject(expected);
  });

  test('reads a prediction whose data has been removed', async () => {
    const { id } = await drawn();
    double.expire(id);
    expect(await provider().get(id, REQUEST)).toMatchObject({ status: 'succeeded', outputs: [], progress: null });
  });

  test('reads a run that the model cannot make', async () => {
    const { failure: said } = await drawn({ width: 100, height: 64 });
    expect(said?.message).toContain('divisible by 8 but are 64 and 100');
  });

  test('reads what Cancel-After ends: free before the start, canceled after it', async () => {
    double.holding = true;
    const { id } = await submit();
    double.passDeadline(id);
    expect(await provider().get(id, REQUEST)).toMatchObject({ status: 'aborted', predictSeconds: null });
    double.place(id, 'processing', 0.2);
    expect(await provider().get(id, REQUEST)).toMatchObject({ status: 'canceled', failure: null });
  });
});

function failed(message: string): Partial<Prediction> {
  return { status: 'failed', failure: { rejected: false, message } };
}

describe('everything that can be repeated', () => {
  type Read = [name: string, call: Call, act: (deadlines: object) => Promise<unknown>];
  type Wrong = [name: string, fault: Fault, kind: string, retryAfterMs?: number];
  const READS: Read[] = [
    ['get', 'get', (deadlines) => provider({}, deadlines).get('p1', REQUEST)],
    ['cancel', 'cancel', (deadlines) => provider({}, deadlines).cancel('p1')],
    ['find', 'list', (deadlines) => provider({}, deadlines).find(REQUEST, attempt())],
    ['check', 'version', (deadlines) => provider({}, deadlines).check()],
  ];
  const FAULTS: Wrong[] = [
    ['a 401', faults.answer(401), 'unavailable'],
    ['a 402', faults.withoutCredit(), 'unavailable'],
    ['a 403', faults.answer(403), 'unavailable'],
    ['a 422', faults.answer(422), 'refused'],
    ['a 429', faults.throttled({ seconds: 3 }), 'later', 3000],
    ['a 500', faults.serverError(500), 'later'],
    ['a 503', faults.serverError(503), 'later'],
    ['a reset', faults.reset('after'), 'later'],
    ['an HTML page', faults.answer(200, '<!doctype html>'), 'later'],
    ['JSON of another shape', faults.answer(200, ['?']), 'later'],
    ['an empty answer', faults.answer(200), 'later'],
    ['too large an answer', faults.answer(200, { id: 'p1', results: [], padding: 'x'.repeat(41 * MIB) }), 'later'],
    ['a redirect', faults.redirect('/v1/account'), 'later'],
  ];
  describe.each(READS)('%s', (_name, call, act) => {
    test.each(FAULTS)('sends one request on %s', async (_fault, fault, kind, retryAfterMs) => {
      double.next(call, fault);
      expect(await failure(act({}))).toMatchObject({ kind, retryAfterMs });
      expect(double.requests).toHaveLength(1);
    });

    test('gives up after its deadline', async () => {
      double.next(call, faults.hang());
      expect((await failure(act({ readMs: 200 }))).kind).toBe('later');
      expect(double.requests).toHaveLength(1);
    });
  });
});

describe('cancel', () => {
  test('ends a running prediction, and can be repeated', async () => {
    double.holding = true;
    const { id } = await submit();
    await provider().cancel(id);
    await provider().cancel(id);
    expect(await provider().get(id, REQUEST)).toMatchObject({ status: 'canceled', outputs: [] });
    expect(double.count('cancel')).toBe(2);
  });

  test('leaves a finished prediction as it is', async () => {
    const { id } = await drawn();
    await provider().cancel(id);
    expect((await provider().get(id, REQUEST))?.status).toBe('succeeded');
  });

  test('has nothing to do for a prediction that nobody knows', async () => {
    await provider().cancel('nosuchprediction');
    expect(double.requests).toHaveLength(1);
  });
});

describe('find', () => {
  test('finds the prediction whose answer was lost', async () => {
    double.next('create', faults.reset('after'));
    const lost = attempt();
    await failure(provider().submit(REQUEST, lost));
    expect((await provider().find(REQUEST, lost))?.id).toBe(double.bill[0]?.id);
    expect(double.count('create')).toBe(1);
  });

  const ours = sdxlInput(REQUEST);
  test.each<[name: string, input: Record<string, unknown>, at: number]>([
    ['another seed', { ...ours, seed: 1 }, 0],
    ['a seed in words', { ...ours, seed: String(REQUEST.seed) }, 0],
    ['another prompt', { ...ours, prompt: 'a cat' }, 0],
    ['another negative prompt', { ...ours, negative_prompt: 'a cat' }, 0],
    ['another shape', { ...ours, width: REQUEST.height + 64 }, 0],
    ['no input any more', {}, 0],
    ['an earlier attempt', ours, -2],
    ['a later attempt', ours, 3],
  ])('does not take %s for ours', async (_name, input, at) => {
    double.add(input, minutes(at));
    expect(await provider().find(REQUEST, attempt())).toBeUndefined();
  });

  test('takes the oldest of several', async () => {
    double.add(ours, minutes(0.5));
    const oldest = double.add(ours, minutes(-0.5));
    double.add(ours, minutes(0));
    expect((await provider().find(REQUEST, attempt()))?.id).toBe(oldest.id);
  });

  test('reads page after page, as far back as needed and no further', async () => {
    await double.close();
    double = await ReplicateDouble.start({ pageSize: 2 });
    const wanted = double.add(ours, minutes(0));
    for (let i = 1; i <= 4; i++) double.add({ prompt: 'a cat', seed: i }, minutes(0.1 * i));
    for (let i = 2; i <= 9; i++) double.add({ prompt: 'a cat', seed: i }, minutes(-i));
    expect((await provider().find(REQUEST, attempt()))?.id).toBe(wanted.id);
    expect(double.count('list')).toBe(3);
  });

  test('reads pages that are full of references', async () => {
    const image = `data:image/png;base64,${'A'.repeat(350_000)}`;
    for (let i = 0; i < 10; i++) double.add({ prompt: 'a cat', seed: i, image }, minutes(0));
    const wanted = double.add({ ...ours, image }, minutes(-0.1));
    expect((await provider().find(REQUEST, attempt()))?.id).toBe(wanted.id);
  });

  test('takes the token nowhere else, and half a list for no proof', async () => {
    await using stranger = {
      double: await ReplicateDouble.start(),
      [Symbol.asyncDispose]: () => stranger.double.close(),
    };
    for (const next of [`${stranger.double.url}/predictions?cursor=x`, `${double.outputOrigin}/v2/predictions`, 'x']) {
      double.next('list', faults.withMembers({ next }));
      expect((await failure(provider().find(REQUEST, attempt()))).kind).toBe('later');
    }
    expect(stranger.double.requests).toHaveLength(0);
    expect(double.requests).toHaveLength(3);
  });

  test('does not conclude anything when a later page fails', async () => {
    await double.close();
    double = await ReplicateDouble.start({ pageSize: 1 });
    for (let i = 0; i < 3; i++) double.add(ours, minutes(0));
    double.next('list', null, faults.serverError(502));
    expect((await failure(provider().find(REQUEST, attempt()))).kind).toBe('later');
    expect(double.count('list')).toBe(2);
  });

  test('ends on a list that never does', async () => {
    const endless = faults.withMembers({ next: `${double.url}/predictions?cursor=` });
    double.next('list', ...Array.from({ length: 200 }, () => endless));
    expect((await failure(provider().find(REQUEST, attempt()))).kind).toBe('later');
    expect(double.count('list')).toBe(100);
  });
});

describe('check', () => {
  test('asks for the configured version and costs nothing', async () => {
    await provider().check();
    expect(double.requests.map(({ path }) => path)).toEqual([`/v1/models/stability-ai/sdxl/versions/${VERSION}`]);
    expect(double.bill).toHaveLength(0);
  });

  test.each<[name: string, changes: Partial<ReplicateConfig>, kind: string]>([
    ['a wrong token', { token: 'r8_wrong' }, 'unavailable'],
    ['a version that is not there', { model: `stability-ai/sdxl:${OTHER_VERSION}` }, 'unavailable'],
    ['a model that is not there', { model: `zsxkib/instant-id:${OTHER_VERSION}` }, 'unavailable'],
  ])('finds %s', async (_name, changes, kind) => {
    expect((await failure(provider(changes).check())).kind).toBe(kind);
    expect(double.requests).toHaveLength(1);
  });

  test('finds nobody there', async () => {
    expect((await failure(provider({ baseUrl: await nobody() }).check())).kind).toBe('later');
  });
});
