// Takedown and restore in a real bucket whose games/ anybody may read.
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Generation, PostImage } from '../../src/contract.ts';
import { makePicture, openStage, type Stage, until } from '../http/stage.ts';
import { ELINAS_POST } from '../support/forum-file.ts';
import { s3Settings } from '../support/program.ts';
import { type S3Server, s3Available, startS3 } from '../support/s3-server.ts';
import { pausable, restore, takeDown } from './desk.ts';

describe.skipIf(!s3Available())('in a public bucket', () => {
  let server: S3Server;
  let stage: Stage;
  let client: S3Client;
  const waiting = pausable();

  beforeAll(async () => {
    server = await startS3();
    stage = await openStage({ provider: waiting.provider, env: s3Settings(server) });
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
  });
  afterAll(async () => {
    await stage?.close();
    await server?.stop();
  });

  const anonymous = (image: PostImage) =>
    Promise.all([image.image_url, image.thumbnail_url].map(async (url) => (await fetch(String(url))).status));
  const keys = async () =>
    ((await client.send(new ListObjectsV2Command({ Bucket: server.bucket }))).Contents ?? []).map(({ Key }) => Key);
  const keyOf = (url: string | null) => String(url).replace(`${server.endpoint}/${server.bucket}/`, '');

  test('nobody can load what is down, under any address; restored, it is the very same', async () => {
    const image = await makePicture(stage.elina, ELINAS_POST);
    const bytes = Buffer.from(await (await fetch(String(image.image_url))).arrayBuffer());
    expect((await takeDown(stage.gm, image.id)).body.takedown).toMatchObject({ complete: true });
    expect(await anonymous(image)).toEqual([403, 403]);
    const hidden = `${server.endpoint}/${server.bucket}/quarantine/${keyOf(image.image_url)}`;
    expect((await fetch(hidden)).status).toBe(403);
    const names = [image.image_url, image.thumbnail_url].map(keyOf);
    expect((await keys()).toSorted()).toEqual(names.map((name) => `quarantine/${name}`).toSorted());
    expect((await restore(stage.gm, image.id)).status).toBe(200);
    expect(await anonymous(image)).toEqual([200, 200]);
    const back = await fetch(String(image.image_url));
    const again = Buffer.from(await back.arrayBuffer());
    expect([again.equals(bytes), back.headers.get('content-type')]).toEqual([true, 'image/webp']);
    expect((await sharp(again).metadata()).xmp?.toString()).toContain('trainedAlgorithmicMedia');
    expect((await keys()).toSorted()).toEqual(names.toSorted());
    await takeDown(stage.gm, image.id);
    expect((await stage.elina.delete(`/post-images/${image.id}`)).status).toBe(204);
    expect(await keys()).toEqual([]);
  });

  test('nor when the same is just being made', async () => {
    const image = await makePicture(stage.elina, ELINAS_POST);
    waiting.pause();
    const asked = await stage.elina.post<Generation>(`/post-images/${image.id}/regenerate`, { seed: 'same' });
    const statusOf = () =>
      stage.forum.all('SELECT status FROM image_generations WHERE id = ?', asked.body.id)[0].status;
    await until(() => statusOf() === 'generating');
    await takeDown(stage.gm, image.id);
    waiting.resume();
    expect((await stage.elina.finished(asked.body)).error?.code).toBe('taken_down');
    expect(await anonymous(image)).toEqual([403, 403]);
    const names = [image.image_url, image.thumbnail_url].map((url) => `quarantine/${keyOf(url)}`);
    await until(async () => (await keys()).length === 2);
    expect((await keys()).toSorted()).toEqual(names.toSorted());
  });
});
