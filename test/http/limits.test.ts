// What is refused before anything is spent: too fast, too many, too large, not JSON, not sound.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';
import { tokenOf } from '../support/service.ts';
import { makeCharacter, openStage, SCENE, type Stage, until } from './stage.ts';

const drafts = `/games/${GAME}/images`;

test('more than so many pictures a minute are refused, for each user alone; refused and read ones do not count', async () => {
  await using stage = await openStage({ env: { RATE_LIMIT_PER_MINUTE: '3' } });
  for (let time = 0; time < 5; time += 1) {
    expect((await stage.elina.post(drafts, { mode: 'scene' })).status).toBe(400);
    expect((await stage.elina.get('/generations')).status).toBe(200);
  }
  for (let time = 0; time < 3; time += 1) expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
  const { status, headers, body } = await stage.elina.post(drafts, SCENE);
  expect([status, body.code]).toEqual([429, 'rate_limited']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect((await stage.vaino.post(drafts, SCENE)).status).toBe(202);
  expect((await stage.elina.get('/image-credits')).status).toBe(200);
});

test('those that are refused further in count: each may have been a question to a judge', async () => {
  await using stage = await openStage({ env: { RATE_LIMIT_PER_MINUTE: '3', CREDITS_PER_MONTH: '0' } });
  const codes = [];
  for (let time = 0; time < 4; time += 1) codes.push((await stage.elina.post(drafts, SCENE)).status);
  expect(codes).toEqual([402, 402, 402, 429]);
});

test('one whose sender hangs up counts', async () => {
  await using stage = await openStage({ env: { RATE_LIMIT_PER_MINUTE: '2', WORKERS: 'off' } });
  const cookie = `token=${await tokenOf(ELINA)}`;
  const { port } = new URL(stage.service.origin);
  const asked = () => stage.forum.count('SELECT count(*) FROM image_generations');
  for (let time = 1; time <= 2; time += 1) {
    const headers = { cookie, 'content-type': 'application/json' };
    const call = request({ port, host: '127.0.0.1', path: `/api${drafts}`, method: 'POST', headers });
    call.on('error', () => {});
    call.end(JSON.stringify(SCENE), () => setImmediate(() => call.destroy()));
    await until(() => asked() === time);
  }
  expect((await stage.elina.post(drafts, SCENE)).status).toBe(429);
});

test('a user has so many characters in a game, and no more', async () => {
  await using stage = await openStage();
  const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
    INSERT INTO character_profiles (user_id, game_id, name, base_description) SELECT ?, ?, 'Aino ' || i, 'red braid' FROM n`;
  await stage.forum.run(many, ELINA, GAME);
  const path = `/games/${GAME}/characters`;
  const one = { name: 'Aino', base_description: 'red braid' };
  const { status, body } = await stage.elina.post(path, one);
  expect([status, body.code]).toEqual([409, 'conflict']);
  expect((await stage.vaino.post(path, one)).status).toBe(201);
});

test('of many at once no more than the limit get through', async () => {
  await using stage = await openStage({ env: { RATE_LIMIT_PER_MINUTE: '4', WORKERS: 'off' } });
  const replies = await Promise.all(Array.from({ length: 20 }, () => stage.elina.post(drafts, SCENE)));
  expect(replies.filter(({ status }) => status === 202)).toHaveLength(4);
  expect(stage.forum.count('SELECT count(*) FROM image_generations')).toBe(4);
});

describe('unfinished pictures', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ env: { MAX_ACTIVE_PER_USER: '3', WORKERS: 'off' } });
  });
  afterAll(() => stage.close());

  test('are so many at a time for one user, who may go on when one has ended', async () => {
    const asked = await Promise.all(Array.from({ length: 9 }, () => stage.elina.post<Generation>(drafts, SCENE)));
    const accepted = asked.filter(({ status }) => status === 202);
    expect(accepted).toHaveLength(3);
    const { status, headers, body } = await stage.elina.post(drafts, SCENE);
    expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'too_many_active', '10']);
    expect((await stage.elina.get('/image-credits')).body.held).toBe(3);
    await stage.elina.delete(`/generations/${accepted[0]?.body.id}`);
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
  });

  test('of somebody idle may be four candidates at once', async () => {
    const { id } = await makeCharacter(stage.vaino);
    expect((await stage.vaino.post(`/characters/${id}/reference-images`, { count: 4 })).status).toBe(202);
    expect((await stage.vaino.post(drafts, SCENE)).status).toBe(429);
  });

  test('of all users together are bounded, too', async () => {
    await using crowd = await openStage({ env: { MAX_ACTIVE_PER_USER: '1000', WORKERS: 'off' } });
    const ask = () => crowd.elina.post(drafts, SCENE);
    const replies = await Promise.all(Array.from({ length: 203 }, ask));
    expect(replies.filter(({ status }) => status === 202)).toHaveLength(200);
    const { status, headers, body } = await crowd.vaino.post(drafts, SCENE);
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'queue_full', '30']);
    expect((await crowd.vaino.get('/image-credits')).body).toMatchObject({ held: 0 });
  });
});

describe('a body', () => {
  let stage: Stage;
  let cookie: string;
  beforeAll(async () => {
    stage = await openStage({ env: { WORKERS: 'off' } });
    cookie = `token=${await tokenOf(ELINA)}`;
  });
  afterAll(() => stage.close());

  const send = async (body: RequestInit['body'], headers: Record<string, string>, method = 'POST') => {
    const url = `${stage.service.origin}/api${drafts}`;
    const response = await fetch(url, { method, headers: { cookie, ...headers }, body });
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
  };
  const json = { 'content-type': 'application/json' };
  const good = JSON.stringify(SCENE);

  test.each<[number, string, RequestInit['body'], Record<string, string>]>([
    [202, 'JSON', good, json],
    [202, 'JSON that names its charset', good, { 'content-type': 'application/json; charset=utf-8' }],
    [415, 'plain text', good, { 'content-type': 'text/plain' }],
    [415, 'a form', 'mode=scene&scene=x', { 'content-type': 'application/x-www-form-urlencoded' }],
    [415, 'a multipart form', new FormData(), {}],
    [415, 'bytes without a type', new TextEncoder().encode(good), {}],
    [415, 'another charset', good, { 'content-type': 'application/json; charset=latin1' }],
    [415, 'an unknown encoding', good, { ...json, 'content-encoding': 'rot13' }],
    [413, 'more than 16 KiB', JSON.stringify({ mode: 'scene', scene: 'x'.repeat(17_000) }), json],
    [400, 'half of an object', '{"mode":', json],
    [400, 'a bare word', 'scene', json],
    [400, 'null', 'null', json],
    [400, 'a list', '[]', json],
    [400, 'a number', '5', json],
    [400, 'an empty object', '{}', json],
    [400, 'nothing', undefined, json],
    [400, 'nothing at all', undefined, {}],
    [400, 'gzip that is none', good, { ...json, 'content-encoding': 'gzip' }],
  ])('%i for %s', async (status, _, body, headers) => {
    const reply = await send(body, headers);
    expect(reply.status).toBe(status);
    if (status === 202) return;
    expect(reply.body.error).toMatch(/^\S.*$/);
    expect(reply.body.request_id).toBe(reply.headers.get('x-request-id'));
    expect(JSON.stringify(reply.body)).not.toMatch(/node_modules|at .*\.ts|SyntaxError/);
  });

  test('a request keeps the id that a proxy gave it, if it is a plain one', async () => {
    const given = async (id: string) => (await send('{', { ...json, 'x-request-id': id })).body.request_id;
    expect(await given('abc-123')).toBe('abc-123');
    expect(await given('a b"<')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('every fault is named at once', async () => {
    const { body } = await stage.elina.post(`/posts/${ELINAS_POST}/images`, { mode: 'moon', seed: -1, colour: 'red' });
    const paths = body.details.map((detail: { path: string }) => detail.path);
    expect(paths.toSorted()).toEqual(['colour', 'mode', 'seed']);
  });

  /** fetch would mend some of these paths before sending them. */
  const raw = (path: string) =>
    new Promise<number>((resolve, reject) => {
      const { port } = new URL(stage.service.origin);
      request({ port, host: '127.0.0.1', path, headers: { cookie } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  test.each([
    [400, '/api/characters/abc'],
    [400, '/api/characters/0'],
    [400, '/api/characters/-1'],
    [400, '/api/characters/1.5'],
    [400, '/api/characters/1e3'],
    [400, '/api/characters/99999999999999999999'],
    [400, '/api/characters/9007199254740993'],
    [400, '/api/characters/%00'],
    [400, '/api/characters/%E4'],
    [404, '/api/characters/9007199254740991'],
    [404, '/api/characters/'],
    [404, '/api/Characters/1'],
    [404, '/api/nothing'],
    [404, '/api/image-files/games/1/scenes/..%2f..%2fforum.db'],
    [404, '/api/image-files/../forum.db'],
  ])('%i for %s', async (status, path) => expect(await raw(path)).toBe(status));
});
