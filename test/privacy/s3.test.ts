// An erasure on a real S3 server: no object of the user stays in the bucket, not even in the quarantine; those of others do.
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Storage } from '../../src/storage/s3.ts';
import { openStage } from '../http/stage.ts';
import { replicateSettings, s3Settings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { type S3Server, s3Available, startS3 } from '../support/s3-server.ts';
import { digests, drawSmall, erased, fill, forumWithSubject, makeOthers, SUBJECT, traces, urlsOf } from './world.ts';

describe.skipIf(!s3Available())('in a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  });
  afterAll(() => server?.stop());

  it('erases the objects of one user and keeps those of another', async () => {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const keys = async () =>
      (await client.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents?.map(({ Key = '' }) => Key) ?? [];
    const double = await ReplicateDouble.start({ draw: drawSmall, latencyMs: 20 });
    const forumFile = forumWithSubject();
    const env = { ...replicateSettings(double), ...s3Settings(server), MAX_ACTIVE_PER_USER: '100' };
    await using stage = await openStage({ forumFile, env });
    const subject = await stage.service.as(SUBJECT);
    const others = await makeOthers(stage.vaino, 6);
    const { urls, character } = await fill(subject, others[0] as (typeof others)[0]);
    others.push(...(await makeOthers(stage.vaino, 2, character.id)));
    const before = await digests(endpoint, urlsOf(others));
    expect([...before, ...(await digests(endpoint, urls))]).not.toContain(null);
    const storage = createS3Storage({
      kind: 's3',
      endpoint,
      region,
      bucket,
      credentials,
      forcePathStyle: true,
      publicBaseUrl: undefined,
    });
    const [hidden = ''] = (await keys()).filter((key) => urls.some((url) => url.endsWith(key)));
    await storage.quarantine(hidden); // such as a sweep does with what it takes for an orphan
    expect(await keys()).toContain(`quarantine/${hidden}`);

    await stage.admin.post(`/image-admin/users/${SUBJECT}/erase`);
    await erased(stage.admin);
    expect(await digests(endpoint, urls)).toEqual(urls.map(() => null));
    expect(await digests(endpoint, urlsOf(others))).toEqual(before);
    expect((await keys()).length).toBe(16);
    expect(traces(forumFile.path)).toEqual([]);
    await double.close();
  });
});
