// What was taken down is not uploaded again, not even for a moment; and a takedown that comes during the upload is in time.
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Generation, PostImage } from '../../src/contract.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { makePicture, openStage, SCENE, type Stage, until } from '../http/stage.ts';
import { createForumFile, ELINAS_POST } from '../support/forum-file.ts';
import { pausable, placeOn, takeDown } from './desk.ts';

let stage: Stage;
const waiting = pausable();
let uploaded: string[] = [];
let onUpload = async () => {};
beforeAll(async () => {
  const forumFile = createForumFile();
  const path = join(forumFile.folder, 'images');
  const disk = createDiskStorage({ kind: 'disk', path, publicBaseUrl: undefined });
  const put: typeof disk.put = async (key, object) => {
    uploaded.push(key);
    await disk.put(key, object);
    await onUpload();
  };
  stage = await openStage({ forumFile, storage: { ...disk, put }, provider: waiting.provider });
});
afterAll(() => stage.close());

let image: PostImage;
let asked: Generation;
beforeEach(async () => {
  onUpload = async () => {};
  image = await makePicture(stage.elina, ELINAS_POST, { ...SCENE, scene: `a tower by the sea ${Math.random()}` });
  waiting.pause();
  asked = (await stage.elina.post<Generation>(`/post-images/${image.id}/regenerate`, { seed: 'same' })).body;
  await until(
    () => stage.forum.all('SELECT status FROM image_generations WHERE id = ?', asked.id)[0].status === 'generating',
  );
  uploaded = [];
});

async function expectNothing(): Promise<void> {
  expect((await stage.elina.finished(asked)).error?.code).toBe('taken_down');
  const [row] = stage.forum.all('SELECT image_key, thumbnail_key FROM image_generations WHERE id = ?', asked.id);
  const root = join(stage.service.forum.folder, 'images');
  await until(() => [row.image_key, row.thumbnail_key].every((key) => placeOn(root, key) === 'gone'));
}

test('taken down before it is stored, nothing is uploaded', async () => {
  await takeDown(stage.gm, image.id);
  waiting.resume();
  await expectNothing();
  expect(uploaded).toEqual([]);
});

test('taken down between the upload and the record, nothing is recorded and nothing is left', async () => {
  onUpload = async () => {
    if (uploaded.length === 2) await takeDown(stage.gm, image.id);
  };
  waiting.resume();
  await expectNothing();
  expect(uploaded).toHaveLength(2);
});
