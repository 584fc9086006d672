// After an erasure: admins still read all their lists, nothing was won by it, and what belongs to those who stay still works.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AdminGeneration } from '../../src/contract/admin-generations.ts';
import type { Credits, Generation, PictureReport, SpendingState } from '../../src/contract.ts';
import { openStage, type Stage, until } from '../http/stage.ts';
import { ADMIN, ELINA, type ForumFile, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import type { Client } from '../support/service.ts';
import { drawSmall, erased, forumWithSubject, made, makeOthers, SUBJECT, WORD } from './world.ts';

let double: ReplicateDouble;
let forum: ForumFile;
let stage: Stage;
let subject: Client;
beforeEach(async () => {
  double = await ReplicateDouble.start({ draw: drawSmall, latencyMs: 20 });
  forum = forumWithSubject();
  const env = {
    ...replicateSettings(double),
    CONSISTENCY_PATH: pages(),
    CREDITS_PER_MONTH: '5',
    RATE_LIMIT_PER_MINUTE: '100',
  };
  stage = await openStage({ forumFile: forum, env });
  subject = await stage.service.as(SUBJECT);
});
afterEach(async () => {
  await stage.close();
  await double.close();
});

const pages = () => join(forum.folder, 'consistency');
const SCENE = { mode: 'scene', scene: `${WORD} on a pier` };

async function eraseSelf(client: Client, userId: number): Promise<void> {
  await client.post('/image-erasure', { confirm: 'erase' });
  await until(
    () =>
      stage.forum.count('SELECT count(*) FROM image_erasures WHERE user_id = ? AND finished_at IS NULL', userId) === 0,
  );
}

test('admins still list the generations of nobody, whose recipes are gone, and can do nothing more with them', async () => {
  const canceled = (await subject.post<Generation>(`/games/${GAME}/images`, SCENE)).body;
  await subject.delete(`/generations/${canceled.id}`);
  await eraseSelf(subject, SUBJECT);
  const { status, body } = await stage.admin.get<{ items: AdminGeneration[] }>('/image-admin/generations');
  expect(status).toBe(200);
  expect(body.items).toMatchObject([{ id: canceled.id, user: { id: 0, username: null }, seed: null, prompt: '' }]);
  expect((await stage.admin.post(`/image-admin/generations/${canceled.id}/retry`)).status).toBe(409);
});

test('a report of nobody is read and closed', async () => {
  const [picture] = await makeOthers(stage.vaino, 1);
  await subject.post(`/post-images/${picture?.id}/report`, { reason: WORD });
  await eraseSelf(subject, SUBJECT);
  const [report] = (await stage.admin.get<{ items: PictureReport[] }>('/image-admin/reports')).body.items;
  expect(report?.user_id).toBe(null);
  await stage.admin.post(`/image-admin/reports/${report?.id}/resolve`, { reason: 'it may stay' });
  const { body } = await stage.admin.get('/image-admin/audit');
  expect(body.items).toMatchObject([{ action: 'report.resolve', user_id: null }]);
});

test('a lost picture of nobody is reviewed', async () => {
  const { id } = await made(subject, `/games/${GAME}/images`, SCENE);
  await eraseSelf(subject, SUBJECT);
  await stage.forum.run("UPDATE image_generations SET status = 'needs_review' WHERE id = ?", id);
  expect((await stage.admin.post(`/image-admin/generations/${id}/review`)).status).toBe(200);
  expect((await stage.admin.get('/image-admin/audit')).body.items).toMatchObject([{ user_id: null }]);
});

test('the switch is still read after who turned it was erased', async () => {
  await stage.admin.put('/image-admin/spending', { paused: false, reason: 'tried' });
  await stage.admin.put('/image-admin/spending', { paused: true, reason: 'tried' });
  await stage.admin.put('/image-admin/spending', { paused: false, reason: 'tried' });
  await eraseSelf(stage.admin, ADMIN);
  const { status, body } = await stage.admin.get<SpendingState>('/image-admin/spending');
  expect([status, body.by]).toEqual([200, null]);
});

test('no fresh allowance is won by being erased: what was left of it goes on', async () => {
  const left = async () => (await subject.get<Credits>('/image-credits')).body.available;
  await made(subject, `/games/${GAME}/images`, SCENE);
  await eraseSelf(subject, SUBJECT);
  await eraseSelf(subject, SUBJECT); // nothing was looked at in between
  expect(await left()).toBe(4);
  await made(subject, `/games/${GAME}/images`, SCENE);
  await eraseSelf(subject, SUBJECT);
  expect(await left()).toBe(3);
  const lastMonth = new Date(Date.now() - 32 * 86_400_000).toISOString();
  await stage.forum.run('UPDATE image_erasures SET requested_at = ?', lastMonth);
  await stage.forum.run('UPDATE image_credit_entries SET period = ? WHERE user_id = ?', lastMonth.slice(0, 7), SUBJECT);
  expect(await left()).toBe(5);
});

test('who was erased before any credits were given gets them as everybody, and what an admin gave is kept', async () => {
  await eraseSelf(subject, SUBJECT);
  await stage.admin.post(`/image-admin/users/${SUBJECT}/credits`, { amount: 2, reason: 'a prize' });
  await eraseSelf(subject, SUBJECT);
  expect((await subject.get<Credits>('/image-credits')).body).toMatchObject({ available: 7, allowance: 5 });
});

test('who has to wait after refusal upon refusal does not get around that by being erased', async () => {
  for (let count = 0; count < 5; count++) {
    const { body } = await subject.post<Generation>(`/games/${GAME}/images`, SCENE);
    await subject.delete(`/generations/${body.id}`);
  }
  await stage.forum.run("UPDATE image_generations SET status = 'failed', error_code = 'output_rejected'");
  const asked = () => subject.post(`/games/${GAME}/images`, SCENE).then(({ body }) => body.code);
  expect(await asked()).toBe('rate_limited');
  await eraseSelf(subject, SUBJECT);
  await eraseSelf(subject, SUBJECT);
  expect(await asked()).toBe('rate_limited');
  const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
  await stage.forum.run('UPDATE image_erasures SET rejections = ?', JSON.stringify(Array(5).fill(anHourAgo)));
  expect(await asked()).toBe(undefined);
});

const REPORT = {
  created_at: '2026-11-20T10:00:00.000Z',
  paid_by: { id: ADMIN, username: 'Ylläpito' },
  ...{ provider: 'preview', model: 'preview', seed: 1, measure: 'none', scenes: [], strategies: [], left_out: [] },
  ...{ baseline: [], pictures: [] },
};

function keepPage(name: string, changes: object): void {
  mkdirSync(pages(), { recursive: true });
  writeFileSync(join(pages(), `${name}.json`), JSON.stringify({ ...REPORT, ...changes }));
  writeFileSync(join(pages(), `${name}.html`), `<p>${WORD}</p>`);
}

test('comparisons of the user’s characters, and those that the user has paid, go with their pages; others stay', async () => {
  const character = (await subject.post(`/games/${GAME}/characters`, { name: 'Kvaar', base_description: WORD })).body;
  const about = (id: number) => ({ character: { id, name: 'Kvaar', game_id: GAME, reference_revision: 1 } });
  keepPage(`2026-11-20-100000-${character.id}-kvaar`, about(character.id));
  keepPage('2026-11-20-100001-7777-aino', { ...about(7777), paid_by: { id: SUBJECT, username: 'Kohde' } });
  keepPage('2026-11-20-100002-7778-aino', about(7778));
  await eraseSelf(subject, SUBJECT);
  expect(readdirSync(pages()).toSorted()).toEqual([
    '2026-11-20-100002-7778-aino.html',
    '2026-11-20-100002-7778-aino.json',
  ]);
});

test('weights that an admin has trained for somebody else’s character stay with it', async () => {
  const character = (await stage.elina.post(`/games/${GAME}/characters`, { name: 'Aino', base_description: 'a braid' }))
    .body;
  const key = `games/${GAME}/characters/${character.id}/${'a'.repeat(32)}.tar`;
  const path = join(forum.folder, 'images', key);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, 'weights');
  await stage.forum.run(
    `INSERT INTO image_lora_trainings (id, character_profile_id, user_id, game_id, status, nonce, weights_key, "trigger", seed,
       steps, generation_ids, weights_bytes, weights_sha256, credits, run_at_ms, created_at, updated_at, finished_at)
     VALUES ('t1', ?, ?, 1, 'succeeded', 'n1', ?, 'TOK', 1, 1000, '[]', 7, 'x', 50, 0, ?, ?, ?)`,
    ...[character.id, ADMIN, key, REPORT.created_at, REPORT.created_at, REPORT.created_at],
  );
  await eraseSelf(stage.admin, ADMIN);
  expect(readdirSync(join(path, '..'))).toEqual([`${'a'.repeat(32)}.tar`]);
  const [kept] = stage.forum.all(
    'SELECT user_id, character_profile_id, weights_key, weights_sha256 FROM image_lora_trainings',
  );
  expect(kept).toEqual({ user_id: 0, character_profile_id: character.id, weights_key: key, weights_sha256: 'x' });
  // With its character they go as ever.
  await stage.admin.post(`/image-admin/users/${ELINA}/erase`);
  await erased(stage.admin, ELINA);
  expect(existsSync(path)).toBe(false);
});
