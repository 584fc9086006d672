// After an erasure nothing of the user is left in the database or the storage, and everything of everybody else is.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Erasure, Generation, PostImage } from '../../src/contract.ts';
import { USER_COLUMNS } from '../../src/database/erase-rest.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { StorageError } from '../../src/storage/storage.ts';
import { makeReference, openStage, type Stage, until } from '../http/stage.ts';
import { ADMIN, type ForumFile, GAME, VAINO, VAINOS_POST } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import type { Client } from '../support/service.ts';
import {
  digests,
  drawSmall,
  erased,
  fill,
  forumWithSubject,
  made,
  makeOthers,
  objectsBelow,
  SUBJECT,
  SUBJECTS_POST,
  traces,
  urlsOf,
  WORD,
} from './world.ts';

let double: ReplicateDouble;
let forum: ForumFile;
let stage: Stage;
let subject: Client;
/** Whether the storage refuses to delete. */
let isAway: boolean;
beforeEach(async () => {
  isAway = false;
  double = await ReplicateDouble.start({ draw: drawSmall, latencyMs: 20 });
  forum = forumWithSubject();
  const disk = createDiskStorage({ kind: 'disk', path: folder(), publicBaseUrl: undefined });
  const remove = async (keys: string[]) => {
    if (isAway) throw new StorageError('The picture store is away.');
    await disk.delete(keys);
  };
  const env = { ...replicateSettings(double), MAX_ACTIVE_PER_USER: '100' };
  stage = await openStage({ forumFile: forum, env, storage: { ...disk, delete: remove } });
  subject = await stage.service.as(SUBJECT);
});
afterEach(async () => {
  await stage.close();
  await double.close();
});

const folder = () => join(forum.folder, 'images');
const booksOf = () =>
  stage.forum.all(`SELECT
    (SELECT round(sum(cost_usd), 9) FROM image_generations) AS usd, (SELECT count(*) FROM image_generations) AS pictures,
    (SELECT sum(amount) FROM image_credit_entries) AS credits, (SELECT sum(held) FROM image_credit_entries) AS held,
    (SELECT sum(balance) FROM image_credit_accounts) AS balance`)[0];

describe('a user with everything', () => {
  let others: PostImage[];
  let shown: PostImage[];
  let urls: string[];
  let characterId: number;
  beforeEach(async () => {
    others = await makeOthers(stage.vaino, 48);
    const owned = await fill(subject, others[0] as PostImage);
    ({ urls } = owned);
    characterId = owned.character.id;
    shown = await makeOthers(stage.vaino, 2, characterId);
    await stage.admin
      .post(`/characters/${characterId}/reference-images`, {})
      .then(({ body }) => stage.admin.finished(body));
    await stage.vaino.post(`/post-images/${await subjectsImage()}/report`, { reason: 'odd' });
    await stage.forum.run(
      "INSERT INTO image_audit (at, actor_id, action, subject, user_id, reason) VALUES ('2026-01-01T00:00:00.000Z', ?, 'credits.grant', ?, ?, ?)",
      ADMIN,
      `user:${SUBJECT}`,
      SUBJECT,
      `for ${WORD}`,
    );
    await stage.forum.run(
      "INSERT INTO image_prompt_writings (user_id, game_id, model, cost_usd, finished_at) VALUES (?, 1, 'm', 0.5, '2026-01-01T00:00:00.000Z')",
      SUBJECT,
    );
    await stage.forum.run(
      "INSERT INTO image_spending_switch (id, paused, since, by_user_id, reason) VALUES (1, 0, '2026-01-01T00:00:00.000Z', ?, 'tried')",
      SUBJECT,
    );
  });

  async function subjectsImage(): Promise<number> {
    const { body } = await stage.vaino.get<PostImage[]>(`/posts/${SUBJECTS_POST}/images`);
    return body[0]?.id ?? 0;
  }

  test('every table that can hold something of a user does, or this test would prove nothing', () => {
    const tables = new Set(traces(forum.path).map((trace) => trace.split('.')[0]));
    const expected = new Set<string>(USER_COLUMNS.map(([table]) => table));
    expected.delete('image_lora_trainings'); // has a test of its own
    expect([...expected].filter((table) => !tables.has(table))).toEqual([]);
  });

  test('no row and no object of the user is left; 50 pictures of somebody else are, and say nothing of the user', async () => {
    const all = [...others, ...shown];
    const before = { digests: await digests(stage.service.origin, urlsOf(all)), books: booksOf() };
    expect(all).toHaveLength(50);
    const objects = objectsBelow(folder()).length;

    const path = `/image-admin/post-images/${await subjectsImage()}/takedown`;
    expect((await stage.admin.post(path, { reason: `shows ${WORD}` })).status).toBe(200);
    const digestsOfTakenDown = stage.forum.all('SELECT image_sha256, recipe_sha256 FROM image_takedowns');
    const asked = await stage.admin.post<Erasure>(`/image-admin/users/${SUBJECT}/erase`, {
      reason: `asked by ${WORD}`,
    });
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({ user_id: SUBJECT, finished_at: null });
    expect(asked.headers.get('location')).toBe(`/api/image-admin/users/${SUBJECT}/erasure`);
    const done = await erased(stage.admin);
    expect(done).toMatchObject({ id: asked.body.id, waiting_for: null });
    // What was taken down is not to be made again, whoever made it.
    expect(stage.forum.all('SELECT image_sha256, recipe_sha256 FROM image_takedowns')).toEqual(digestsOfTakenDown);
    expect(done.erased).toMatchObject({ characters: 1, generations: 6, trainings: 0 });

    expect(traces(forum.path)).toEqual([]);
    expect(urls).toHaveLength(12);
    expect(await digests(stage.service.origin, urls)).toEqual(urls.map(() => null));
    expect(objectsBelow(folder())).toHaveLength(objects - 14); // 6 of the user's own, and the admin's candidate
    expect(await digests(stage.service.origin, urlsOf(all))).toEqual(before.digests);
    expect(booksOf()).toEqual(before.books);
    expect(stage.forum.count('SELECT count(*) FROM posts WHERE author_id = ?', SUBJECT)).toBe(1);

    const [picture] = (await stage.vaino.get<PostImage[]>(`/posts/${VAINOS_POST}/images`)).body.slice(-1);
    expect(picture).toMatchObject({
      character_profile_id: null,
      character_ids: [],
      prompt: 'at a mill',
      alt_text: 'at a mill',
    });
    const again = await stage.vaino.post(`/post-images/${picture?.id}/regenerate`, { seed: 'same' });
    expect(again.status).toBe(409);
  });

  test('others see nothing of it from the first commit on, and the user is told to wait', async () => {
    isAway = true;
    double.holding = true;
    const scene = { mode: 'scene', scene: WORD };
    const running = (await subject.post<Generation>(`/games/${GAME}/images`, scene)).body;
    await until(async () => (await stage.gm.get(`/generations/${running.id}`)).body.status === 'generating');
    const image = await subjectsImage();

    expect((await stage.admin.post(`/image-admin/users/${SUBJECT}/erase`)).status).toBe(202);
    expect((await stage.vaino.get<PostImage[]>(`/posts/${SUBJECTS_POST}/images`)).body).toEqual([]);
    expect((await stage.vaino.get(`/post-images/${image}`)).status).toBe(404);
    expect((await stage.vaino.get(`/games/${GAME}/images?limit=100`)).body.items).toHaveLength(50);
    for (const client of [stage.vaino, stage.gm, stage.admin]) {
      expect((await client.get(`/characters/${characterId}`)).status).toBe(404);
      expect((await client.get(`/characters/${characterId}/reference-images`)).status).toBe(404);
      expect((await client.get(`/generations/${running.id}`)).status).toBe(404);
    }
    expect((await stage.vaino.get(`/games/${GAME}/characters`)).body).toEqual([]);
    const withIt = { mode: 'character', character_ids: [characterId] };
    expect((await stage.vaino.post(`/games/${GAME}/images`, withIt)).status).toBe(400);

    const held = () => subject.get<Erasure>('/image-erasure').then(({ body }) => body);
    await until(async () => (await held()).waiting_for === 'storage' && double.count('cancel') > 0);
    expect(await held()).toMatchObject({ status: 'running', finished_at: null });
    for (const path of ['/generations', '/image-credits', `/games/${GAME}/characters`, '/image-export']) {
      expect((await subject.get(path)).status).toBe(409);
    }
    expect((await subject.post(`/games/${GAME}/images`, scene)).status).toBe(409);
    expect((await stage.admin.get(`/image-admin/users/${SUBJECT}/export`)).status).toBe(409);
    isAway = false;
    await erased(stage.admin);
    expect(traces(forum.path)).toEqual([]);
  });

  test('who was erased may begin anew, and be erased again', async () => {
    const first = (await subject.post<Erasure>('/image-erasure', { confirm: 'erase' })).body;
    const meanwhile = (await subject.post<Erasure>('/image-erasure', { confirm: 'erase' })).body;
    expect(meanwhile.id).toBe(first.id);
    await erased(stage.admin);
    const [one, two] = await Promise.all([makeOthers(subject, 0), fill(subject, others[1] as PostImage, 1)]);
    expect([one, two.urls.length]).toEqual([[], 8]);
    const second = (await subject.post<Erasure>('/image-erasure', { confirm: 'erase' })).body;
    expect(second.id).toBeGreaterThan(first.id);
    await erased(stage.admin);
    expect(traces(forum.path)).toEqual([]);
    const { held, credits, balance } = booksOf();
    expect([held, balance]).toEqual([0, credits]);
  });
});

test('two at once are one', async () => {
  isAway = true;
  await made(subject, `/games/${GAME}/images`, { mode: 'scene', scene: WORD });
  const path = `/image-admin/users/${SUBJECT}/erase`;
  const asked = await Promise.all(Array.from({ length: 8 }, () => stage.admin.post<Erasure>(path)));
  expect(asked.map(({ status, body }) => [status, body.id])).toEqual(asked.map(() => [202, 1]));
  isAway = false;
  await erased(stage.admin);
  expect(stage.forum.count("SELECT count(*) FROM image_audit WHERE action = 'user.erase'")).toBe(1);
});

test('a user of whom there is nothing, or whom the forum does not have any more, is erased likewise', async () => {
  expect((await stage.admin.get(`/image-admin/users/${SUBJECT}/erasure`)).status).toBe(404);
  expect((await subject.get('/image-erasure')).status).toBe(404);
  for (const id of [SUBJECT, 777_777]) {
    expect((await stage.admin.post(`/image-admin/users/${id}/erase`)).status).toBe(202);
    expect((await erased(stage.admin, id)).erased).toEqual({
      characters: 0,
      generations: 0,
      trainings: 0,
    });
  }
});

test('what erases somebody has to be meant, and is not for everybody', async () => {
  for (const body of [{}, { confirm: 'yes' }, { confirm: 'erase', user_id: VAINO }]) {
    expect((await subject.post('/image-erasure', body)).status).toBe(400);
  }
  for (const client of [stage.vaino, stage.gm]) {
    expect((await client.post(`/image-admin/users/${SUBJECT}/erase`, { nonsense: 1 })).status).toBe(404);
    expect((await client.get(`/image-admin/users/${SUBJECT}/erasure`)).status).toBe(404);
    expect((await client.get(`/image-admin/users/${SUBJECT}/export`)).status).toBe(404);
  }
  expect((await stage.anonymous.post('/image-erasure', { confirm: 'erase' })).status).toBe(401);
  expect(stage.forum.count('SELECT count(*) FROM image_erasures')).toBe(0);
});

test('an admin who is erased stays in the record of acts as nobody', async () => {
  await stage.admin.post(`/image-admin/users/${SUBJECT}/erase`, { reason: 'asked for' });
  await erased(stage.admin);
  await stage.admin.post('/image-erasure', { confirm: 'erase' });
  await until(() => stage.forum.count('SELECT count(*) FROM image_erasures WHERE finished_at IS NULL') === 0);
  const { body } = await stage.admin.get('/image-admin/audit');
  expect(body.items).toMatchObject([
    { actor_id: 0, action: 'user.erase', subject: 'user', user_id: null, reason: null },
  ]);
});

test('a candidate that an admin has made for somebody else stays with the character when the admin is erased', async () => {
  const { body: character } = await stage.vaino.post(`/games/${GAME}/characters`, {
    name: 'Aino',
    base_description: 'red braid',
  });
  const candidate = await makeReference(stage.admin, character.id, false);
  await stage.admin.post('/image-erasure', { confirm: 'erase' });
  await until(() => stage.forum.count('SELECT count(*) FROM image_erasures WHERE finished_at IS NULL') === 0);
  const { body: kept } = await stage.vaino.get(`/characters/${character.id}/reference-images`);
  expect(kept).toMatchObject([{ id: candidate.id }]);
  expect(await digests(stage.service.origin, [candidate.image_url ?? ''])).not.toEqual([null]);
  expect(stage.forum.count('SELECT count(*) FROM image_generations WHERE user_id = ?', ADMIN)).toBe(0);
});

test('every column of ours that can hold the id of a user is known to the erasure', () => {
  const columns = stage.forum
    .all("SELECT t.name AS tab, c.name AS col FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'")
    .filter(({ tab }) => tab.startsWith('image_') || ['character_profiles', 'post_images'].includes(tab))
    .filter(({ col }) => /user|actor|owner_id|author|reporter|(^|_)by$/.test(col))
    .map(({ tab, col }) => `${tab}.${col}`);
  const known = [
    ...USER_COLUMNS.map((column) => column.join('.')),
    'image_credit_accounts.user_id', // closed at the end
    'image_erasures.user_id', // the record itself
    'image_takedowns.held_by', // a worker
    'image_character_settings.usable_by', // whose consent, not who
  ];
  expect(columns.filter((column) => !known.includes(column))).toEqual([]);
});
