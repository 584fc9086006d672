// Reports as they arrive at the admins' desk, and how they leave it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry, PictureReport } from '../../src/contract.ts';
import { makePicture, openStage, type Role, type Stage } from '../http/stage.ts';
import { ADMIN, ELINA, ELINAS_POST, GM, VAINO } from '../support/forum-file.ts';
import type { Client } from '../support/service.ts';
import { REASON, restore, takeDown } from './desk.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

type Page = { items: PictureReport[]; next_cursor: string | null };
const report = (as: Client, id: number, reason = 'Loukkaava') => as.post(`/post-images/${id}/report`, { reason });
const listed = async (query = '') => (await stage.admin.get<Page>(`/image-admin/reports${query}`)).body;
const ofPicture = async (id: number, query = '') =>
  (await listed(query)).items.filter(({ post_image_id }) => post_image_id === id);
const resolve = (as: Client, id: number, body: unknown = { reason: 'It is only a dragon' }) =>
  as.post(`/image-admin/reports/${id}/resolve`, body);

test('they are for admins alone, whatever others send', async () => {
  const others: [Role, number][] = [
    ['anonymous', 401],
    ['elina', 404],
    ['vaino', 404],
    ['gm', 404],
  ];
  for (const [role, status] of others) {
    for (const query of ['', '?status=gone', '?limit=x']) {
      expect((await stage[role].get(`/image-admin/reports${query}`)).status).toBe(status);
    }
    expect((await resolve(stage[role], 1)).status).toBe(status);
    expect((await resolve(stage[role], 1, { reason: 5 })).status).toBe(status);
  }
});

test('each is shown with its picture, who and why, the newest first, a page at a time', async () => {
  const image = await makePicture(stage.elina, ELINAS_POST);
  await report(stage.vaino, image.id, 'Verinen');
  await report(stage.gm, image.id, 'Liian verinen');
  const [newest, older] = (await listed('?limit=2')).items;
  expect(newest).toMatchObject({ user_id: GM, reason: 'Liian verinen', status: 'open', resolved_at: null });
  expect(older).toMatchObject({ user_id: VAINO, reason: 'Verinen', resolution: null, post_image_id: image.id });
  expect(older?.post_image).toEqual((await stage.admin.get(`/post-images/${image.id}`)).body);
  const first = await listed('?limit=1');
  expect(first.items).toEqual([newest]);
  expect((await listed(`?limit=1&cursor=${first.next_cursor}`)).items).toEqual([older]);
  expect((await stage.admin.get('/image-admin/reports?status=gone')).status).toBe(400);
  expect((await stage.admin.get('/image-admin/reports?cursor=x')).status).toBe(400);
});

test('an admin dismisses one, once, and that is on record', async () => {
  const image = await makePicture(stage.elina, ELINAS_POST);
  await report(stage.vaino, image.id);
  const [open] = await ofPicture(image.id);
  const id = open?.id ?? 0;
  expect((await resolve(stage.admin, id, {})).status).toBe(400);
  const { status, body } = await resolve(stage.admin, id);
  expect(status).toBe(200);
  expect(body).toMatchObject({ id, status: 'resolved', resolution: 'dismissed', resolved_at: expect.any(String) });
  expect(await ofPicture(image.id)).toEqual([]);
  expect(await ofPicture(image.id, '?status=resolved')).toEqual([body]);
  expect((await resolve(stage.admin, id)).status).toBe(409);
  expect((await resolve(stage.admin, 999)).status).toBe(404);
  const [entry] = (await stage.admin.get<{ items: AuditEntry[] }>('/image-admin/audit?limit=1')).body.items;
  expect(entry).toMatchObject({ action: 'report.resolve', subject: `report:${id}`, actor_id: ADMIN, user_id: VAINO });
  await report(stage.vaino, image.id, 'Edelleen');
  expect(await ofPicture(image.id)).toMatchObject([{ id, reason: 'Edelleen', status: 'open' }]);
});

test('a takedown closes those of its picture, and shows them without it', async () => {
  const image = await makePicture(stage.elina, ELINAS_POST);
  const other = await makePicture(stage.elina, ELINAS_POST);
  for (const { id } of [image, other]) {
    await report(stage.vaino, id);
    await report(stage.gm, id);
  }
  await takeDown(stage.gm, image.id);
  expect(await ofPicture(image.id)).toEqual([]);
  const closed = await ofPicture(image.id, '?status=resolved');
  expect(closed).toHaveLength(2);
  for (const one of closed) {
    expect(one).toMatchObject({ resolution: 'taken_down', post_image: { image_url: null, takedown: REASON } });
  }
  expect(await ofPicture(other.id)).toHaveLength(2);
  const entries = (await stage.admin.get<{ items: AuditEntry[] }>(`/image-admin/audit?user_id=${ELINA}`)).body.items;
  expect(entries[0]).toMatchObject({ action: 'post_image.takedown', details: { reports: 2 } });
  await restore(stage.gm, image.id);
  expect((await ofPicture(image.id, '?status=resolved'))[0]?.post_image?.image_url).toBe(image.image_url);
});

test('those of a deleted picture are closed', async () => {
  const image = await makePicture(stage.elina, ELINAS_POST);
  await report(stage.vaino, image.id);
  await stage.elina.delete(`/post-images/${image.id}`);
  expect(await ofPicture(image.id)).toEqual([]);
  expect(await ofPicture(image.id, '?status=resolved')).toMatchObject([{ resolution: 'deleted', post_image: null }]);
});
