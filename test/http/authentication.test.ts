// Who asks: the forum's login in cookie or header, as the forum's own tables know the user at this moment.
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, ELINA, GAME, GM, VAINO } from '../support/forum-file.ts';
import { clientAt, JWT_SECRET, tokenOf } from '../support/service.ts';
import { makeCharacter, makePicture, openStage, SCENE, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const ask = async (headers: Record<string, string>) => {
  const response = await fetch(`${stage.service.origin}/api/games/${GAME}/characters?mine=1`, { headers });
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a reply is what it asserts
  return { status: response.status, body: (await response.json()) as any };
};
const sign = (claims: object, { secret = JWT_SECRET, alg = 'HS256', expires = '1h' } = {}) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));

describe('a login is taken', () => {
  test.each<[string, (token: string) => Record<string, string>]>([
    ['from the cookie', (token) => ({ cookie: `token=${token}` })],
    ['from a cookie among others', (token) => ({ cookie: `theme=dark; token=${token}; x=%E0%A4%A` })],
    ['as a bearer', (token) => ({ authorization: `Bearer ${token}` })],
    ['from the cookie beside Bearer null', (token) => ({ cookie: `token=${token}`, authorization: 'Bearer null' })],
    ['from the cookie beside undefined', (token) => ({ cookie: `token=${token}`, authorization: 'undefined' })],
    ['as a bearer beside a stale cookie', (token) => ({ cookie: 'token=old', authorization: `Bearer ${token}` })],
  ])('%s', async (_, headers) => {
    expect((await ask(headers(await tokenOf(ELINA)))).status).toBe(200);
  });

  test('from the cookie rather than from a good header', async () => {
    const { id } = await makeCharacter(stage.vaino);
    const headers = { cookie: `token=${await tokenOf(VAINO)}`, authorization: `Bearer ${await tokenOf(ELINA)}` };
    expect((await ask(headers)).body.map((character: { id: number }) => character.id)).toEqual([id]);
  });
});

describe('nobody is asking', () => {
  const none = async () => '';
  test.each<[string, () => Promise<string>]>([
    ['with nothing', none],
    ['Bearer null', async () => 'null'],
    ['Bearer undefined', async () => 'undefined'],
    ['with algorithm none', async () => new UnsecuredJWT({ id: ADMIN }).setExpirationTime('1h').encode()],
    ['with another secret', () => sign({ id: ELINA }, { secret: 'another secret, as long as the other' })],
    ['with another algorithm', () => sign({ id: ELINA }, { alg: 'HS512' })],
    ['with an expired token', () => sign({ id: ELINA }, { expires: '-1m' })],
    ['as a user who never was', () => sign({ id: 4711 })],
    ['without an id', () => sign({ username: 'Elina' })],
    ['with an id that is text', () => sign({ id: '1' })],
    ['with an id that is no whole number', () => sign({ id: 1.5 })],
    ['with a list of ids', () => sign({ id: [1] })],
    ['with a cut token', async () => (await tokenOf(ELINA)).slice(0, -2)],
  ])('%s', async (_, makeToken) => {
    const token = await makeToken();
    const sent: Record<string, string>[] = [{ cookie: `token=${token}` }, { authorization: `Bearer ${token}` }];
    for (const headers of sent) {
      const { status, body } = await ask(headers);
      expect([status, body.code]).toEqual([401, 'unauthenticated']);
      expect(body.error).toMatch(/^[A-Z].*\.$/);
    }
  });

  test.each(['undefined', 'Bearer', 'Bearer ', 'Basic abc', 'null'])('Authorization: %s', async (authorization) => {
    expect((await ask({ authorization })).status).toBe(401);
  });
});

describe('the tables say who one is', () => {
  test('roles in the token count for nothing', async () => {
    const image = await makePicture(stage.gm, 3);
    const liar = clientAt(stage.service.origin, await tokenOf(VAINO, { roles: '["gm","admin"]', is_admin: 1 }));
    expect((await liar.delete(`/post-images/${image.id}`)).status).toBe(403);
  });

  test('a role that the forum takes away or gives is gone or there at once', async () => {
    const setRoles = (roles: string, id: number) =>
      stage.forum.run('UPDATE users SET roles = ? WHERE id = ?', roles, id);
    const illustrate = async () => (await stage.gm.post('/posts/1/images', SCENE)).status;
    expect(await illustrate()).toBe(202);
    for (const roles of ['["player"]', 'gm', '{"gm":true}', '', '"gm"', '["gm-wannabe"]']) {
      await setRoles(roles, GM);
      expect(await illustrate()).toBe(403);
    }
    await setRoles('["gm"]', GM);
    expect(await illustrate()).toBe(202);
  });

  test('an admin is one by the flag or by the role', async () => {
    const { id } = await makeCharacter(stage.elina);
    const change = async () => (await stage.admin.patch(`/characters/${id}`, { name: 'Uusi' })).status;
    const set = (roles: string, flag: number) =>
      stage.forum.run('UPDATE users SET roles = ?, is_admin = ? WHERE id = ?', roles, flag, ADMIN);
    await set('["player"]', 1);
    expect(await change()).toBe(200);
    await set('["admin"]', 0);
    expect(await change()).toBe(200);
    await set('["player"]', 0);
    expect(await change()).toBe(403);
    await set('["admin"]', 1);
  });

  test('a user who was deleted is nobody', async () => {
    await stage.forum.run("INSERT INTO users (id, username, email, password) VALUES (9, 'N', 'n@example.test', 'x')");
    const token = { cookie: `token=${await tokenOf(9)}` };
    expect((await ask(token)).status).toBe(200);
    await stage.forum.run('DELETE FROM users WHERE id = 9');
    expect((await ask(token)).status).toBe(401);
  });
});

describe('another site', () => {
  const change = async (headers: Record<string, string>) => {
    const response = await fetch(`${stage.service.origin}/api/games/${GAME}/characters`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: `token=${await tokenOf(ELINA)}`, ...headers },
      body: JSON.stringify({ name: 'A', base_description: 'b' }),
    });
    return response.status;
  };

  test.each([
    [201, {}],
    [201, { 'sec-fetch-site': 'same-origin' }],
    [201, { 'sec-fetch-site': 'none' }],
    [403, { 'sec-fetch-site': 'cross-site' }],
    [403, { 'sec-fetch-site': 'same-site' }],
    [403, { 'sec-fetch-site': 'junk' }],
    [403, { origin: 'https://evil.example' }],
    [403, { origin: 'null' }],
    [403, { origin: 'junk' }],
    [403, { origin: 'http://127.0.0.1:1' }],
    [403, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ])('%i for %o', async (status, headers) => expect(await change(headers as Record<string, string>)).toBe(status));

  test('the own origin passes, and reading is not a change', async () => {
    expect(await change({ origin: stage.service.origin })).toBe(201);
    const headers = { 'sec-fetch-site': 'cross-site', cookie: `token=${await tokenOf(ELINA)}` };
    expect((await ask(headers)).status).toBe(200);
  });

  test('PUBLIC_URL is an own origin, behind a proxy that changes the host', async () => {
    await using proxied = await openStage({ env: { PUBLIC_URL: 'https://forum.example' } });
    const post = (origin: string) =>
      proxied.elina.post(`/games/${GAME}/characters`, { name: 'A', base_description: 'b' }, { origin });
    expect((await post('https://forum.example')).status).toBe(201);
    expect((await post('https://forum.example.evil.test')).status).toBe(403);
  });
});
