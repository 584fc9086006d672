// A storage that will not move anything: the picture is hidden at once, and its objects as soon as that is to be had.
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PostImage } from '../../src/contract.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { plantAt } from '../generation/orphans-world.ts';
import { makePicture, openStage, type Stage, until } from '../http/stage.ts';
import { createForumFile, ELINAS_POST } from '../support/forum-file.ts';
import { loads, placesOf, restore, takeDown } from './desk.ts';

let stage: Stage;
let isDown = false;
/** What a move waits for between reading and writing. */
let gate: Promise<void> | undefined;
let image: PostImage;
beforeAll(async () => {
  const forumFile = createForumFile();
  const disk = createDiskStorage({
    kind: 'disk',
    path: join(forumFile.folder, 'images'),
    publicBaseUrl: undefined,
  });
  const unlessDown = (move: Storage['quarantine']) => async (key: string) => {
    if (isDown) throw new StorageError('out of order');
    return move(key);
  };
  const away = async (key: string) => {
    const object = gate && (await disk.get(key));
    await gate;
    if (object) plantAt(join(forumFile.folder, 'images'), `quarantine/${key}`, { bytes: object.bytes });
    return disk.quarantine(key);
  };
  const storage = { ...disk, quarantine: unlessDown(away), restore: unlessDown(disk.restore) };
  stage = await openStage({ forumFile, storage });
});
afterAll(() => stage.close());
beforeEach(async () => {
  isDown = false;
  image = await makePicture(stage.elina, ELINAS_POST);
});

const shown = async () => (await stage.elina.get<PostImage>(`/post-images/${image.id}`)).body;

test('a takedown is answered as not complete, and completed later', async () => {
  isDown = true;
  const { status, body } = await takeDown(stage.gm, image.id);
  expect([status, body]).toMatchObject([200, { image_url: null, takedown: { complete: false } }]);
  expect((await stage.vaino.get(`/post-images/${image.id}`)).status).toBe(404);
  expect(await loads(stage, image)).toEqual([200, 200]);
  isDown = false;
  await until(async () => (await shown()).takedown?.complete);
  expect(await loads(stage, image)).toEqual([404, 404]);
});

test('a restore is refused, and the picture stays down', async () => {
  await takeDown(stage.gm, image.id);
  isDown = true;
  const refused = await restore(stage.gm, image.id);
  expect([refused.status, refused.body.code]).toEqual([503, 'storage_unavailable']);
  expect(refused.headers.get('retry-after')).not.toBeNull();
  expect(JSON.stringify(refused.body)).not.toContain('out of order');
  expect((await shown()).takedown).not.toBeNull();
  isDown = false;
  const restored = async () => (await restore(stage.gm, image.id)).status === 200; // 409 while the loop looks after it
  await until(restored);
  expect(await loads(stage, image)).toEqual([200, 200]);
});

test('a picture that is not out of reach yet can be restored', async () => {
  isDown = true;
  await takeDown(stage.gm, image.id);
  isDown = false;
  await until(async () => (await restore(stage.gm, image.id)).status === 200);
  expect(placesOf(stage, image)).toEqual(['public', 'public']);
  expect(await shown()).toEqual(image);
});

test('a picture that is deleted meanwhile is deleted and not moved', async () => {
  isDown = true;
  await takeDown(stage.gm, image.id);
  expect((await stage.elina.delete(`/post-images/${image.id}`)).status).toBe(204);
  await until(() => placesOf(stage, image).join() === 'gone,gone');
});

test('a move that is slower than a deletion brings nothing back', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  const taking = takeDown(stage.gm, image.id);
  await until(async () => (await shown()).takedown);
  expect((await stage.elina.delete(`/post-images/${image.id}`)).status).toBe(204);
  gate = undefined;
  resolve();
  expect((await taking).status).toBe(404); // by now it is gone
  await until(() => stage.forum.count('SELECT count(*) FROM image_files WHERE deleted_at IS NOT NULL') === 0);
  expect(placesOf(stage, image)).toEqual(['gone', 'gone']);
});
