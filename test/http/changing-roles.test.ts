// Roles, owners and members that change while a picture is being made: the next look is by what is true then.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Generation, ReferenceImage } from '../../src/contract.ts';
import { createForum } from '../../src/forum/forum.ts';
import { ADMIN, ELINA, ELINAS_POST, GAME, GM, GMS_POST, VAINO } from '../support/forum-file.ts';
import { type Client, tokenOf } from '../support/service.ts';
import { type EventReader, openStream } from './events.ts';
import { createHeldProvider, makeCharacter, openStage, SCENE, type Stage, until } from './stage.ts';

let stage: Stage;
let held: ReturnType<typeof createHeldProvider>;
const left = new Set<number>();

beforeEach(async () => {
  held = createHeldProvider();
  left.clear();
  const isMember = async ({ id }: { id: number }) => !left.has(id);
  stage = await openStage({ provider: held.provider, forum: (db) => ({ ...createForum(db), isMember }) });
});
afterEach(() => stage.close());

const draft = async (client: Client, path = `/games/${GAME}/images`): Promise<Generation> =>
  (await client.post<Generation>(path, SCENE)).body;
const setRoles = (id: number, roles: string, admin = 0) =>
  stage.forum.run('UPDATE users SET roles = ?, is_admin = ? WHERE id = ?', roles, admin, id);
const follow = async (id: string, user: number): Promise<EventReader> =>
  openStream(`${stage.service.origin}/api/generations/${id}/events`, await tokenOf(user));

describe('a stream of events', () => {
  /** Begins to follow Elina's picture, then something happens, then the picture is finished. */
  async function laterEvents(user: number, happens: () => Promise<unknown>): Promise<string[]> {
    const generation = await draft(stage.elina);
    await until(async () => (await stage.elina.get(`/generations/${generation.id}`)).body.status === 'generating');
    const stream = await follow(generation.id, user);
    expect((await stream.next())?.data.id).toBe(generation.id);
    await happens();
    held.release();
    await stage.elina.finished(generation);
    return (await stream.rest()).map(({ data }) => data.status);
  }

  test('tells a game master how it ends', async () => {
    expect(await laterEvents(GM, async () => {})).toContain('succeeded');
  });

  test.each<[string, number, () => Promise<unknown>]>([
    ['a game master who is none any more', GM, () => setRoles(GM, '["player"]')],
    ['an admin who is none any more', ADMIN, () => setRoles(ADMIN, '["player"]')],
    ['a game master who was put out of the game', GM, async () => left.add(GM)],
    ['a game master whom the forum has deleted', GM, () => stage.forum.run('DELETE FROM users WHERE id = ?', GM)],
  ])('ends without another word for %s', async (_, user, happens) => {
    expect(await laterEvents(user, happens)).toEqual([]);
  });

  test('goes on for a maker who has left the game, and has paid', async () => {
    expect(await laterEvents(ELINA, async () => left.add(ELINA))).toContain('succeeded');
  });
});

test('a game master who is none any more keeps what was asked for, and gets no more', async () => {
  const asked = await draft(stage.gm, `/posts/${ELINAS_POST}/images`);
  const elinas = await draft(stage.elina);
  expect((await stage.gm.get(`/generations/${elinas.id}`)).status).toBe(200);
  await setRoles(GM, '["player"]');
  held.release();
  expect((await stage.gm.finished(asked)).status).toBe('succeeded');
  expect((await stage.gm.get(`/generations/${elinas.id}`)).status).toBe(404);
  expect((await stage.gm.post(`/posts/${ELINAS_POST}/images`, SCENE)).status).toBe(403);
  expect((await stage.gm.post(`/posts/${GMS_POST}/images`, SCENE)).status).toBe(202); // an author still
  const { body } = await stage.elina.get(`/posts/${ELINAS_POST}/images`);
  expect(body).toHaveLength(1);
  expect((await stage.gm.delete(`/post-images/${body[0].id}`)).status).toBe(204); // its maker still
});

test('a character that changes hands while its reference is made: the new owner has it, and who asked has paid', async () => {
  const character = await makeCharacter(stage.elina);
  const path = `/characters/${character.id}/reference-images`;
  const asked = (await stage.elina.post<Generation>(path)).body;
  await stage.forum.run('UPDATE character_profiles SET user_id = ? WHERE id = ?', VAINO, character.id);
  held.release();
  expect((await stage.elina.finished(asked)).cost).toEqual({ credits: 1, charged: true });
  expect((await stage.vaino.get('/image-credits')).body.available).toBe(1000);
  expect((await stage.vaino.get<ReferenceImage[]>(path)).body).toHaveLength(1);
  expect((await stage.elina.get<ReferenceImage[]>(path)).body).toEqual([]); // not accepted: for the owner alone
  expect((await stage.elina.post(path)).status).toBe(403);
  const accept = { reference_image_id: (await stage.vaino.get<ReferenceImage[]>(path)).body[0]?.id };
  expect((await stage.elina.put(`/characters/${character.id}/reference-image`, accept)).status).toBe(403);
  expect((await stage.vaino.put(`/characters/${character.id}/reference-image`, accept)).status).toBe(200);
  expect((await stage.vaino.get(`/generations/${asked.id}`)).status).toBe(404); // hers, with what she has paid
});

test('who leaves the game sees the end of what was asked for, and nothing else of the game', async () => {
  const character = await makeCharacter(stage.elina);
  const asked = await draft(stage.elina, `/posts/${ELINAS_POST}/images`);
  left.add(ELINA);
  held.release();
  const ended = await stage.elina.finished(asked);
  expect(ended.status).toBe('succeeded');
  expect((await stage.elina.get(`/post-images/${ended.post_image_id}`)).status).toBe(404);
  expect((await stage.elina.get(`/characters/${character.id}`)).status).toBe(404);
  expect((await stage.elina.post(`/games/${GAME}/images`, SCENE)).status).toBe(404);
  expect((await stage.gm.get(`/post-images/${ended.post_image_id}`)).status).toBe(200);
});

test('a chapter is closed from the moment the forum says so, by whichever name, and its pictures stay', async () => {
  const illustrate = async (client: Client) => (await client.post(`/posts/${ELINAS_POST}/images`, SCENE)).status;
  const chapter = 1;
  for (const name of ['is_archived', 'archived']) {
    expect(await illustrate(stage.elina)).toBe(202);
    await stage.forum.run(`ALTER TABLE chapters ADD COLUMN ${name} INTEGER`);
    expect(await illustrate(stage.elina)).toBe(202);
    await stage.forum.run(`UPDATE chapters SET ${name} = 1 WHERE id = ?`, chapter);
    expect([await illustrate(stage.elina), await illustrate(stage.vaino)]).toEqual([403, 403]);
    expect([await illustrate(stage.gm), await illustrate(stage.admin)]).toEqual([202, 202]);
    expect((await stage.vaino.get(`/posts/${ELINAS_POST}/images`)).status).toBe(200);
    await stage.forum.run(`ALTER TABLE chapters DROP COLUMN ${name}`);
  }
});

test('a user whose row comes back is let in again: nothing is remembered of who was refused', async () => {
  const [row] = stage.forum.all('SELECT * FROM users WHERE id = ?', GM);
  await stage.forum.run('PRAGMA foreign_keys = off');
  await stage.forum.run('DELETE FROM users WHERE id = ?', GM);
  expect((await stage.gm.get('/image-credits')).status).toBe(401);
  await stage.forum.run(
    'INSERT INTO users (id, username, email, password, roles) VALUES (?, ?, ?, ?, ?)',
    row.id,
    row.username,
    row.email,
    row.password,
    row.roles,
  );
  expect((await stage.gm.get('/image-credits')).status).toBe(200);
});
