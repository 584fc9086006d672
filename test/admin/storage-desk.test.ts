// What admins read of the storage: the last comparison with the database, and the pictures that it has found broken.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Service } from '../../src/app.ts';
import { OrphanSweep } from '../../src/generation/orphan-sweep.ts';
import { makePicture, openStage } from '../http/stage.ts';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';

const PATH = '/image-admin/storage';

test('nothing before the first comparison; then its figures, and each broken picture with whose and where it is', async () => {
  await using stage = await openStage();
  const pictures = [];
  for (let count = 0; count < 3; count += 1) pictures.push(await makePicture(stage.elina, ELINAS_POST));
  expect((await stage.admin.get(PATH)).body).toEqual({ storage: 'disk', broken_files: 0, last_sweep: null });

  const images = join(stage.service.forum.folder, 'images');
  const lost = pictures.slice(0, 2);
  for (const { image_url } of lost) rmSync(join(images, (image_url ?? '').replace('/api/image-files/', '')));
  const { db, storage } = (stage.service.app as Service).parts;
  await new OrphanSweep({ db, storage, log: pino({ level: 'silent' }), mode: 'report' }).run({ dryRun: true });

  const { body: report } = await stage.admin.get(PATH);
  expect(report).toMatchObject({ storage: 'disk', broken_files: 2 });
  expect(report.last_sweep).toMatchObject({ dry_run: true, error: null, objects: 4, orphans: 0, newly_broken: 2 });
  expect(JSON.stringify(report)).not.toContain('.webp');

  const first = await stage.admin.get(`${PATH}/broken-files?limit=1`);
  expect(first.body.items).toEqual([
    expect.objectContaining({
      reason: 'missing',
      user_id: ELINA,
      game_id: GAME,
      post_image_id: lost[0]?.id,
      reference_image_id: null,
    }),
  ]);
  const second = await stage.admin.get(`${PATH}/broken-files?limit=1&cursor=${first.body.next_cursor}`);
  expect(second.body.items.map((file: { post_image_id: number }) => file.post_image_id)).toEqual([lost[1]?.id]);
  expect(second.body.next_cursor).toBeNull();
});

test('to others than admins none of it is there', async () => {
  await using stage = await openStage();
  for (const client of [stage.elina, stage.gm]) {
    for (const path of [PATH, `${PATH}/broken-files`]) expect((await client.get(path)).status).toBe(404);
    expect((await client.post(`${PATH}/check`)).status).toBe(404);
  }
  expect((await stage.anonymous.post(`${PATH}/check`)).status).toBe(401);
});
