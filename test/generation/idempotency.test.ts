// The Idempotency-Key: however often a request is sent, it is one picture and one hold.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import type { Db } from '../../src/database/open.ts';
import { createForum, type Forum, type ForumUser } from '../../src/forum/forum.ts';
import { makeCharacter, makePicture, openStage, SCENE, type Stage } from '../http/stage.ts';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const drafts = `/games/${GAME}/images`;
const post = (key: string, body: object = SCENE, path = drafts, who = stage.elina) =>
  who.post(path, body, { 'Idempotency-Key': key });
const counts = () => ({
  generations: stage.forum.count('SELECT count(*) FROM image_generations'),
  holds: stage.forum.count("SELECT count(*) FROM image_credit_entries WHERE kind = 'hold'"),
});

test('the same key and body get the same generation, also after it has ended', async () => {
  const first = await post('again');
  const before = counts();
  const second = await post('again');
  expect([second.status, second.body.id]).toEqual([202, first.body.id]);
  expect(second.headers.get('location')).toBe(first.headers.get('location'));
  await stage.elina.finished(first.body);
  expect((await post('again')).body).toMatchObject({ id: first.body.id, status: 'succeeded' });
  expect((await post('again', { scene: SCENE.scene, mode: SCENE.mode })).body.id).toBe(first.body.id);
  expect(counts()).toEqual(before);
});

test('another body under the same key is refused', async () => {
  await post('once');
  const before = counts();
  const { status, body } = await post('once', { ...SCENE, scene: 'a market' });
  expect([status, body.code]).toEqual([422, 'idempotency_mismatch']);
  expect(counts()).toEqual(before);
});

test('twenty at once with one key are one generation and one hold', async () => {
  const before = counts();
  const replies = await Promise.all(Array.from({ length: 20 }, () => post('crowd')));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
  expect(counts()).toEqual({ generations: before.generations + 1, holds: before.holds + 1 });
});

test('twenty that all looked before the first was written are one generation, too', async () => {
  const crowd = 20;
  const everybody = Promise.withResolvers<void>();
  const inside = new Set<ForumUser>();
  const atGate = new Set<ForumUser>();
  let waiting = false;
  // A forum that lets nobody go on from the check of the character, the second one of a request, before all stand there.
  const gathering = (db: Db): Forum => ({
    ...createForum(db),
    isMember: async (user) => {
      if (!waiting) return true;
      if (inside.has(user)) atGate.add(user);
      inside.add(user);
      if (atGate.size === crowd) everybody.resolve();
      if (atGate.has(user)) await everybody.promise;
      return true;
    },
  });
  await using gathered = await openStage({ forum: gathering });
  const { id } = await makeCharacter(gathered.elina);
  waiting = true;
  const portrait = { mode: 'character', character_ids: [id] };
  const replies = await Promise.all(
    Array.from({ length: crowd }, () => post('gathered', portrait, drafts, gathered.elina)),
  );
  expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
  expect(gathered.forum.count('SELECT count(*) FROM image_generations')).toBe(1);
  expect((await gathered.elina.get('/image-credits')).body.available).toBe(999);
});

test('several candidates come back together and in order', async () => {
  const { id } = await makeCharacter(stage.elina);
  const path = `/characters/${id}/reference-images`;
  const ids = (body: Generation[]) => body.map((generation) => generation.id);
  const first = await post('four', { count: 4 }, path);
  expect(ids((await post('four', { count: 4 }, path)).body)).toEqual(ids(first.body));
  expect((await post('four', { count: 3 }, path)).status).toBe(422);
});

test('a key belongs to one user and one address', async () => {
  const mine = await post('shared');
  const his = await post('shared', SCENE, drafts, stage.vaino);
  const elsewhere = await post('shared', SCENE, `/posts/${ELINAS_POST}/images`);
  expect(new Set([mine.body.id, his.body.id, elsewhere.body.id]).size).toBe(3);
});

test('making again takes a key, too', async () => {
  const picture = await makePicture(stage.elina, ELINAS_POST);
  const path = `/post-images/${picture.id}/regenerate`;
  const first = await post('new-seed', { seed: 'new' }, path);
  expect((await post('new-seed', { seed: 'new' }, path)).body.id).toBe(first.body.id);
});

test('a refused request leaves its key unused', async () => {
  const { id } = await makeCharacter(stage.elina);
  const portrait = { mode: 'character', character_ids: [id], look: 'Juhla' };
  expect((await post('later', portrait)).status).toBe(400);
  await stage.elina.put(`/characters/${id}/looks`, { name: 'Juhla', description: 'a blue dress' });
  expect((await post('later', portrait)).status).toBe(202);
});

test.each(['', 'x'.repeat(65), 'two words', 'tab\tbed'])('the key %j is refused', async (key) => {
  const before = counts();
  const { status, body } = await post(key);
  expect([status, body.details?.[0]?.path]).toEqual([400, 'Idempotency-Key']);
  expect(counts()).toEqual(before);
});

test.each(['a', 'x'.repeat(64), '7b0c1f5e-3a1d-4a53-9df9-0f6c2f0f4d0e', '"quoted"', '!~'])(
  'the key %j is taken',
  async (key) => expect((await post(key)).status).toBe(202),
);

test('what is not paid is not remembered: an account without credits may try again with the same key', async () => {
  await using poor = await openStage({ env: { CREDITS_PER_MONTH: '0' } });
  const ask = () => poor.elina.post(drafts, SCENE, { 'Idempotency-Key': 'rich-soon' });
  expect((await ask()).status).toBe(402);
  await poor.elina.get('/image-credits');
  await poor.forum.run('UPDATE image_credit_accounts SET balance = 1 WHERE user_id = ?', ELINA);
  expect((await ask()).status).toBe(202);
});
