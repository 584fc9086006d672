// Other spellings of an id, a method, an address or a login: each is read as what it is, or not at all.
import { generateKeyPairSync } from 'node:crypto';
import { request } from 'node:http';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character } from '../../src/contract.ts';
import { ADMIN, ELINA, ELINAS_POST, GAME, GM, VAINO } from '../support/forum-file.ts';
import { JWT_SECRET, tokenOf } from '../support/service.ts';
import { makeCharacter, openStage, SCENE, type Stage } from './stage.ts';

let stage: Stage;
let hers: Character;
beforeAll(async () => {
  stage = await openStage({ env: { WORKERS: 'off' } });
  hers = await makeCharacter(stage.elina);
});
afterAll(() => stage.close());

interface Sent {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: object;
}

/** As it stands: fetch would mend some of these addresses before sending them. */
async function send({ method = 'GET', path, headers = {}, body }: Sent) {
  const { port } = new URL(stage.service.origin);
  const text = body && JSON.stringify(body);
  const sent = { ...headers, ...(text !== undefined && { 'content-type': 'application/json' }) };
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>((resolve, reject) => {
    const asking = request(
      { port, host: '127.0.0.1', method, path: `/api${path}`, headers: sent },
      async (response) => {
        let received = '';
        for await (const chunk of response) received += chunk;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received });
      },
    );
    asking.on('error', reject).end(text);
  });
}
const cookie = async (id: number) => ({ cookie: `token=${await tokenOf(id)}` });

describe('an id', () => {
  test.each([
    [400, (id: number) => `0${id}`],
    [400, (id: number) => `+${id}`],
    [400, (id: number) => `-${id}`],
    [400, (id: number) => `${id}.0`],
    [400, (id: number) => `${id}e0`],
    [400, (id: number) => `0x${id.toString(16)}`],
    [400, (id: number) => `${id}n`],
    [400, (id: number) => `%20${id}`],
    [400, (id: number) => `${id}%20`],
    [400, (id: number) => `${id}%0a`],
    [400, (id: number) => `${id}%00`],
    [400, (id: number) => `${id},${id}`],
    [400, (id: number) => `${id}%2f`],
    [400, (id: number) => `${id}%2F..%2F${id}`],
    [400, (id: number) => `[${id}]`],
    [400, (id: number) => `%EF%BC%90${id}`],
    [400, (id: number) => `${'9'.repeat(20)}${id}`],
    [400, (id: number) => `${id};x=1`],
    [403, (id: number) => `${id}/`],
    [403, (id: number) => `${id}?id=1`],
    [403, (id: number) => encodeAll(String(id))],
  ])('%i for %s', async (status, spell) => {
    const path = `/characters/${spell(hers.id)}`;
    const reply = await send({ method: 'PATCH', path, headers: await cookie(VAINO), body: { name: 'Minun' } });
    expect(reply.status).toBe(status);
    expect(stage.forum.all('SELECT name FROM character_profiles WHERE id = ?', hers.id)).toEqual([{ name: 'Aino' }]);
  });

  test.each([
    [404, '/Characters/1'],
    [404, '/CHARACTERS/1'],
    [404, '//characters/1'],
    [404, '/characters//1'],
    [404, '/image-Admin/audit'],
    [404, '/characters/1/../1'],
    [404, '/./characters/1'],
    [400, '/games/1/images?user_id=1&user_id=2'],
    [400, '/games/1/images?character_id=01'],
    [400, '/games/1/images?limit=5&limit=100'],
    [400, '/post-images?post_ids=1&post_ids=2'],
    [400, '/post-images?post_ids=1,02'],
    [400, '/post-images?post_ids[]=1'],
    [400, '/post-images'],
    [400, '/generations/..%2f1'],
    [400, '/generations/a%20b'],
  ])('%i for %s', async (status, path) => {
    expect((await send({ path, headers: await cookie(ELINA) })).status).toBe(status);
  });

  test.each(['1', 1.5, '01', true, [1], { id: 1 }, null, -1, 0, 2 ** 53])(
    'in a body is a whole number, not %j',
    async (id) => {
      const body = { mode: 'character', character_ids: [id] };
      expect((await stage.elina.post(`/games/${GAME}/images`, body)).status).toBe(400);
      expect((await stage.elina.put(`/characters/${hers.id}/reference-image`, { reference_image_id: id })).status).toBe(
        400,
      );
    },
  );
});

function encodeAll(text: string): string {
  return [...text].map((sign) => `%${sign.charCodeAt(0).toString(16)}`).join('');
}

describe('a method', () => {
  const names = () => stage.forum.count('SELECT count(*) FROM character_profiles WHERE id = ?', hers.id);

  test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method'])(
    'is not overridden by %s',
    async (header) => {
      const path = `/characters/${hers.id}`;
      for (const method of ['GET', 'POST'])
        await send({ method, path, headers: { ...(await cookie(ELINA)), [header]: 'DELETE' } });
      await send({
        method: 'POST',
        path: `${path}?${header}=DELETE`,
        headers: await cookie(ELINA),
        body: { [header]: 'DELETE' },
      });
      expect(names()).toBe(1);
    },
  );

  test('HEAD is as GET is, without a body', async () => {
    const head = async (path: string, id: number) => {
      const { status, text } = await send({ method: 'HEAD', path, headers: await cookie(id) });
      expect(text).toBe('');
      return status;
    };
    expect(await head(`/characters/${hers.id}`, VAINO)).toBe(200);
    expect(await head('/image-admin/audit', VAINO)).toBe(404);
    expect(await head('/image-admin/audit', GM)).toBe(404);
    expect(await head('/image-admin/audit', ADMIN)).toBe(200);
    expect((await send({ method: 'HEAD', path: '/image-admin/audit' })).status).toBe(401);
  });

  test('no method tells of an admin’s route that there is one', async () => {
    const [unknown] = await tell(['GET'], '/image-admin/nothing');
    const admins = Object.keys(stage.document.paths).filter((path) => path.startsWith('/image-admin/'));
    expect(admins.length).toBeGreaterThanOrEqual(3);
    for (const path of admins.map((each) => each.replace(/\{\w+\}/g, '999999999'))) {
      for (const reply of await tell(['OPTIONS', 'PUT', 'PATCH', 'DELETE', 'POST', 'PROPFIND', 'QUERY'], path)) {
        expect(reply, path).toMatchObject({ status: unknown?.status, allow: undefined });
      }
    }
  });

  async function tell(methods: string[], path: string) {
    const headers = await cookie(VAINO);
    const replies = await Promise.all(methods.map((method) => send({ method, path, headers })));
    return replies.map((reply) => ({ status: reply.status, allow: reply.headers.allow }));
  }
});

describe('a login', () => {
  const admin = { id: ADMIN, roles: '["admin"]', is_admin: 1 };
  const key = new TextEncoder().encode(JWT_SECRET);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
  const jwt = (header: object = {}) =>
    new SignJWT(admin)
      .setProtectedHeader({ alg: 'HS256', ...header })
      .setIssuedAt()
      .setExpirationTime('1h');

  test.each<[string, () => string | Promise<string>]>([
    ['that is not signed', () => new UnsecuredJWT(admin).setExpirationTime('1h').encode()],
    ['that says None', async () => swapHeader(await jwt().sign(key), { alg: 'None' })],
    ['signed with HS384', () => jwt({ alg: 'HS384' }).sign(key)],
    ['signed with HS512', () => jwt({ alg: 'HS512' }).sign(key)],
    ['signed with RS256', () => jwt({ alg: 'RS256' }).sign(rsa.privateKey)],
    ['signed with a public key as the secret', () => jwt().sign(Buffer.from(publicPem))],
    [
      'signed with RS256, and said to be HS256',
      async () => swapHeader(await jwt({ alg: 'RS256' }).sign(rsa.privateKey), { alg: 'HS256' }),
    ],
    [
      'that brings its own key',
      () => jwt({ alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) } as object).sign(rsa.privateKey),
    ],
    [
      'that says where its key is',
      () => jwt({ jku: 'http://127.0.0.1:1/keys', kid: '../../dev/null' }).sign(Buffer.alloc(32)),
    ],
    ['of another secret', () => jwt().sign(Buffer.from('another secret, as long as the other'))],
    [
      'that is no longer valid',
      () => new SignJWT(admin).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('-1s').sign(key),
    ],
    ['that is not valid yet', () => jwt().setNotBefore('5m').sign(key)],
    ['of a user who is not in the forum', () => tokenOf(4711)],
    ['whose claims were changed', async () => swapClaims(await tokenOf(VAINO), admin)],
    ['whose signature was cut off', async () => (await tokenOf(ADMIN)).split('.').slice(0, 2).join('.')],
    ['whose signature is empty', async () => `${(await tokenOf(ADMIN)).split('.').slice(0, 2).join('.')}.`],
  ])('%s is none', async (_, make) => {
    const token = await make();
    const sent: Record<string, string>[] = [{ cookie: `token=${token}` }, { authorization: `Bearer ${token}` }];
    for (const headers of sent) {
      expect((await send({ path: '/image-credits', headers })).status).toBe(401);
      expect((await send({ path: '/image-admin/audit', headers })).status).toBe(401);
    }
  });

  test('is not read from the address or the body', async () => {
    const token = await tokenOf(ELINA);
    for (const name of ['token', 'access_token', 'jwt'])
      expect((await send({ path: `/image-credits?${name}=${token}` })).status).toBe(401);
    const body = { ...SCENE, token };
    expect((await send({ method: 'POST', path: `/games/${GAME}/images`, body })).status).toBe(401);
  });

  test('in the cookie is the one that counts, also when the header has another', async () => {
    const headers = { ...(await cookie(VAINO)), authorization: `Bearer ${await tokenOf(ADMIN)}` };
    expect((await send({ path: '/image-admin/audit', headers })).status).toBe(404);
    const body = { name: 'Minun' };
    expect((await send({ method: 'PATCH', path: `/characters/${hers.id}`, headers, body })).status).toBe(403);
  });

  test('of somebody who is gone is not made up for by another in the header', async () => {
    const headers = { ...(await cookie(4711)), authorization: `Bearer ${await tokenOf(ELINA)}` };
    expect((await send({ path: '/image-credits', headers })).status).toBe(401);
  });

  test('is the first cookie of its name, and no cookie of another name', async () => {
    const [his, admins] = [await tokenOf(VAINO), await tokenOf(ADMIN)];
    expect(
      (await send({ path: '/image-admin/audit', headers: { cookie: `token=${his}; token=${admins}` } })).status,
    ).toBe(404);
    for (const name of ['Token', 'token2', '__Host-token', 'xtoken'])
      expect((await send({ path: '/image-credits', headers: { cookie: `${name}=${his}` } })).status).toBe(401);
  });

  test('of a player makes nobody a game master, whatever its claims say', async () => {
    const token = await tokenOf(VAINO, { roles: '["gm","admin"]', is_admin: 1, is_gm: true });
    const headers = { cookie: `token=${token}` };
    expect((await send({ method: 'POST', path: `/posts/${ELINAS_POST}/images`, headers, body: SCENE })).status).toBe(
      403,
    );
    expect((await send({ path: '/image-admin/audit', headers })).status).toBe(404);
  });
});

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function swapHeader(token: string, header: object): string {
  return [part({ typ: 'JWT', ...header }), ...token.split('.').slice(1)].join('.');
}

function swapClaims(token: string, claims: object): string {
  const [header, , signature] = token.split('.');
  return [header, part({ ...claims, exp: 4_000_000_000 }), signature].join('.');
}
