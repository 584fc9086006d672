// The nginx block that the README shows, run by a real nginx; skipped where none is installed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask, closed, json, open, watch } from './client.ts';
import { forumPaths, servicePaths } from './paths.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
const nginx = folders.map((folder) => join(folder, 'nginx')).find((path) => existsSync(path));
if (!nginx) console.info('nginx is not installed: the tests of its configuration are skipped.');

describe.skipIf(!nginx)('nginx in front', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forward-nginx-'));
  const forum = createServer((_req, res) => res.end('forum'));
  let upstream: Upstream;
  let server: ChildProcess;
  let port: number;

  beforeAll(async () => {
    upstream = await startUpstream();
    await once(forum.listen(0, '127.0.0.1'), 'listening');
    port = await freePort();
    writeFileSync(join(folder, 'nginx.conf'), configuration());
    server = spawn(nginx ?? '', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const output: Buffer[] = [];
    server.stderr?.on('data', (chunk) => output.push(chunk));
    server.once('exit', (code) => code && console.error(Buffer.concat(output).toString()));
    await listening(port, server);
  });
  afterAll(async () => {
    server.kill('SIGTERM');
    await once(server, 'exit');
    forum.close();
    await upstream.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    upstream.arrivals.length = 0;
  });

  function configuration(): string {
    const block = readFileSync(join(import.meta.dirname, 'nginx.conf.template'), 'utf8');
    const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
    return `
      daemon off; worker_processes 1; pid nginx.pid;
      events {}
      http {
        access_log off; error_log stderr; ${scratch.join(' ')}
        server {
          listen 127.0.0.1:${port};
          ${block.replace('127.0.0.1:3001', `127.0.0.1:${upstream.port}`)}
          location / { proxy_pass http://127.0.0.1:${(forum.address() as AddressInfo).port}; }
        }
      }`;
  }

  test('the same paths as the forwarding go to the service', async () => {
    for (const path of servicePaths) expect(await ask(port, path), path).toMatchObject({ status: 200, text: 'echoed' });
    for (const path of forumPaths) expect(await ask(port, path), path).toMatchObject({ text: 'forum' });
    expect(upstream.arrivals.map(({ url }) => url)).toEqual(servicePaths);
  });

  test('path tricks do not reach the service', async () => {
    for (const path of [
      '/api/characters/..%2f..%2fadmin',
      '/api/post-images/../users',
      '/api/characters/%2e%2e/users',
    ]) {
      expect((await ask(port, path)).text).toBe('forum');
    }
    expect(upstream.arrivals).toEqual([]);
  });

  test('method, body, host, cookies and the way arrive', async () => {
    const patch = json({ name: 'Äijä' }, 'PATCH');
    await ask(port, '/api/characters/7?x=%C3%A4', {
      ...patch,
      headers: { ...patch.headers, host: 'forum.example:8080', cookie: 'token=abc', authorization: 'Bearer null' },
    });
    expect(upstream.arrivals[0]).toMatchObject({ method: 'PATCH', url: '/api/characters/7?x=%C3%A4' });
    expect(upstream.arrivals[0]?.body.toString()).toBe('{"name":"Äijä"}');
    expect(upstream.arrivals[0]?.headers).toMatchObject({
      host: 'forum.example:8080',
      cookie: 'token=abc',
      authorization: 'Bearer null',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'forum.example:8080',
    });
  });

  test('events arrive one by one, and a client that leaves takes the request along', async () => {
    const next = upstream.takeNext();
    const opening = open(port, '/api/generations/abc/events');
    const { res } = await next;
    res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const { req, answer } = await opening;
    const events = watch(answer);
    for (const id of ['1', '2', '3']) {
      res.write(`id: ${id}\n\n`);
      await events.seen(`id: ${id}`);
    }
    req.destroy();
    await closed(res);
  });
});

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** nginx does not say when it listens: knocks until it opens, or fails when it has ended. */
async function listening(port: number, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const connected = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (connected) return;
  }
  throw new Error('nginx has ended');
}
