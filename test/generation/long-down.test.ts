// A service that was down for longer than the provider keeps a picture: what it had uploaded before is the picture.
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { createForumFile, ELINA, type ForumFile, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { startService, type TestService } from '../support/service.ts';

let double: ReplicateDouble;
let forum: ForumFile;
let service: TestService;
beforeEach(async () => {
  double = await ReplicateDouble.start();
  forum = createForumFile();
});
afterEach(async () => {
  await service.close();
  await double.close();
});

function diskStorage(): Storage {
  return createDiskStorage({ kind: 'disk', path: `${forum.folder}/images`, publicBaseUrl: undefined });
}

/** Dies with `left` of the two objects uploaded and nothing recorded; when it is started again, two hours have passed. */
async function dieAndStayDown(left: 1 | 2): Promise<Generation> {
  const disk = diskStorage();
  const stopped = Promise.withResolvers<void>();
  let puts = 0;
  const put: Storage['put'] = async (key, object) => {
    if (++puts <= left) await disk.put(key, object);
    if (puts < left) return;
    stopped.resolve();
    throw new StorageError('the end of this life');
  };
  service = await startService({ env: replicateSettings(double), forumFile: forum, storage: { ...disk, put } });
  const elina = await service.as(ELINA);
  const { body } = await elina.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: 'a bay' });
  await stopped.promise;
  await service.stop();
  const db = new BetterSqlite3(forum.path);
  db.exec(
    "DELETE FROM image_spool; UPDATE image_generations SET submitted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-2 hours'), run_at_ms = 0",
  );
  db.close();
  for (const { id } of double.bill) double.expire(id);
  service = await startService({ env: replicateSettings(double), forumFile: forum, storage: diskStorage() });
  return body;
}

test('both objects were there: they are the picture, and it is charged once', async () => {
  const generation = await dieAndStayDown(2);
  const ended = await (await service.as(ELINA)).finished(generation);
  expect(ended).toMatchObject({ status: 'succeeded', cost: { charged: true } });
  expect((await fetch(`${service.origin}${ended.image_url}`)).status).toBe(200);
  expect(double.bill).toHaveLength(1);
});

test('only one was there: the picture is lost, free, and leaves nothing behind', async () => {
  const generation = await dieAndStayDown(1);
  const ended = await (await service.as(ELINA)).finished(generation);
  expect(ended).toMatchObject({ status: 'failed', error: { code: 'provider_error' }, cost: { charged: false } });
  expect(double.bill).toHaveLength(1);
});
