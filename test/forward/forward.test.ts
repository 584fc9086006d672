// A real Express 4 forum forwards to a stand-in for the service: bodies, streams, failures, and the rest of the forum.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask, begin, closed, json, open, sendRaw, watch } from './client.ts';
import { type Host, type HostSetup, nodes, startHost } from './host.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const { forwardImages } = createRequire(import.meta.url)(
  'forum-ai-images/forward',
) as typeof import('../../src/forward.cts');

const certificate = makeCertificate();
if (!certificate) console.info('openssl is not installed: the test of a service behind TLS is skipped.');

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());
beforeEach(() => {
  upstream.arrivals.length = 0;
});

/** Hosts live as long as their describe block; each must end quiet and whole. */
function useHost(setup: Omit<HostSetup, 'target'> & { target?: string }, node?: string): () => Host {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ target: upstream.origin, ...setup }, node);
  });
  afterEach(async () => {
    expect((await host.state()).crashes).toBe(0);
    expect(host.output()).toBe('');
  });
  afterAll(() => host.stop());
  return () => host;
}

const character = {
  name: 'Äijä 🦊',
  base_description: 'vihreä takki, "lainaus"\n\u2028',
  reference_seed: 42,
  scale: 1.5,
};

describe.each(nodes())('under Node $version', ({ path: node }) => {
  describe.each(['none', 'after', 'json', 'all', 'verify'] as const)('with the body parser: %s', (parser) => {
    const host = useHost({ parser }, node);

    test('a JSON body arrives whole', async () => {
      const answer = await ask(host().port, '/api/games/3/characters', json(character));
      expect(answer).toMatchObject({ status: 200, text: 'echoed' });
      const [arrival] = upstream.arrivals;
      expect(arrival).toMatchObject({ method: 'POST', url: '/api/games/3/characters' });
      expect(arrival?.body.toString()).toBe(JSON.stringify(character));
      expect(arrival?.headers).toMatchObject({
        'content-type': 'application/json',
        'content-length': String(arrival?.body.length),
      });
    });

    test('a chunked JSON body arrives whole', async () => {
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      const req = begin(host().port, '/api/characters/7', { method: 'PATCH', headers });
      req.write('{"name":');
      req.end('"Ä"}');
      const [answer] = await once(req, 'response');
      answer.resume();
      expect(upstream.arrivals[0]?.body.toString()).toBe('{"name":"Ä"}');
    });

    test('a packed JSON body arrives, unpacked where it has been parsed', async () => {
      const body = gzipSync(JSON.stringify(character));
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': body.length };
      await ask(host().port, '/api/games/3/characters', { method: 'POST', headers, body });
      const [arrival] = upstream.arrivals;
      const packed = arrival?.headers['content-encoding'] === 'gzip';
      expect(packed).toBe(parser === 'none' || parser === 'after');
      expect((packed ? body : Buffer.from(JSON.stringify(character))).equals(arrival?.body ?? body.subarray(1))).toBe(
        true,
      );
    });

    test('a needless {} of a DELETE is left out where it has been parsed', async () => {
      await ask(host().port, '/api/post-images/9', json({}, 'DELETE'));
      const untouched = parser === 'none' || parser === 'after' || parser === 'verify';
      expect(upstream.arrivals[0]?.body.toString()).toBe(untouched ? '{}' : '');
    });

    test.each(['GET', 'HEAD', 'DELETE', 'POST'])('%s without a body stays without one', async (method) => {
      const { status } = await ask(host().port, '/api/post-images/9?x=1&y=%C3%A4', { method });
      expect(status).toBe(200);
      const [arrival] = upstream.arrivals;
      expect(arrival).toMatchObject({ method, url: '/api/post-images/9?x=1&y=%C3%A4' });
      expect(arrival?.body.length).toBe(0);
      expect(arrival?.headers['transfer-encoding']).toBeUndefined();
      expect(['0', undefined]).toContain(arrival?.headers['content-length']);
    });

    test('an empty JSON body stays empty', async () => {
      await ask(host().port, '/api/post-images/9/regenerate', json(''));
      expect(upstream.arrivals[0]?.body.length).toBe(0);
      const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      await ask(host().port, '/api/post-images/9/regenerate', { method: 'POST', headers: chunked });
      expect(upstream.arrivals[1]?.body.length).toBe(0);
    });

    test('a malformed JSON body is answered by whoever parses it', async () => {
      const answer = await ask(host().port, '/api/characters/7', json('{"name":', 'PATCH'));
      if (parser === 'none' || parser === 'after') expect(upstream.arrivals[0]?.body.toString()).toBe('{"name":');
      else expect(answer).toMatchObject({ status: 400, text: '{"error":"The forum says: entity.parse.failed"}' });
    });

    test('a body beyond the limit of the parser', async () => {
      const answer = await ask(host().port, '/api/characters/7', json({ name: 'ä'.repeat(100_000) }, 'PATCH'));
      if (parser === 'none' || parser === 'after') expect(upstream.arrivals[0]?.body.length).toBeGreaterThan(200_000);
      else expect(answer).toMatchObject({ status: 413, text: '{"error":"The forum says: entity.too.large"}' });
    });

    test('a form is passed as it is, or refused where it has been taken apart', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await ask(host().port, '/api/post-images/9/report', {
        method: 'POST',
        headers,
        body: 'reason=a+b',
      });
      if (parser === 'all') {
        expect(answer.status).toBe(415);
        expect(JSON.parse(answer.text)).toMatchObject({
          code: 'unsupported_media_type',
          request_id: expect.any(String),
        });
        expect(upstream.arrivals).toEqual([]);
      } else {
        expect(upstream.arrivals[0]?.body.toString()).toBe('reason=a+b');
      }
    });

    test('cookies, a junk Authorization and the way the request came arrive', async () => {
      const headers = {
        host: 'forum.example:8080',
        cookie: 'token=abc; theme=dark',
        authorization: 'Bearer null',
        'x-forwarded-for': '203.0.113.9',
        connection: 'close, x-secret',
        'x-secret': '1',
      };
      const answer = await ask(host().port, '/api/image-credits', { headers });
      expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], etag: '"e"' });
      expect(upstream.arrivals[0]?.headers).toMatchObject({
        host: 'forum.example:8080',
        cookie: 'token=abc; theme=dark',
        authorization: 'Bearer null',
        'x-forwarded-for': '203.0.113.9, 127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'forum.example:8080',
      });
      expect(upstream.arrivals[0]?.headers).not.toHaveProperty('x-secret');
    });

    test('events arrive one by one, and the end of the service ends the client', async () => {
      const next = upstream.takeNext();
      const opening = open(host().port, '/api/generations/abc/events');
      const { res } = await next;
      res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
      const { answer } = await opening;
      expect(answer.headers).toMatchObject({ 'x-accel-buffering': 'no', 'cache-control': 'no-store, no-transform' });
      const events = watch(answer);
      for (const id of ['1', '2', '3']) {
        res.write(`id: ${id}\nevent: generation\ndata: {}\n\n`);
        await events.seen(`id: ${id}`);
      }
      res.end();
      expect(await events.end).toBe('finished');
    });

    test('a client that leaves a stream takes the request to the service along', async () => {
      const next = upstream.takeNext();
      const opening = open(host().port, '/api/generations/abc/events');
      const { res } = await next;
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\n\n');
      const { req, answer } = await opening;
      await watch(answer).seen('id: 1');
      req.destroy();
      await closed(res);
    });

    test('a client that leaves before the answer takes the request to the service along', async () => {
      const next = upstream.takeNext();
      const patch = json({ name: 'a' }, 'PATCH');
      const req = begin(host().port, '/api/characters/7', patch).end(patch.body);
      const { socket } = await next;
      req.on('error', () => {});
      req.destroy();
      await closed(socket);
    });

    test('the routes of the forum stay with the forum', async () => {
      const { port } = host();
      const post = await ask(port, '/api/posts/7', { headers: { cookie: 'token=abc' } });
      expect(JSON.parse(post.text)).toEqual({ host: 'post', id: '7', user: 'abc' });
      expect(JSON.parse((await ask(port, '/api/games/3')).text)).toEqual({ host: 'game', id: '3' });
      const login = JSON.parse((await ask(port, '/api/login', json({ email: 'a@b' }))).text);
      expect(login).toEqual({ host: 'login', ...(parser === 'none' ? {} : { body: { email: 'a@b' } }) });
      expect((await ask(port, '/api/nothing')).text).toContain('no such page');
      expect(upstream.arrivals).toEqual([]);
    });
  });

  describe('mounted under /api', () => {
    const host = useHost({ parser: 'json', mount: '/api' }, node);

    test('the service sees the whole path', async () => {
      await ask(host().port, '/api/posts/7/images?a=1', json({ mode: 'scene' }));
      expect(upstream.arrivals[0]).toMatchObject({ url: '/api/posts/7/images?a=1' });
      expect(JSON.parse((await ask(host().port, '/api/posts/7')).text)).toMatchObject({ host: 'post' });
    });
  });

  test.skipIf(!certificate)('a service behind TLS is verified by its own name, not by that of the forum', async () => {
    const secure = await startUpstream({ tls: certificate });
    const trusting = await startHost({ target: secure.origin, parser: 'json', trust: certificate?.file }, node);
    const wary = await startHost({ target: secure.origin, parser: 'json' }, node);
    const request = { ...json(character), headers: { ...json(character).headers, host: 'forum.example' } };
    for (const url of ['/api/games/3/characters', '/api/posts/7/images?x=1']) {
      expect((await ask(trusting.port, url, request)).status).toBe(200);
      expect(secure.arrivals.pop()).toMatchObject({ url, headers: { host: 'forum.example' } });
    }
    expectUnavailable(await ask(wary.port, '/api/image-styles'));
    await Promise.all([trusting.stop(), wary.stop(), secure.stop()]);
  });

  test('the module brings nothing native and no package into the forum', async () => {
    const host = await startHost({ target: upstream.origin, parser: 'none' }, node);
    await ask(host.port, '/api/image-styles');
    const { modules, sharedObjects } = await host.state();
    await host.stop();
    expect([...modules, ...sharedObjects].filter((name) => name.endsWith('.node'))).toEqual([]);
    expect(modules.filter((name) => name.includes('dist')).map((name) => name.split(/[\\/]/).pop())).toContain(
      'forward.cjs',
    );
    expect(modules.filter((name) => /http-proxy|better-sqlite3|sharp/.test(name))).toEqual([]);
  });

  describe('with little patience', () => {
    const host = useHost({ parser: 'none', timeoutMs: 1000, log: true }, node);

    test('a service that is silent is given up, while a stream that has begun may be silent for longer', async () => {
      const streaming = upstream.takeNext();
      const opening = open(host().port, '/api/generations/abc/events');
      const stream = await streaming;
      stream.res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      const events = watch((await opening).answer);
      const stalled = upstream.takeNext();
      const answering = ask(host().port, '/api/image-styles?secret=1');
      const { socket } = await stalled;
      const [answer] = await Promise.all([answering, closed(socket)]);
      expectUnavailable(answer);
      expect(await host().nextLog()).toBe('image service: GET /api/image-styles: no answer in time');
      stream.res.end('id: 1\n\n');
      await events.seen('id: 1');
      expect(await events.end).toBe('finished');
    });
  });

  describe('when things go wrong', () => {
    const host = useHost({ parser: 'none', log: true }, node);

    test('a service that cuts the line before its answer', async () => {
      const next = upstream.takeNext();
      const answering = ask(host().port, '/api/image-styles');
      (await next).socket.destroy();
      expectUnavailable(await answering);
      expect(await host().nextLog()).toMatch(/^image service: GET \/api\/image-styles: /);
    });

    test('a service that answers nonsense', async () => {
      for (const nonsense of [
        'HTTP/1.1 099 What\r\n\r\n',
        'HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
        'no HTTP',
      ]) {
        const next = upstream.takeNext();
        const answering = ask(host().port, '/api/image-styles');
        (await next).socket.end(nonsense);
        expectUnavailable(await answering);
        expect(await host().nextLog()).toMatch(/^image service: GET \/api\/image-styles: /);
      }
    });

    test('a service that dies in the middle of its answer cuts the answer', async () => {
      for (const headers of [{ 'content-length': '100' }, { 'content-type': 'text/event-stream' }]) {
        const next = upstream.takeNext();
        const opening = open(host().port, '/api/image-files/a.webp');
        const { res, socket } = await next;
        res.writeHead(200, headers).write('half');
        const answer = watch((await opening).answer);
        await answer.seen('half');
        socket.destroy();
        expect(await answer.end).toBe('cut');
        expect(await host().nextLog()).toBe('image service: answer cut short: aborted');
      }
      expect((await ask(host().port, '/api/image-styles')).text).toBe('echoed');
    });

    test('a client that leaves before the answer takes the request along, in silence', async () => {
      const next = upstream.takeNext();
      const req = begin(host().port, '/api/image-styles').end();
      const { socket } = await next;
      req.on('error', () => {});
      req.destroy();
      await closed(socket);
      // The next line is about the next failure: nothing was said of the client that left.
      const failing = upstream.takeNext();
      const answering = ask(host().port, '/api/image-credits');
      (await failing).socket.destroy();
      expectUnavailable(await answering);
      expect(await host().nextLog()).toContain('/api/image-credits');
    });

    test('a client that leaves in the middle of its upload takes the request along', async () => {
      const next = upstream.takeNext();
      const req = begin(host().port, '/api/characters/7', { method: 'PATCH', headers: { 'content-length': '1000' } });
      req.on('error', () => {});
      req.write('{');
      const { socket } = await next;
      req.destroy();
      await closed(socket);
    });
  });

  describe('without a service', () => {
    const host = useHost({ parser: 'none', target: 'http://127.0.0.1:1' }, node);

    test('the client hears so at once, and its connection lives on', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const upload = { ...json({ name: 'a'.repeat(300_000) }, 'PATCH'), agent };
      expectUnavailable(await ask(host().port, '/api/characters/7', upload));
      expect(JSON.parse((await ask(host().port, '/api/games/3', { agent })).text)).toMatchObject({ host: 'game' });
      agent.destroy();
    });
  });
});

describe('what must not pass', () => {
  const host = useHost({ parser: 'none' });

  test.each([
    '/api/characters/..%2f..%2fadmin',
    '/api/characters/%2e%2e/users',
    '/api/characters/../users',
    '/api/post-images/../users',
    '/api/image-files/a/./b',
    '/api/image-files/..',
    '/api/image-files\\..\\users',
    '/api/image-files/a%5c..%5cb',
    '/api/image-files/a%00.webp',
    '//api/image-styles',
    '/api//image-styles',
    '/api/posts/7//images',
    '/API/image-styles',
    '/api/Image-Styles',
    '/api/posts/7/8/images',
    '/api/image-stylesheet',
    '/other/api/image-styles',
    'http://elsewhere.example/api/image-styles',
  ])('%s stays with the forum', async (path) => {
    const answer = await sendRaw(host().port, `GET ${path} HTTP/1.1\r\nHost: forum\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(upstream.arrivals).toEqual([]);
  });

  test.each([
    'Transfer-Encoding: chunked',
    'Connection: close, content-length',
    'Connection: close, transfer-encoding',
  ])('a body never turns into a second request (%s)', async (header) => {
    const hidden = 'GET /api/users HTTP/1.1\r\nHost: forum\r\n\r\n';
    const chunked = header.includes('ransfer-');
    const frame = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${hidden.length}`;
    const body = chunked ? `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n` : hidden;
    const lines = [
      'DELETE /api/characters/7 HTTP/1.1',
      'Host: forum',
      frame,
      header.startsWith('T') ? 'Connection: close' : header,
    ];
    await sendRaw(host().port, `${lines.join('\r\n')}\r\n\r\n${body}`);
    expect(upstream.arrivals.map(({ url, body }) => [url, body.toString()])).toEqual([['/api/characters/7', hidden]]);
  });

  test('bytes beyond ASCII in headers and path pass as they are', async () => {
    const head =
      'GET /api/image-styles?q=\u00e4 HTTP/1.1\r\nHost: forum\r\nConnection: close\r\nX-Name: \u00e4\u00ff\r\n\r\n';
    expect(await sendRaw(host().port, Buffer.from(head, 'latin1'))).toMatch(/^HTTP\/1\.1 [24]00 /);
    for (const { headers } of upstream.arrivals) expect(headers['x-name']).toBe('\u00e4\u00ff');
  });

  test('an old HTTP/1.0 client is served', async () => {
    const answer = await sendRaw(host().port, 'GET /api/image-styles HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nechoed$/);
    expect(upstream.arrivals[0]?.headers['x-forwarded-host']).toBe('');
  });
});

describe('many at once', () => {
  const host = useHost({ parser: 'json' });

  test('a hundred requests keep to their answers, and connections are used again', async () => {
    const before = upstream.connections;
    const ask100 = () =>
      Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          ask(host().port, `/api/characters/${index}`, json({ name: `${index}` }, 'PATCH')),
        ),
      );
    const answers = [...(await ask100()), ...(await ask100())];
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(upstream.arrivals).toHaveLength(200);
    for (const { url, body } of upstream.arrivals)
      expect(url).toBe(`/api/characters/${JSON.parse(body.toString()).name}`);
    expect(upstream.connections - before).toBeLessThan(200);
  });

  test('pipelined requests of one client are answered in order', async () => {
    const head = 'GET /api/image-styles HTTP/1.1\r\nHost: forum\r\n';
    const answer = await sendRaw(
      host().port,
      `${head}\r\nGET /api/games/3 HTTP/1.1\r\nHost: forum\r\n\r\n${head}Connection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/echoed[\s\S]*"host":"game"[\s\S]*echoed/);
  });

  test('a client that only connects disturbs nobody', async () => {
    const socket = connect(host().port, '127.0.0.1');
    await once(socket, 'connect');
    socket.resetAndDestroy();
    expect((await ask(host().port, '/api/image-styles')).status).toBe(200);
  });
});

test('a service that stops and starts again is found again', async () => {
  const first = await startUpstream();
  const host = await startHost({ target: first.origin, parser: 'json' });
  expect((await ask(host.port, '/api/image-styles')).status).toBe(200);
  await first.stop();
  expectUnavailable(await ask(host.port, '/api/image-styles'));
  const second = await startUpstream({ port: first.port });
  expect((await ask(host.port, '/api/image-styles')).status).toBe(200);
  await Promise.all([host.stop(), second.stop()]);
});

describe('bytes that have been read before', () => {
  const raw = useHost({ parser: 'raw' });
  const verify = useHost({ parser: 'verify' });
  const signed = '{ "scale": 1.0, "name": "\\u00e4" }';

  test.each([
    ['express.raw', raw],
    ['rawBody of a verify hook', verify],
  ])('a signed webhook arrives byte for byte: %s', async (_, host) => {
    await ask(host().port, '/api/webhooks/replicate', json(signed));
    expect(upstream.arrivals[0]?.body.toString()).toBe(signed);
  });
});

test.each([
  undefined,
  '',
  'localhost:3001',
  '127.0.0.1:3001',
  'ftp://127.0.0.1',
  'http://127.0.0.1:3001/api',
  'http://127.0.0.1:3001?x',
  'http://user:secret@127.0.0.1:3001',
  'http://',
])('the target %s is refused when mounted', (target) => {
  expect(() => forwardImages({ target: target as string })).toThrow(/^forwardImages: target must be/);
  expect(() => forwardImages({ target: 'http://127.0.0.1:3001/' })).not.toThrow();
});

/** A certificate for localhost that is its own authority. */
function makeCertificate(): { key: string; cert: string; file: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'forward-tls-'));
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    file,
    ...names,
  ]);
  if (made.status !== 0) return undefined;
  afterAll(() => rmSync(folder, { recursive: true }));
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(file, 'utf8'), file };
}

function expectUnavailable(answer: { status: number; headers: Record<string, unknown>; text: string }): void {
  expect(answer.status).toBe(503);
  expect(answer.headers).toMatchObject({ 'retry-after': '5', 'content-type': 'application/json; charset=utf-8' });
  expect(JSON.parse(answer.text)).toEqual({
    error: expect.stringMatching(/^[A-Z].*\.$/),
    code: 'shutting_down',
    request_id: expect.stringMatching(/^[\w-]{36}$/),
  });
}
