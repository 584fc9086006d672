// The S3 store against a real server that checks signatures and policies, and the addresses it hands out.
import {
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { S3Config } from '../../src/config.ts';
import { createS3Storage } from '../../src/storage/s3.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { allOf, newKey, picture, storageContract } from '../contract/storage.contract.ts';
import { createBucket, type S3Server, s3Available, startS3 } from '../support/s3-server.ts';

const CONFIG: S3Config = {
  kind: 's3',
  region: 'eu-north-1',
  bucket: 'kuvatjakalat',
  credentials: undefined,
  endpoint: undefined,
  forcePathStyle: false,
  publicBaseUrl: undefined,
};

describe('the address of a picture', () => {
  const key = newKey();
  const address = (part: Partial<S3Config>) => createS3Storage({ ...CONFIG, ...part }).publicUrl(key);

  it.each([
    [{}, 'https://kuvatjakalat.s3.eu-north-1.amazonaws.com'],
    [{ publicBaseUrl: 'https://cdn.example/p' }, 'https://cdn.example/p'],
    [{ endpoint: 'http://127.0.0.1:9000', forcePathStyle: true }, 'http://127.0.0.1:9000/kuvatjakalat'],
    [{ endpoint: 'https://s3.example' }, 'https://kuvatjakalat.s3.example'],
  ])('with %j starts with %s', (part, base) => {
    expect(address(part)).toBe(`${base}/${key}`);
  });
});

describe.skipIf(!s3Available())('S3', () => {
  let server: S3Server;
  let config: S3Config;
  let storage: Storage;
  let client: S3Client;

  beforeAll(async () => {
    server = await startS3();
    const { endpoint, bucket, region, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    config = { ...CONFIG, endpoint, bucket, region, credentials, forcePathStyle: true };
    storage = createS3Storage(config);
    client = new S3Client({ endpoint, region, credentials: { ...credentials }, forcePathStyle: true });
  });
  afterAll(() => server?.stop());

  storageContract('radosgw', async () => {
    const bucket = await createBucket(server.endpoint);
    const plant = async (key: string) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'planted' }));
    };
    const keys = async () => {
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket });
      return (await allOf(pages)).flatMap(({ Contents = [] }) => Contents.map(({ Key = '' }) => Key));
    };
    return { storage: createS3Storage({ ...config, bucket }), plant, keys, close: async () => undefined };
  });

  it('lets anyone load a picture from its public address', async () => {
    const key = newKey();
    const object = picture();
    await storage.put(key, object);
    const answer = await fetch(storage.publicUrl(key));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/webp');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=86400');
    expect(Buffer.from(await answer.arrayBuffer()).equals(object.bytes)).toBe(true);
  });

  it('lets nobody else list, write, delete, or load anything else', async () => {
    const key = newKey();
    await storage.put(key, picture());
    const root = `${server.endpoint}/${server.bucket}`;
    await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: 'staging/hidden', Body: 'x' }));
    const attempts = [
      fetch(`${root}/staging/hidden`),
      fetch(`${root}?list-type=2`),
      fetch(`${root}/${newKey()}`, { method: 'PUT', body: 'x' }),
      fetch(storage.publicUrl(key), { method: 'DELETE' }),
    ];
    expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(await storage.get(key)).toBeDefined();
  });

  it('marks the object as made by a machine and names its digest', async () => {
    const key = newKey();
    await storage.put(key, picture());
    const { Metadata } = await client.send(new HeadObjectCommand({ Bucket: server.bucket, Key: key }));
    expect(Metadata).toEqual({ 'ai-generated': 'true', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('leaves nothing behind after a check', async () => {
    await storage.check();
    const listed = await client.send(new ListObjectsV2Command({ Bucket: server.bucket, Prefix: 'staging/' }));
    expect((listed.Contents ?? []).map(({ Key }) => Key)).not.toContainEqual(expect.stringMatching(/[0-9a-f]{32}$/));
  });

  it('does not replace an object that somebody else put there', async () => {
    const key = newKey();
    await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: key, Body: 'not ours' }));
    await expect(storage.put(key, picture())).rejects.toThrow('Another picture');
    expect((await storage.get(key))?.bytes.toString()).toBe('not ours');
  });

  it('takes many writers of the same bytes under one key', async () => {
    const key = newKey();
    const object = picture(500_000);
    await Promise.all(Array.from({ length: 6 }, () => storage.put(key, object)));
    expect(await storage.get(key)).toEqual(object);
  });

  it.each([
    ['a wrong secret', { credentials: { accessKeyId: 'tester', secretAccessKey: 'wrong' } }, 'SignatureDoesNotMatch'],
    ['an unknown user', { credentials: { accessKeyId: 'nobody', secretAccessKey: 'wrong' } }, 'InvalidAccessKeyId'],
    ['a missing bucket', { bucket: 'no-such-bucket' }, 'NoSuchBucket'],
  ])('refuses every operation with %s', async (_, part, code) => {
    const broken = createS3Storage({ ...config, ...part });
    const key = newKey();
    for (const work of [() => broken.put(key, picture()), () => broken.get(key), () => broken.check()]) {
      const error = await work().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(StorageError);
      expect((error as StorageError).message).toContain(code);
    }
    await expect(broken.delete([key])).rejects.toThrow(StorageError);
  });
});
