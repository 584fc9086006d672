// The orphan sweep on a real S3 server: more objects than one page of a list, strangers beside them, and a quarantine nobody can read.
import { type ListObjectsV2CommandOutput, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Storage } from '../../src/storage/s3.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { allOf, lookAlikes } from '../contract/storage.contract.ts';
import { type S3Server, s3Available, startS3 } from '../support/s3-server.ts';
import { HOUR, newKeys, OrphanWorld } from './orphans-world.ts';

describe.skipIf(!s3Available())('the orphan sweep of a bucket', () => {
  let server: S3Server;
  let storage: Storage;
  let client: S3Client;

  beforeAll(async () => {
    server = await startS3();
    const { endpoint, bucket, region, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    const place = { kind: 's3', endpoint, bucket, region, forcePathStyle: true, publicBaseUrl: undefined } as const;
    storage = createS3Storage({ ...place, credentials });
    client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { ...credentials } });
  });
  afterAll(() => server?.stop());

  const put = (Key: string) => client.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: 'object' }));

  async function putAll(keys: string[]): Promise<void> {
    const waiting = [...keys];
    const lane = async () => {
      for (let key = waiting.pop(); key; key = waiting.pop()) await put(key);
    };
    await Promise.all(Array.from({ length: 8 }, lane));
  }

  async function keys(): Promise<string[]> {
    const pages = (await allOf(
      paginateListObjectsV2({ client }, { Bucket: server.bucket }),
    )) as ListObjectsV2CommandOutput[];
    return pages.flatMap(({ Contents = [] }) => Contents.map(({ Key = '' }) => Key));
  }

  it('moves what no row names, and that alone', async () => {
    await using world = await OrphanWorld.open();
    const rows = Array.from({ length: 600 }, () => world.generation('storing'));
    const named = rows.flatMap(({ image, thumbnail }) => [image, thumbnail]);
    const orphans = Array.from({ length: 6 }, () => newKeys().image);
    const strangers = lookAlikes();
    await putAll([...named, ...orphans, ...strangers]);

    expect(await world.sweep({ storage })).toMatchObject({ objects: 1206, orphans: 0, error: null }); // all are young
    const now = () => Date.now() + 49 * HOUR;
    const report = await world.sweep({ storage, now });
    expect(report).toMatchObject({ objects: 1206, orphans: 6, quarantined: 6, failures: 0, error: null });
    const expected = [...named, ...strangers, ...orphans.map((key) => `quarantine/${key}`)];
    expect((await keys()).toSorted()).toEqual(expected.toSorted());
    const [gone = ''] = orphans;
    for (const path of [gone, `quarantine/${gone}`]) {
      expect((await fetch(`${server.endpoint}/${server.bucket}/${path}`)).status).toBe(403);
    }
    expect(await storage.restore(gone)).toBe(true);
    expect((await fetch(storage.publicUrl(gone))).status).toBe(200);
  });
});
