// What pages load from the service: the browser module, small enough for a phone, and the samples of the art styles.
import { get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startService } from '../support/service.ts';

const MODULE = '/api/image-client/forum-images.js';
/** Zipped. */
const MOST_BYTES = 60 * 1024;

test('the module is at most 60 KB zipped, whole without zip, and asked for again only when it has changed', async () => {
  await using service = await startService();
  const zipped = await fetchRaw(service.origin + MODULE, { 'Accept-Encoding': 'gzip' });
  expect(zipped.headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-type': expect.stringContaining('text/javascript'),
    'cache-control': 'public, no-cache',
    vary: expect.stringContaining('Accept-Encoding'),
  });
  expect(zipped.body.length).toBeLessThanOrEqual(MOST_BYTES);
  const plain = await fetchRaw(service.origin + MODULE, {});
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true);
  const known = { 'Accept-Encoding': 'gzip', 'If-None-Match': zipped.headers.etag ?? '' };
  expect((await fetchRaw(service.origin + MODULE, known)).statusCode).toBe(304);
});

test('every style has a sample, and what is no style has none', async () => {
  await using service = await startService();
  const styles = (await service.anonymous.get('/image-styles')).body as { id: string }[];
  for (const { id } of styles) {
    const sample = await fetch(`${service.origin}/api/image-styles/${id}/sample.webp`);
    expect([sample.status, sample.headers.get('content-type')]).toEqual([200, 'image/webp']);
  }
  expect((await fetch(`${service.origin}/api/image-styles/__proto__/sample.webp`)).status).toBe(404);
});

/** As it comes over the wire: `fetch` would unzip it. */
async function fetchRaw(url: string, headers: Record<string, string>) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { headers }, resolve).on('error', reject);
  const response = await promise;
  const body = Buffer.concat(await response.toArray());
  return { statusCode: response.statusCode, headers: response.headers, body };
}
