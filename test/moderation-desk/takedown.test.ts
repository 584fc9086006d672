// A picture is taken down and brought back: who may, who still sees what of it, and where its objects are meanwhile.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEntry, Generation, PostImage } from '../../src/contract.ts';
import { makePicture, openStage, type Role, type Stage, until } from '../http/stage.ts';
import { ADMIN, ELINA, ELINAS_POST, GAME, GM, GMS_POST, VAINOS_POST } from '../support/forum-file.ts';
import { keyOf, loads, placesOf, REASON, restore, takeDown } from './desk.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const generationOf = ({ id }: PostImage): string =>
  stage.forum.all('SELECT generation_id FROM image_post_details WHERE post_image_id = ?', id)[0].generation_id;
const acts = async (subject: string) =>
  (await stage.admin.get<{ items: AuditEntry[] }>('/image-admin/audit?limit=100')).body.items.filter(
    (entry) => entry.subject === subject,
  );

describe('who may', () => {
  const bodies: [string, unknown][] = [
    ['a sound body', REASON],
    ['a faulty body', { reason: '', and: 1 }],
  ];

  test.each(bodies)('players and nobody are told that there is no such thing, for %s', async (_, body) => {
    const { id } = await makePicture(stage.elina, ELINAS_POST);
    for (const [path, act] of [
      ['takedown', takeDown],
      ['restore', restore],
    ] as const) {
      expect([path, (await act(stage.anonymous, id, body)).status]).toEqual([path, 401]);
      expect([path, (await act(stage.elina, id, body)).status]).toEqual([path, 404]);
      expect([path, (await act(stage.vaino, id, body)).status]).toEqual([path, 404]);
    }
    const odd = await stage.vaino.post('/image-admin/post-images/x/takedown', body);
    expect(odd.status).toBe(404);
    expect(stage.forum.count('SELECT count(*) FROM image_takedowns')).toBe(0);
  });

  test.each<Role>(['gm', 'admin'])('%s may, takes it back, and both are on record', async (role) => {
    const image = await makePicture(stage.elina, ELINAS_POST);
    expect((await takeDown(stage[role], image.id, { ...REASON, category: 'violence' })).status).toBe(200);
    expect((await restore(stage[role], image.id, { reason: 'A mistake' })).status).toBe(200);
    const actor_id = role === 'gm' ? GM : ADMIN;
    const shared = { actor_id, user_id: ELINA };
    expect(await acts(`post_image:${image.id}`)).toMatchObject([
      { ...shared, action: 'post_image.restore', reason: 'A mistake' },
      { ...shared, action: 'post_image.takedown', ...REASON, details: { category: 'violence', reports: 0 } },
    ]);
  });

  test('what an admin has taken down no game master brings back', async () => {
    const image = await makePicture(stage.gm, GMS_POST);
    await takeDown(stage.admin, image.id);
    const refused = await restore(stage.gm, image.id);
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    expect(placesOf(stage, image)).toEqual(['quarantine', 'quarantine']);
    expect(await acts(`post_image:${image.id}`)).toHaveLength(1);
    expect((await restore(stage.admin, image.id)).status).toBe(200);
  });

  test('an admin takes over what a game master has taken down, and it stays out of reach all the while', async () => {
    const image = await makePicture(stage.gm, GMS_POST);
    await takeDown(stage.gm, image.id);
    const taken = await takeDown(stage.admin, image.id, { reason: 'A real person', category: 'real_person' });
    expect([taken.status, taken.body.takedown]).toMatchObject([
      200,
      { reason: 'A real person', category: 'real_person' },
    ]);
    const { error } = (await stage.gm.get<Generation>(`/generations/${generationOf(image)}`)).body;
    expect(error?.message).toContain('A real person');
    expect(placesOf(stage, image)).toEqual(['quarantine', 'quarantine']);
    expect((await restore(stage.gm, image.id)).status).toBe(403);
    expect((await takeDown(stage.admin, image.id)).status).toBe(409);
    expect((await restore(stage.admin, image.id)).status).toBe(200);
    expect(await acts(`post_image:${image.id}`)).toHaveLength(3);
  });

  test.each([
    ['reason', {}],
    ['reason', { reason: ' ' }],
    ['reason', { reason: 'x'.repeat(501) }],
    ['category', { ...REASON, category: 'ugly' }],
    ['until', { ...REASON, until: 'tomorrow' }],
  ])('an admin is told of a faulty %s', async (path, body) => {
    const { id } = await makePicture(stage.elina, ELINAS_POST);
    const refused = await takeDown(stage.admin, id, body);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
    expect(refused.body.details.map((detail: { path: string }) => detail.path)).toContain(path);
  });

  test('what is not there, is down already, or is not down', async () => {
    const { id } = await makePicture(stage.elina, ELINAS_POST);
    expect((await takeDown(stage.admin, 999_999)).status).toBe(404);
    expect((await restore(stage.admin, 999_999)).status).toBe(404);
    expect((await restore(stage.admin, id)).status).toBe(409);
    await takeDown(stage.admin, id);
    expect((await takeDown(stage.gm, id)).status).toBe(409);
    await restore(stage.admin, id);
    expect((await restore(stage.admin, id)).status).toBe(409);
    expect(await acts(`post_image:${id}`)).toHaveLength(2);
  });

  test('a picture of an older forum, whose files are not ours, is told apart', async () => {
    await stage.forum.run(
      "INSERT INTO post_images (id, post_id, prompt, image_url) VALUES (900, ?, 'a mill', 'https://old.example/x.png')",
      VAINOS_POST,
    );
    const refused = await takeDown(stage.admin, 900);
    expect([refused.status, refused.body.error]).toEqual([409, expect.stringMatching(/Delete it instead/)]);
    await stage.forum.run('DELETE FROM post_images WHERE id = 900');
  });
});

describe('while it is down', () => {
  let image: PostImage;
  let kept: PostImage;
  beforeAll(async () => {
    kept = await makePicture(stage.elina, 4);
    image = await makePicture(stage.elina, 4);
    expect(await loads(stage, image)).toEqual([200, 200]);
    const { status, body } = await takeDown(stage.gm, image.id, { ...REASON, category: 'hate' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: image.id,
      image_url: null,
      thumbnail_url: null,
      takedown: { ...REASON, category: 'hate', complete: true, at: expect.any(String) },
    });
  });

  test('nobody can load its objects, which are kept', async () => {
    expect(await loads(stage, image)).toEqual([404, 404]);
    expect(placesOf(stage, image)).toEqual(['quarantine', 'quarantine']);
    expect((await fetch(`${stage.service.origin}/api/image-files/quarantine/${keyOf(image.image_url)}`)).status).toBe(
      404,
    );
  });

  const shown: [Role, boolean][] = [
    ['elina', true],
    ['gm', true],
    ['admin', true],
    ['vaino', false],
  ];

  test.each(shown)('%s is told why: %s', async (role, isTold) => {
    const ids = (images: PostImage[]) => images.map(({ id }) => id).filter((id) => id === image.id || id === kept.id);
    const expected = isTold ? [kept.id, image.id] : [kept.id];
    const one = await stage[role].get<PostImage>(`/post-images/${image.id}`);
    const post = (await stage[role].get<PostImage[]>('/posts/4/images')).body;
    const batch = (await stage[role].get('/post-images?post_ids=4')).body[4];
    expect([ids(post), ids(batch)]).toEqual([expected, expected]);
    for (const order of ['story', 'newest']) {
      const items: PostImage[] = [];
      let next: string | null = '';
      while (next !== null) {
        const cursor: string = next && `&cursor=${next}`;
        const page: { items: PostImage[]; next_cursor: string | null } = (
          await stage[role].get(`/games/${GAME}/images?order=${order}&limit=1${cursor}`)
        ).body;
        expect(page.items).toHaveLength(1); // what is hidden leaves no holes
        items.push(...page.items);
        next = page.next_cursor;
      }
      expect(ids(items).toSorted()).toEqual(expected.toSorted());
    }
    expect(one.status).toBe(isTold ? 200 : 404);
    for (const found of isTold ? [one.body, ...[...post, ...batch].filter(({ id }) => id === image.id)] : []) {
      expect(found).toMatchObject({ image_url: null, thumbnail_url: null, takedown: REASON });
    }
    const other = post.find(({ id }) => id === kept.id);
    expect(other).toMatchObject({ image_url: kept.image_url, takedown: null });
  });

  test('its generation has no picture, says why, and stays charged', async () => {
    const { body } = await stage.elina.get<Generation>(`/generations/${generationOf(image)}`);
    expect(body).toMatchObject({
      status: 'succeeded',
      image_url: null,
      thumbnail_url: null,
      error: { code: 'taken_down', message: expect.stringContaining(REASON.reason) },
      cost: { charged: true },
    });
  });

  test("the forum's own pages find an empty address", () => {
    const [row] = stage.forum.all('SELECT image_url, thumbnail_url FROM post_images WHERE id = ?', image.id);
    expect(row).toEqual({ image_url: '', thumbnail_url: null });
  });

  test('it cannot be reported, attached or made again', async () => {
    expect((await stage.elina.post(`/post-images/${image.id}/report`, REASON)).status).toBe(409);
    expect((await stage.vaino.post(`/post-images/${image.id}/report`, REASON)).status).toBe(404);
    const attached = await stage.elina.post('/posts/4/images', { generation_id: generationOf(image) });
    expect(attached.status).toBe(409);
    for (const role of ['elina', 'gm', 'admin'] as const) {
      for (const seed of ['same', 'new', 7]) {
        const again = await stage[role].post(`/post-images/${image.id}/regenerate`, { seed });
        expect([again.status, again.body.error]).toEqual([409, expect.stringMatching(/taken this picture down/)]);
      }
    }
  });

  test('restored, all is as it was', async () => {
    const before = await stage.forum.all('SELECT version FROM image_generations WHERE id = ?', generationOf(image));
    const { status, body } = await restore(stage.admin, image.id);
    expect([status, body]).toEqual([200, (await stage.admin.get(`/post-images/${image.id}`)).body]);
    expect((await stage.elina.get(`/post-images/${image.id}`)).body).toEqual(image);
    expect((await stage.vaino.get(`/post-images/${image.id}`)).status).toBe(200);
    expect(await loads(stage, image)).toEqual([200, 200]);
    expect(placesOf(stage, image)).toEqual(['public', 'public']);
    const { body: generation } = await stage.elina.get<Generation>(`/generations/${generationOf(image)}`);
    expect(generation).toMatchObject({ image_url: image.image_url, thumbnail_url: image.thumbnail_url, error: null });
    const [row] = stage.forum.all('SELECT image_url, thumbnail_url FROM post_images WHERE id = ?', image.id);
    expect(row).toEqual({ image_url: image.image_url, thumbnail_url: image.thumbnail_url });
    expect((await stage.elina.post(`/post-images/${image.id}/regenerate`, { seed: 'same' })).status).toBe(202);
    expect(before).toHaveLength(1);
    expect(stage.forum.count('SELECT count(*) FROM image_takedowns WHERE reason <> ?', '')).toBe(0);
  });
});

describe('its end', () => {
  const digestsOf = (image: PostImage) =>
    stage.forum.count(
      `SELECT count(*) FROM image_takedowns WHERE image_sha256 = ?`,
      stage.forum.all(
        'SELECT image_sha256 FROM image_files JOIN image_post_details ON file_id = image_files.id WHERE post_image_id = ?',
        image.id,
      )[0]?.image_sha256,
    );

  test('deleted by its maker, it is deleted from the quarantine, too, and its digests stay', async () => {
    const image = await makePicture(stage.elina, ELINAS_POST);
    await takeDown(stage.gm, image.id);
    const [takedown] = stage.forum.all('SELECT * FROM image_takedowns ORDER BY file_id DESC LIMIT 1');
    expect(digestsOf(image)).toBe(1);
    expect((await stage.elina.delete(`/post-images/${image.id}`)).status).toBe(204);
    expect(placesOf(stage, image)).toEqual(['gone', 'gone']);
    const [left] = stage.forum.all('SELECT * FROM image_takedowns WHERE file_id = ?', takedown.file_id);
    expect(left).toEqual({ ...takedown, reason: '', category: null });
    expect(stage.forum.count('SELECT count(*) FROM image_files WHERE id = ?', takedown.file_id)).toBe(0);
    expect((await restore(stage.gm, image.id)).status).toBe(404);
  });

  test('deleted with its post by the forum, likewise', async () => {
    const first = await openStage();
    const image = await makePicture(first.elina, ELINAS_POST);
    await takeDown(first.gm, image.id);
    await first.forum.run('PRAGMA foreign_keys = ON');
    await first.forum.run('DELETE FROM posts WHERE id = ?', ELINAS_POST);
    await first.forum.run("UPDATE image_files SET created_at = '2020-01-01T00:00:00.000Z'");
    first.forum.close();
    await first.service.stop();
    await using next = await openStage({ forumFile: first.service.forum }); // a start sweeps
    await until(() => placesOf(next, image).join() === 'gone,gone');
    expect((await restore(next.gm, image.id)).status).toBe(404);
  });

  test('what is not kept any more cannot be restored, and stays down', async () => {
    const image = await makePicture(stage.elina, ELINAS_POST);
    await takeDown(stage.gm, image.id);
    const root = join(stage.service.forum.folder, 'images/quarantine');
    rmSync(join(root, keyOf(image.thumbnail_url))); // as a lifecycle rule would
    const refused = await restore(stage.gm, image.id);
    expect([refused.status, refused.body.error]).toEqual([409, expect.stringMatching(/not kept any more/)]);
    await until(() => placesOf(stage, image).join() === 'quarantine,gone');
    expect((await stage.gm.get(`/post-images/${image.id}`)).body.takedown).not.toBeNull();
    expect((await acts(`post_image:${image.id}`)).map(({ action }) => action)).toEqual(['post_image.takedown']);
  });
});
