// A thorough look at stores that are away, are something else, or serve too much: each told in a sentence that helps.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { createS3Storage } from '../../src/storage/s3.ts';
import type { Finding } from '../../src/storage/storage.ts';
import { openStage } from '../http/stage.ts';
import { type Answer, hang, html, refusal, type ScriptedS3, scriptedS3 } from './scripted-s3.ts';

const SECRET = 'a-secret-nobody-may-see';
let server: ScriptedS3 | undefined;
afterEach(() => server?.stop());

const failing = (findings: Finding[]) => findings.filter(({ ok }) => !ok).map(({ name }) => name);
const messageOf = (findings: Finding[], name: string) => findings.find((finding) => finding.name === name)?.message;

async function inspect(answers: Answer[] | string): Promise<Finding[]> {
  if (typeof answers !== 'string') server = await scriptedS3(...answers);
  const endpoint = typeof answers === 'string' ? answers : server?.endpoint;
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
  const place = { kind: 's3', region: 'eu-north-1', bucket: 'pictures', forcePathStyle: true } as const;
  const storage = createS3Storage(
    { ...place, credentials, endpoint, publicBaseUrl: undefined },
    { attemptMs: 300, totalMs: 20_000 },
  );
  const findings = await storage.inspect('');
  for (const inside of [SECRET, 'AKIDEXAMPLE', 'upstream words', 'Please log in']) {
    expect(JSON.stringify(findings)).not.toContain(inside);
  }
  return findings;
}

describe('a bucket', () => {
  test.each<[string, Answer[] | string, RegExp]>([
    ['is behind a clock that is far off', [refusal(403, 'RequestTimeTooSkewed')], /clock.*NTP/],
    ['is not allowed', [refusal(403, 'AccessDenied')], /rights/],
    ['has credentials that expired', [refusal(400, 'ExpiredToken')], /expired/],
    ['is in another region', [refusal(301, 'PermanentRedirect')], /AWS_REGION/],
    ['is a login page', [html], /not S3.*S3_ENDPOINT/],
    ['has too much to do', [refusal(503, 'SlowDown')], /later/],
    ['never answers', [hang], /cannot be reached/],
    ['is nowhere', 'http://127.0.0.1:9', /cannot be reached.*S3_ENDPOINT/],
    ['refuses for a reason of its own', [refusal(418, 'TeapotOverflow')], /418 TeapotOverflow/],
  ])('%s', async (_what, answers, sentence) => {
    const findings = await inspect(answers);
    expect(failing(findings)).toEqual(['write']);
    expect(messageOf(findings, 'write')).toMatch(sentence);
  });

  test('is reached by plain http from outside', async () => {
    const findings = await inspect('http://192.0.2.1:9');
    expect(findings.find(({ name }) => name === 'tls')).toMatchObject({ ok: false, severity: 'warning' });
  });
});

describe('a folder', () => {
  async function serve(listener: RequestListener) {
    const http = createServer(listener);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return {
      origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
      async [Symbol.asyncDispose]() {
        http.closeAllConnections();
        await new Promise((resolve) => http.close(resolve));
      },
    };
  }

  async function inspectServed(listenerOf: (root: string) => RequestListener): Promise<Finding[]> {
    const root = mkdtempSync(join(tmpdir(), 'served-'));
    try {
      await using http = await serve(listenerOf(root));
      const findings = await createDiskStorage({ kind: 'disk', path: root, publicBaseUrl: http.origin }).inspect('');
      const left = await readdir(root, { recursive: true, withFileTypes: true });
      expect(left.filter((entry) => entry.isFile())).toEqual([]);
      return findings;
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  /** As an nginx with `root DISK_PATH` would, if it were careless. */
  const everything =
    (root: string, type = 'image/webp'): RequestListener =>
    async (request, response) => {
      const path = join(root, decodeURIComponent(request.url ?? ''));
      if (request.method !== 'GET') return void response.writeHead(405).end();
      const bytes = await readFile(path).catch(() => undefined);
      response.writeHead(bytes ? 200 : 404, { 'content-type': type }).end(bytes);
    };

  test('that this service serves itself has nothing to mend', async () => {
    await using stage = await openStage();
    const { status, body } = await stage.admin.post('/image-admin/storage/check');
    expect([status, body.ok, body.storage]).toEqual([200, true, 'disk']);
    expect(failing(body.checks)).toEqual([]);
    expect(body.checks.map(({ name }: Finding) => name)).toContain('public_read');
  });

  test('of which all is served gives away the quarantine and what is beside it', async () => {
    const findings = await inspectServed((root) => everything(root));
    expect(failing(findings).sort()).toEqual(['outside_hidden', 'quarantine_hidden']);
  });

  test.each<[string, (root: string) => RequestListener, RegExp]>([
    [
      'another page',
      () => (_, response) => response.setHeader('content-type', 'text/html').end('<h1>Hello</h1>'),
      /text\/html.*IMAGE_PUBLIC_BASE_URL/,
    ],
    ['nothing', () => (_, response) => response.writeHead(404).end(), /not known.*IMAGE_PUBLIC_BASE_URL/],
    ['a way elsewhere', () => (_, response) => response.writeHead(302, { location: '/login' }).end(), /elsewhere.*302/],
    ['a refusal', () => (_, response) => response.writeHead(403).end(), /403.*DISK_PATH/],
    ['a fault', () => (_, response) => response.writeHead(502).end(), /502/],
    [
      'another type',
      (root) => (request, response) => {
        if (!request.url?.startsWith('/games/') || request.url.includes('%2f'))
          return void response.writeHead(404).end();
        everything(root, 'text/plain')(request, response);
      },
      /image\/webp/,
    ],
    ['no answer', () => (request) => request.socket.destroy(), /Nobody answers/],
  ])('at whose public address is %s', async (_what, listener, sentence) => {
    const findings = await inspectServed(listener);
    expect(failing(findings)).toContain('public_read');
    expect(messageOf(findings, 'public_read')).toMatch(sentence);
  });

  test('that is none is told by the setting', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'file-'));
    const path = join(folder, 'images');
    writeFileSync(path, 'a file in the place of the folder');
    chmodSync(path, 0o400);
    const findings = await createDiskStorage({ kind: 'disk', path, publicBaseUrl: undefined }).inspect(
      'http://127.0.0.1:9',
    );
    expect(failing(findings)).toContain('write');
    expect(messageOf(findings, 'write')).toMatch(/DISK_PATH.*\(E[A-Z]+\)\.$/);
    expect(JSON.stringify(findings)).not.toContain(folder);
    rmSync(folder, { recursive: true });
  });
});
