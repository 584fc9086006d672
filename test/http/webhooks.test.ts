// The door for webhooks: who is let in, what a call can do at most, and whether the bytes arrive as they were signed.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import express5, { type RequestHandler } from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import { errorHandler } from '../../src/http/error-handler.ts';
import { Routes } from '../../src/http/route.ts';
import { addWebhookRoute } from '../../src/http/webhooks.ts';
import { type HostSetup, startHost } from '../forward/host.ts';
import { ADMIN, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { signedHeaders, WEBHOOK_SECRET } from '../support/replicate-webhooks.ts';
import { startService, tokenOf } from '../support/service.ts';
import { openStage, type Stage, until } from './stage.ts';

const { default: express4 } = (await import('express4' as string)) as { default: typeof express5 };

const KIB = 1024;
const PATH = '/api/webhooks/replicate';
/** What another writer of JSON would put differently. */
const BODY = '{ "scale": 1.0, "name": "\\u00e9", "prompt": "Väinö ja 鶴" }';
const now = () => Math.floor(Date.now() / 1000);

let double: ReplicateDouble;
let stage: Stage;
/** Everything that the service has logged. */
let logged = '';
beforeAll(async () => {
  double = await ReplicateDouble.start();
  double.holding = true;
  const webhooks = { PUBLIC_URL: 'http://127.0.0.1:9', REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET };
  const write = (line: string) => {
    logged += line;
  };
  const logger = pino({ level: 'warn' }, { write });
  const env = { ...replicateSettings(double), ...webhooks, POLL_INTERVAL_MS: '60000', MAX_ACTIVE_PER_USER: '1000' };
  stage = await openStage({ env, logger });
});
afterAll(async () => {
  await stage.close();
  await double.close();
});

interface Running {
  id: string;
  nonce: string;
  prediction_id: string;
}

/** A generation that the provider is at work on, and that nobody will look at within this test but for a webhook. */
async function running(): Promise<Running> {
  const { body } = await stage.elina.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: 'a bay' });
  return until(() => rowOf(body).status === 'generating' && rowOf(body));
}

const rowOf = ({ id }: { id: string }) =>
  stage.forum.all('SELECT * FROM image_generations WHERE id = ?', id)[0] as Running & Record<string, unknown>;

/** How often the provider was asked about it. */
const looks = ({ prediction_id }: Running) =>
  double.requests.filter(({ call, path }) => call === 'get' && path.endsWith(prediction_id)).length;
const query = ({ id, nonce }: { id: string; nonce: string }) => `?generation=${id}&nonce=${nonce}`;

interface Call {
  query?: string;
  body?: string | Buffer;
  headers?: Record<string, string | undefined>;
  origin?: string;
}

async function send({ query = '', body = BODY, headers = signedHeaders(body), origin = stage.service.origin }: Call) {
  const given = Object.entries(headers).filter((each): each is [string, string] => each[1] !== undefined);
  const reply = await fetch(`${origin}${PATH}${query}`, { method: 'POST', headers: given, body });
  const text = await reply.text();
  return { status: reply.status, text, body: text === '' ? undefined : JSON.parse(text) };
}

/** Not even the time of its next look has changed, which is written before a call is answered. */
function expectUntouched(...generations: Running[]): void {
  expect(generations.map(rowOf)).toEqual(generations);
  expect(generations.map(looks)).toEqual(generations.map(() => 0));
}

describe('a signed call', () => {
  test('has the generation looked at, and believes nothing of what it says', async () => {
    const generation = await running();
    const body = JSON.stringify({ id: generation.prediction_id, status: 'failed', error: 'NSFW content detected' });
    expect(await send({ query: query(generation), body })).toMatchObject({ status: 200, text: '' });
    await until(() => looks(generation) === 1);
    expect((await stage.elina.get(`/generations/${generation.id}`)).body.status).toBe('generating');
    expect(rowOf(generation)).toMatchObject({ prediction_id: generation.prediction_id, hinted_prediction_id: null });
  });

  test.each<[name: string, headers: Record<string, string>]>([
    ['a browser of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
    ['no type', { 'content-type': 'application/octet-stream' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a type that is none', { 'content-type': 'json; charset=latin9' }],
    ['junk for a login', { cookie: 'token=junk', authorization: 'Bearer junk' }],
  ])('is taken whatever else it says: %s', async (_name, headers) => {
    const generation = await running();
    const call = { query: query(generation), headers: { ...signedHeaders(BODY), ...headers } };
    expect(await send(call)).toMatchObject({ status: 200 });
    await until(() => looks(generation) === 1);
  });

  test.each<[name: string, query: (mine: Running, other: Running) => string]>([
    ['no address', () => ''],
    ['no nonce', ({ id }) => `?generation=${id}`],
    ['a wrong nonce', ({ id }) => query({ id, nonce: 'wrong' })],
    ['the nonce of another', ({ id }, other) => query({ id, nonce: other.nonce })],
    ['an unknown generation', ({ nonce }) => query({ id: 'unknown', nonce })],
    ['two generations', (mine, other) => `${query(mine)}&generation=${other.id}`],
    ['a pattern', () => query({ id: '%25', nonce: '%25' })],
    ['more than an id', ({ nonce }) => query({ id: 'x'.repeat(5000), nonce })],
  ])('about nothing of ours is answered 200 and does nothing: %s', async (_name, queryOf) => {
    const [mine, other] = [await running(), await running()];
    expect(await send({ query: queryOf(mine, other) })).toMatchObject({ status: 200, text: '' });
    expectUntouched(mine, other);
  });

  test('about a finished picture is answered 200 and does nothing', async () => {
    const generation = await running();
    double.release(generation.prediction_id);
    await send({ query: query(generation) });
    await stage.elina.finished(generation);
    const before = rowOf(generation);
    expect(await send({ query: query(generation) })).toMatchObject({ status: 200 });
    expect(rowOf(generation)).toEqual(before);
  });

  test('a hundred times at once with the same id has one effect, and another id has its own', async () => {
    const generation = await running();
    const headers = signedHeaders(BODY);
    const calls = Array.from({ length: 100 }, () => send({ query: query(generation), headers }));
    expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]));
    await until(() => looks(generation) === 1);
    await send({ query: query(generation), headers });
    await send({ query: query(generation) });
    await until(() => looks(generation) === 2);
  });

  test('may be 256 KiB long and no longer', async () => {
    const [most, more] = [Buffer.alloc(256 * KIB, ' '), Buffer.alloc(256 * KIB + 1, ' ')];
    expect(await send({ body: most })).toMatchObject({ status: 200 });
    expect(await send({ body: more })).toMatchObject({ status: 413, body: { code: 'too_large' } });
  });

  test('that is packed is not unpacked', async () => {
    const body = gzipSync(BODY);
    expect(await send({ body, headers: { ...signedHeaders(body), 'content-encoding': 'gzip' } })).toMatchObject({
      status: 415,
    });
  });

  test('may be empty', async () => {
    expect(await send({ body: '' })).toMatchObject({ status: 200 });
  });
});

describe('any other call is answered 401 and does nothing', () => {
  const right = (at = now()) => signedHeaders(BODY, { at });
  test.each<[name: string, call: () => Call]>([
    ['no header', () => ({ headers: {} })],
    ['no id', () => ({ headers: { ...right(), 'webhook-id': undefined } })],
    ['no time', () => ({ headers: { ...right(), 'webhook-timestamp': undefined } })],
    ['no signature', () => ({ headers: { ...right(), 'webhook-signature': undefined } })],
    ['an altered byte', () => ({ headers: right(), body: BODY.replace('1.0', '1.1') })],
    ['an altered id', () => ({ headers: { ...right(), 'webhook-id': 'msg_other' } })],
    ['an old one', () => ({ headers: right(now() - 310) })],
    ['one of the future', () => ({ headers: right(now() + 310) })],
    ['another secret', () => ({ headers: signedHeaders(BODY, { secret: `whsec_${'A'.repeat(32)}` }) })],
    ['an empty key', () => ({ headers: signedHeaders(BODY, { secret: 'whsec_' }) })],
  ])('%s', async (_name, call) => {
    const generation = await running();
    const reply = await send({ query: query(generation), ...call() });
    expect(reply).toEqual({
      status: 401,
      text: expect.any(String),
      body: {
        error: expect.stringMatching(/^This webhook is not accepted: .*\.$/),
        code: 'unauthenticated',
        request_id: expect.any(String),
      },
    });
    expectUntouched(generation);
  });

  test('an admin’s login is no signature', async () => {
    const cookie = `token=${await tokenOf(ADMIN)}`;
    expect(await send({ headers: { cookie, 'content-type': 'application/json' } })).toMatchObject({ status: 401 });
  });
});

test('where no webhooks are expected, a signed one is answered 404', async () => {
  await using service = await startService({ env: replicateSettings(double) });
  expect(await send({ origin: service.origin })).toMatchObject({ status: 404, body: { code: 'not_found' } });
  await using preview = await startService({
    env: { PUBLIC_URL: 'https://forum.test', REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET },
  });
  expect(await send({ origin: preview.origin })).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test('the document tells of it, and that no login is asked for', () => {
  const operation = stage.document.paths['/webhooks/replicate']?.post;
  expect(operation).toMatchObject({ tags: ['Generations'], security: [] });
});

describe('through the forum', () => {
  test.each<[parser: HostSetup['parser'], status: number]>([
    ['none', 200],
    ['after', 200],
    ['verify', 200],
    ['raw', 200],
    ['json', 401],
  ])('forwarded by an Express 4 host, parser: %s', async (parser, status) => {
    const host = await startHost({ target: stage.service.origin, parser });
    const generation = await running();
    const reply = await send({ query: query(generation), origin: `http://127.0.0.1:${host.port}` });
    expect(reply.status).toBe(status);
    if (status === 200) await until(() => looks(generation) === 1);
    else expectUntouched(generation);
    await host.stop();
  });

  const keepBytes = (req: object, _res: unknown, rawBody: Buffer) => void Object.assign(req, { rawBody });
  const keepText = (req: object, _res: unknown, bytes: Buffer) =>
    void Object.assign(req, { rawBody: bytes.toString('utf8') });
  describe.each([
    ['Express 4', express4],
    ['Express 5', express5],
  ])('mounted in a forum on %s', (_name, express) => {
    test.each<[name: string, parsers: RequestHandler[], status: number]>([
      ['before its parser', [], 200],
      ['after one that keeps the bytes', [express.json({ verify: keepBytes })], 200],
      ['after one that keeps the text', [express.json({ verify: keepText })], 200],
      ['after express.raw', [express.raw({ type: () => true })], 200],
      ['after one for forms', [express.urlencoded({ extended: false })], 200],
      ['after its parser', [express.json()], 401],
    ])('%s', async (_where, parsers, status) => {
      const host = express();
      host.use('/api', ...parsers, stage.service.app.router);
      const server = createServer(host);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const generation = await running();
      logged = '';
      expect((await send({ query: query(generation), origin })).status).toBe(status);
      if (status === 200) await until(() => looks(generation) === 1);
      else expect(logged).toMatch(/mount the image routes before the body parser.*rawBody/);
      const more = Buffer.from(JSON.stringify('x'.repeat(256 * KIB)));
      if (parsers.length === 0) expect((await send({ body: more, origin })).status).toBe(413);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  });
});

test('a call that could not be written down is answered 500, and counts when it is sent again', async () => {
  const woken: string[] = [];
  let failures = 1;
  const wakeUp = async ({ id }: { id: string }) => {
    if (failures-- > 0) throw new Error('SQLITE_FULL: secret inside');
    woken.push(id);
  };
  const log = pino({ level: 'silent' });
  const routes = new Routes({ guards: [] } as unknown as ConstructorParameters<typeof Routes>[0]);
  addWebhookRoute(routes, [], { webhooks: { secret: WEBHOOK_SECRET, wakeUp }, log });
  const server = createServer(express5().use('/api', routes.router, errorHandler(log)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const again = { origin, query: query({ id: 'g', nonce: 'n' }), headers: signedHeaders(BODY) };
  const first = await send(again);
  expect(first).toMatchObject({ status: 500, body: { code: 'internal' } });
  expect(first.text).not.toContain('secret');
  expect([(await send(again)).status, (await send(again)).status]).toEqual([200, 200]);
  expect(woken).toEqual(['g']);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
