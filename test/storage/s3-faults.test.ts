// The S3 store against a server that fails in every way an S3 server can, with each request counted.
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createS3Storage } from '../../src/storage/s3.ts';
import type { Deadlines } from '../../src/storage/s3-calls.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { allOf, newKey, picture } from '../contract/storage.contract.ts';
import {
  type Answer,
  deleted,
  gives,
  halfOf,
  hang,
  holds,
  html,
  loseReply,
  missing,
  refusal,
  resetMidBody,
  type ScriptedS3,
  scriptedS3,
  stored,
} from './scripted-s3.ts';

const SECRET = 'a-secret-nobody-may-see';
const object = picture(100_000);
const large = picture(5_000_000);
const digest = hash(object.bytes);
const ours = holds(object.bytes.length, digest);
const slowDown = refusal(503, 'SlowDown');

let server: ScriptedS3;
afterEach(() => server.stop());

async function facing(answers: Answer[], deadlines: Partial<Deadlines> = {}): Promise<Storage> {
  server = await scriptedS3(...answers);
  return createS3Storage(
    {
      kind: 's3',
      region: 'eu-north-1',
      bucket: 'pictures',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET },
      endpoint: server.endpoint,
      forcePathStyle: true,
      publicBaseUrl: undefined,
    },
    deadlines,
  );
}

/** The error, after making sure that it is one of ours and tells nothing it should not. */
async function failure(work: Promise<unknown>): Promise<StorageError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(StorageError);
  const { message } = error as StorageError;
  for (const inside of [SECRET, 'AKIDEXAMPLE', 'upstream words']) expect(message).not.toContain(inside);
  expect(message.length).toBeLessThan(120);
  return error as StorageError;
}

describe('a put', () => {
  it('is one write and one look', async () => {
    const storage = await facing([stored, ours]);
    const key = newKey();
    await storage.put(key, object);
    expect(server.methods()).toBe('PUT HEAD');
    expect(server.asked.map(({ path }) => path.split('?')[0])).toEqual([`/pictures/${key}`, `/pictures/${key}`]);
    expect(server.asked[0]?.bytes.equals(object.bytes)).toBe(true);
  });

  it('says what the picture is, how long to keep it, and never who may see it', async () => {
    const storage = await facing([stored, ours]);
    await storage.put(newKey(), object);
    expect(server.asked[0]?.headers).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(object.bytes.length),
      'cache-control': 'public, max-age=86400',
      'if-none-match': '*',
      'x-amz-meta-sha256': digest,
      'x-amz-meta-ai-generated': 'true',
    });
    const names = Object.keys(server.asked[0]?.headers ?? {});
    expect(names.filter((name) => /acl|grant|checksum|trailer/.test(name))).toEqual([]);
  });

  it('gets through two SlowDowns', async () => {
    const storage = await facing([slowDown, slowDown, stored, ours]);
    await storage.put(newKey(), object);
    expect(server.methods()).toBe('PUT PUT PUT HEAD');
    expect(server.asked[2]?.bytes.equals(object.bytes)).toBe(true);
  });

  it('gives up after the third SlowDown', async () => {
    const storage = await facing([slowDown]);
    const error = await failure(storage.put(newKey(), object));
    expect(error.message).toBe('The picture store could not store the picture (503 SlowDown).');
    expect(server.methods()).toBe('PUT PUT PUT');
  });

  it('waits no longer than its own deadline, whatever pause the server asks for', async () => {
    const storage = await facing([refusal(503, 'SlowDown', { 'retry-after': '600' })], { totalMs: 400 });
    const began = performance.now();
    expect((await failure(storage.put(newKey(), object))).message).toContain('in time');
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(server.methods()).toBe('PUT');
  });

  it('tries again when one attempt hangs', async () => {
    const storage = await facing([hang, stored, ours], { attemptMs: 300 });
    await storage.put(newKey(), object);
    expect(server.methods()).toBe('PUT PUT HEAD');
  });

  it('ends a server that hangs for ever at the deadline of the whole', async () => {
    const storage = await facing([hang], { attemptMs: 10_000, totalMs: 300 });
    expect((await failure(storage.put(newKey(), object))).message).toBe(
      'The picture store could not store the picture in time.',
    );
    expect(server.methods()).toBe('PUT');
  });

  it('ends after three attempts that hang', async () => {
    const storage = await facing([hang], { attemptMs: 100 });
    expect((await failure(storage.put(newKey(), object))).cause).toBeInstanceOf(Error);
    expect(server.methods()).toBe('PUT PUT PUT');
  });

  it('sends the whole body again when the connection breaks in the middle of it', async () => {
    const storage = await facing([resetMidBody, stored, holds(5_000_000, hash(large.bytes))]);
    await storage.put(newKey(), large);
    expect(server.methods()).toBe('PUT PUT HEAD');
    expect(server.asked[1]?.bytes.equals(large.bytes)).toBe(true);
  });

  it('is not fooled by a page that answers 200', async () => {
    const storage = await facing([html]);
    expect((await failure(storage.put(newKey(), object))).message).toContain('not S3');
    expect(server.methods()).toBe('PUT');
  });

  it.each([
    ['of another size', holds(object.bytes.length - 1, digest)],
    ['with another digest', holds(object.bytes.length, hash(Buffer.from('other')))],
    ['that is not there', missing],
  ])('fails when the look afterwards finds an object %s', async (_, found) => {
    const storage = await facing([stored, found]);
    expect((await failure(storage.put(newKey(), object))).message).toContain('does not hold');
    expect(server.methods()).toBe('PUT HEAD');
  });

  it.each([
    [403, 'AccessDenied'],
    [403, 'SignatureDoesNotMatch'],
    [403, 'RequestTimeTooSkewed'],
    [404, 'NoSuchBucket'],
    [400, 'ExpiredToken'],
  ])('does not insist on a %d %s', async (status, code) => {
    const storage = await facing([refusal(status, code)]);
    const error = await failure(storage.put(newKey(), object));
    expect(error.message).toContain(`${status} ${code}`);
    expect(error.cause).toBeInstanceOf(Error);
    // A clock that is off is corrected by the SDK from the answer, and tried again with it.
    if (code !== 'RequestTimeTooSkewed') expect(server.methods()).toBe('PUT');
  });

  it.each([
    ['a page', refusal(403, '', {}, '<html>Forbidden</html>')],
    ['half an answer', refusal(403, '', {}, '<?xml version="1.0"?><Error><Co')],
    ['nothing', refusal(403, '', {}, '')],
    ['a sentence for a code', refusal(403, 'see https://AKIDEXAMPLE.example upstream words')],
  ])('makes nothing of %s that comes with a 403', async (_, answer) => {
    const storage = await facing([answer]);
    expect((await failure(storage.put(newKey(), object))).message).toContain('(403 ');
    expect(server.methods()).toBe('PUT');
  });

  it.each([412, 409])('takes a %d for success when the object is ours', async (status) => {
    const storage = await facing([refusal(status, 'PreconditionFailed'), ours]);
    await storage.put(newKey(), object);
    expect(server.methods()).toBe('PUT HEAD');
  });

  it.each([
    ['another size', holds(object.bytes.length + 1, digest)],
    ['the same size and another digest', holds(object.bytes.length, hash(Buffer.from('other')))],
    ['no digest', holds(object.bytes.length, '')],
  ])('takes a 412 for a failure when there is an object of %s', async (_, found) => {
    const storage = await facing([refusal(412, 'PreconditionFailed'), found]);
    expect((await failure(storage.put(newKey(), object))).message).toContain('Another picture');
    expect(server.methods()).toBe('PUT HEAD');
  });

  it('survives a lost reply: its second try meets its own object', async () => {
    const storage = await facing([loseReply, refusal(412, 'PreconditionFailed'), ours]);
    await storage.put(newKey(), object);
    expect(server.methods()).toBe('PUT PUT HEAD');
  });

  it('looks first and writes then where conditional writes are unknown, and remembers it', async () => {
    const unknown = refusal(501, 'NotImplemented');
    const storage = await facing([unknown, missing, stored, ours, missing, stored, ours]);
    await storage.put(newKey(), object);
    expect(server.methods()).toBe('PUT HEAD PUT HEAD');
    expect(server.asked[2]?.headers['if-none-match']).toBeUndefined();
    await storage.put(newKey(), object);
    expect(server.methods()).toBe('PUT HEAD PUT HEAD HEAD PUT HEAD');
  });

  it('does not overwrite where conditional writes are unknown', async () => {
    const storage = await facing([refusal(501, 'NotImplemented'), holds(1, digest)]);
    expect((await failure(storage.put(newKey(), object))).message).toContain('Another picture');
    expect(server.methods()).toBe('PUT HEAD HEAD');
  });
});

describe('a get', () => {
  it('gives what is there', async () => {
    const storage = await facing([gives(object.bytes, { 'x-amz-meta-sha256': digest })]);
    expect(await storage.get(newKey())).toEqual(object);
    expect(server.methods()).toBe('GET');
  });

  it('knows a missing picture from a missing bucket', async () => {
    const storage = await facing([refusal(404, 'NoSuchKey'), refusal(404, 'NoSuchBucket')]);
    expect(await storage.get(newKey())).toBeUndefined();
    expect((await failure(storage.get(newKey()))).message).toContain('NoSuchBucket');
  });

  it('fails when the picture breaks off', async () => {
    const storage = await facing([halfOf(object.bytes, 'break')]);
    expect((await failure(storage.get(newKey()))).cause).toBeInstanceOf(Error);
  });

  it('does not wait for the second half for ever', async () => {
    const storage = await facing([halfOf(object.bytes, 'silence')], { totalMs: 300 });
    expect((await failure(storage.get(newKey()))).message).toContain('in time');
  });

  it.each([
    ['a page', html],
    ['bytes with another digest', gives(Buffer.from('other'), { 'x-amz-meta-sha256': digest })],
  ])('does not take %s for a picture', async (_, answer) => {
    const storage = await facing([answer]);
    expect((await failure(storage.get(newKey()))).message).toContain('something else');
  });

  it('stops reading after 32 MiB', async () => {
    const storage = await facing([gives(Buffer.alloc(33 * 1024 * 1024))]);
    expect((await failure(storage.get(newKey()))).message).toContain('32 MiB');
  });
});

describe('a delete', () => {
  it('asks once for each place of each key, four at most at a time', async () => {
    let open = 0;
    let most = 0;
    const slow: Answer = (_, response) => {
      most = Math.max(most, ++open);
      setImmediate(() => {
        open--;
        response.writeHead(204).end();
      });
    };
    const storage = await facing([slow]);
    const keys = Array.from({ length: 20 }, newKey);
    await storage.delete([...keys, ...keys]);
    expect(server.asked.map(({ path }) => path.split('?')[0]).sort()).toEqual(
      keys.flatMap((key) => [`/pictures/${key}`, `/pictures/quarantine/${key}`]).sort(),
    );
    expect(most).toBeLessThanOrEqual(4);
  });

  it('fails when one key fails, and still deletes the others', async () => {
    const storage = await facing([deleted, refusal(403, 'AccessDenied'), deleted]);
    expect((await failure(storage.delete([newKey(), newKey(), newKey()]))).message).toContain('403 AccessDenied');
    expect(server.methods()).toBe(Array(6).fill('DELETE').join(' '));
  });

  it('is fine with a key that never was', async () => {
    const storage = await facing([refusal(404, 'NoSuchKey')]);
    await storage.delete([newKey()]);
  });

  it.each([
    ['a missing bucket', refusal(404, 'NoSuchBucket')],
    ['a page that answers 200', html],
  ])('is not content with %s', async (_, answer) => {
    const storage = await facing([answer]);
    await failure(storage.delete([newKey()]));
  });
});

describe('a check', () => {
  it('writes outside the public prefix and cleans up after a failure', async () => {
    const storage = await facing([stored, missing, deleted]);
    await failure(storage.check());
    expect(server.methods()).toBe('PUT HEAD DELETE');
    expect(server.asked.every(({ path }) => path.startsWith('/pictures/staging/'))).toBe(true);
  });

  it('says that nobody is there', async () => {
    const storage = await facing([stored]);
    await server.stop();
    expect((await failure(storage.check())).message).toContain('ECONNREFUSED');
  });
});

describe('a list', () => {
  const keys = Array.from({ length: 4 }, newKey).sort();
  const [first = '', second = '', third = '', fourth = ''] = keys;

  it('goes from page to page, and asks for nothing outside its prefix', async () => {
    const storage = await facing([lists([first, second], 'more'), lists([third, fourth])]);
    expect((await allOf(storage.list())).map((page) => page.map(({ key }) => key))).toEqual([
      [first, second],
      [third, fourth],
    ]);
    const asked = server.asked.map(({ path }) => new URL(path, 'http://x').searchParams);
    expect(asked.map((query) => query.get('prefix'))).toEqual(['games/', 'games/']);
    expect(asked.map((query) => query.get('continuation-token'))).toEqual([null, 'more']);
  });

  it('reads keys that come encoded, and leaves out strangers that cannot be decoded', async () => {
    const storage = await facing([
      lists([encodeURIComponent(first), 'games/%E0%A4%A', 'games/a+b%00'], null, 'games%2F'),
    ]);
    expect((await allOf(storage.list())).flat().map(({ key }) => key)).toEqual([first]);
  });

  it('tells size and time', async () => {
    const storage = await facing([lists([first])]);
    expect(await allOf(storage.list())).toEqual([[{ key: first, size: 7, lastModified: Date.UTC(2026, 0, 2) }]]);
  });

  it.each([
    ['a page that answers 200, which is no empty bucket', [html], 'not S3'],
    ['the list of another prefix', [lists([first], null, '')], 'not S3'],
    ['keys out of order', [lists([second, first])], 'order'],
    ['pages out of order', [lists([third], 'more'), lists([first])], 'order'],
    ['a list that goes on without saying where', [lists([first], '')], 'half-way'],
    ['a list that never ends', [lists([], 'more')], 'half-way'],
    ['a refusal', [refusal(403, 'AccessDenied')], '403 AccessDenied'],
    ['a refusal half-way', [lists([first], 'more'), refusal(403, 'AccessDenied')], '403 AccessDenied'],
  ] as const)('fails on %s', async (_, answers, words) => {
    const storage = await facing([...answers]);
    expect((await failure(allOf(storage.list()))).message).toContain(words);
  });

  it('does not wait for ever', async () => {
    const storage = await facing([hang], { attemptMs: 10_000, totalMs: 300 });
    expect((await failure(allOf(storage.list()))).message).toContain('in time');
  });
});

describe('a move to the quarantine', () => {
  const whole = gives(object.bytes, { 'x-amz-meta-sha256': digest });

  it('reads, writes, looks, and only then deletes', async () => {
    const storage = await facing([whole, stored, ours, deleted]);
    const key = newKey();
    expect(await storage.quarantine(key)).toBe(true);
    expect(server.methods()).toBe('GET PUT HEAD DELETE');
    const paths = server.asked.map(({ path }) => path.split('?')[0]);
    const [place, away] = [`/pictures/${key}`, `/pictures/quarantine/${key}`];
    expect(paths).toEqual([place, away, away, place]);
    expect(server.asked[1]?.bytes.equals(object.bytes)).toBe(true);
  });

  it.each([
    ['the copy is refused', [whole, refusal(403, 'AccessDenied')], 'GET PUT'],
    ['the copy is not there', [whole, stored, missing], 'GET PUT HEAD'],
    ['the copy is not whole', [whole, stored, holds(object.bytes.length - 1, digest)], 'GET PUT HEAD'],
    ['the object breaks off', [halfOf(object.bytes, 'break')], 'GET'],
    ['something else answers', [html], 'GET'],
  ] as const)('deletes nothing when %s', async (_, answers, methods) => {
    const storage = await facing([...answers]);
    await failure(storage.quarantine(newKey()));
    expect(server.methods()).toBe(methods);
  });

  it('ends a move that was broken off before the object was deleted', async () => {
    const storage = await facing([whole, refusal(412, 'PreconditionFailed'), ours, deleted]);
    expect(await storage.quarantine(newKey())).toBe(true);
    expect(server.methods()).toBe('GET PUT HEAD DELETE');
  });

  it('moves an object that is no longer what was stored', async () => {
    const changed = gives(object.bytes, { 'x-amz-meta-sha256': hash(Buffer.from('other')) });
    const storage = await facing([changed, stored, ours, deleted]);
    expect(await storage.quarantine(newKey())).toBe(true);
  });
});

/** The answer to a list, of objects of 7 bytes. @param next where it goes on; null when it does not */
function lists(keys: readonly string[], next: string | null = null, prefix = 'games/'): Answer {
  const contents = keys.map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>2026-01-02T00:00:00.000Z</LastModified><Size>7</Size></Contents>`,
  );
  const more = next === null ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
  const xml = `<?xml version="1.0"?><ListBucketResult><Name>pictures</Name><Prefix>${prefix}</Prefix>
    <IsTruncated>${next !== null}</IsTruncated>${contents.join('')}${more}</ListBucketResult>`;
  return (_, response) => response.writeHead(200, { 'content-type': 'application/xml' }).end(xml);
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
