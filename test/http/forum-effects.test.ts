// The forum changes under us: posts, users and roles go while pictures are made, and rows of an older forum stay shown.
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Generation, PostImage } from '../../src/contract.ts';
import { createForumFile, ELINAS_POST, GAME, VAINO, VAINOS_POST } from '../support/forum-file.ts';
import { createHeldProvider, makeCharacter, makePicture, makeReference, openStage, SCENE, until } from './stage.ts';

test('a picture whose post is deleted meanwhile becomes a draft that can go into another post', async () => {
  const held = createHeldProvider();
  await using stage = await openStage({ provider: held.provider });
  const { body } = await stage.elina.post<Generation>(`/posts/${ELINAS_POST}/images`, SCENE);
  await stage.forum.run('DELETE FROM posts WHERE id = ?', ELINAS_POST);
  held.release();
  const ended = await stage.elina.finished(body);
  expect(ended).toMatchObject({ status: 'succeeded', kind: 'draft', post_id: null, post_image_id: null });
  expect((await stage.elina.get(`/posts/${ELINAS_POST}/images`)).status).toBe(404);
  const attached = await stage.elina.post<PostImage>('/posts/4/images', { generation_id: body.id });
  expect(attached.status).toBe(201);
  expect((await stage.elina.get('/image-credits')).body).toMatchObject({ available: 999, held: 0 });
});

test.each([true, false])('a deleted post takes its pictures out of sight (foreign keys: %s)', async (enforced) => {
  await using stage = await openStage();
  const image = await makePicture(stage.elina, ELINAS_POST);
  await stage.forum.run(`PRAGMA foreign_keys = ${enforced ? 'ON' : 'OFF'}`);
  await stage.forum.run('DELETE FROM posts WHERE id = ?', ELINAS_POST);
  expect((await stage.elina.get(`/post-images/${image.id}`)).status).toBe(404);
  expect((await stage.elina.get(`/games/${GAME}/images`)).body.items).toEqual([]);
  expect((await stage.elina.get(`/post-images?post_ids=${ELINAS_POST}`)).body).toEqual({ [ELINAS_POST]: [] });
});

test('a user who is deleted while a picture is being made leaves sound books and no way in', async () => {
  const held = createHeldProvider();
  await using stage = await openStage({ provider: held.provider });
  const { id } = await makeCharacter(stage.vaino);
  const portrait = { mode: 'character', character_ids: [id] };
  const { body } = await stage.vaino.post<Generation>(`/posts/${VAINOS_POST}/images`, portrait);
  await stage.forum.run('DELETE FROM users WHERE id = ?', VAINO);
  held.release();
  expect((await stage.vaino.get(`/generations/${body.id}`)).status).toBe(401);
  const ended = await stage.admin.finished(body);
  expect(ended.status).toBe('succeeded');
  const [image] = (await stage.elina.get<PostImage[]>(`/posts/${VAINOS_POST}/images`)).body;
  expect(image).toMatchObject({ character_profile_id: null, character_ids: [id] });
  expect(stage.forum.count('SELECT sum(held) FROM image_credit_accounts')).toBe(0);
});

test('a character that is deleted while a scene with it is being made leaves the picture without it', async () => {
  const held = createHeldProvider();
  await using stage = await openStage({ provider: held.provider });
  const { id } = await makeCharacter(stage.elina);
  const portrait = { mode: 'character', character_ids: [id] };
  const { body } = await stage.elina.post<Generation>(`/posts/${ELINAS_POST}/images`, portrait);
  await until(async () => (await stage.elina.get(`/generations/${body.id}`)).body.status === 'generating');
  await stage.elina.delete(`/characters/${id}`);
  held.release();
  const { status, post_image_id } = await stage.elina.finished(body);
  expect(status).toBe('succeeded');
  expect((await stage.elina.get(`/post-images/${post_image_id}`)).body.character_profile_id).toBeNull();
});

test('a picture whose reference is deleted before it was begun ends without a charge', async () => {
  const file = createForumFile();
  const first = await openStage({ forumFile: file });
  const { id } = await makeCharacter(first.elina);
  await makeReference(first.elina, id);
  first.forum.close();
  await first.service.stop();

  const idle = await openStage({ forumFile: file, env: { WORKERS: 'off' } });
  const portrait = { mode: 'character', character_ids: [id] };
  const { body } = await idle.elina.post<Generation>(`/games/${GAME}/images`, portrait);
  await idle.elina.delete(`/characters/${id}`);
  idle.forum.close();
  await idle.service.stop();

  await using stage = await openStage({ forumFile: file });
  const ended = await stage.elina.finished(body);
  expect(ended).toMatchObject({ status: 'failed', cost: { charged: false } });
  expect(ended.error?.message).toContain('not charged');
});

test('rows of an older forum are shown, with what there is of them', async () => {
  const file = createForumFile();
  const older = new BetterSqlite3(file.path);
  older.exec(`
    CREATE TABLE post_images (
      id INTEGER PRIMARY KEY AUTOINCREMENT, post_id INTEGER NOT NULL, user_id INTEGER NOT NULL, prompt TEXT NOT NULL,
      negative_prompt TEXT, image_url TEXT NOT NULL, thumbnail_url TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
    INSERT INTO post_images (post_id, user_id, prompt, image_url) VALUES (1, 1, 'vanha kuva', 'https://old.test/1.png')`);
  older.close();
  await using stage = await openStage({ forumFile: file });
  const shown = (await stage.vaino.get<PostImage[]>(`/posts/${ELINAS_POST}/images`)).body;
  expect(shown).toMatchObject([
    { prompt: 'vanha kuva', image_url: 'https://old.test/1.png', thumbnail_url: null, width: null, character_ids: [] },
  ]);
  expect(shown[0]?.created_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const added = await makePicture(stage.elina, ELINAS_POST);
  const gallery = (await stage.vaino.get(`/games/${GAME}/images`)).body.items;
  expect(gallery.map((item: PostImage) => item.id)).toEqual([shown[0]?.id, added.id]);
  expect((await stage.elina.post(`/post-images/${shown[0]?.id}/regenerate`)).status).toBe(409);
  expect((await stage.vaino.delete(`/post-images/${shown[0]?.id}`)).status).toBe(403);
  expect((await stage.elina.delete(`/post-images/${shown[0]?.id}`)).status).toBe(204);
});
