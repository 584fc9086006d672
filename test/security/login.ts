// Logins that are none, and those that claim more than they are.
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { ADMIN, ELINA, GAME } from '../support/forum-file.ts';
import { JWT_SECRET, tokenOf } from '../support/service.ts';
import type { Check, Topic } from './check.ts';
import { told } from './words.ts';

const secretOf = (text: string) => new TextEncoder().encode(text);
const sign = (
  claims: object,
  { alg = 'HS256', key = secretOf(JWT_SECRET) as Uint8Array | KeyObject, expires = '1h' } = {},
) => new SignJWT({ ...claims }).setProtectedHeader({ alg }).setExpirationTime(expires).sign(key);

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Written by hand, as libraries refuse to: any header, signed with the right secret or a wrong one. */
function written(header: object, claims: object, secret = JWT_SECRET): string {
  const signed = `${part(header)}.${part({ exp: 4102444800, ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;

const REFUSED: Record<string, () => string | Promise<string>> = {
  'no token': () => '',
  'the word null': () => 'null',
  'algorithm none': () => new UnsecuredJWT({ id: ADMIN }).setExpirationTime('1h').encode(),
  'algorithm None': () => `${part({ alg: 'None' })}.${part({ id: ADMIN })}.`,
  'algorithm none, with a signature': () => written({ alg: 'none' }, { id: ADMIN }),
  'no algorithm': () => written({ typ: 'JWT' }, { id: ADMIN }),
  'another secret': () => sign({ id: ELINA }, { key: secretOf('another secret, as long as the other') }),
  'an empty secret': () => written({ alg: 'HS256' }, { id: ELINA }, ''),
  'HS384 with the right secret': () => sign({ id: ELINA }, { alg: 'HS384' }),
  'HS512 with the right secret': () => sign({ id: ELINA }, { alg: 'HS512' }),
  'RS256 with a key of its own': () => sign({ id: ELINA }, { alg: 'RS256', key: rsa.privateKey }),
  'RS256 in the head, HMAC below': () => written({ alg: 'RS256' }, { id: ELINA }),
  'a public key for the secret': () => written({ alg: 'HS256' }, { id: ELINA }, publicPem),
  'a key brought along in its head': () =>
    written({ alg: 'HS256', jwk: { kty: 'oct', k: Buffer.from('x').toString('base64url') } }, { id: ELINA }, 'x'),
  'a key id that is a path': () => written({ alg: 'HS256', kid: '../../dev/null' }, { id: ELINA }, ''),
  'an extension that must be understood': () => written({ alg: 'HS256', crit: ['x'], x: 1 }, { id: ELINA }),
  'over since a second': () => sign({ id: ELINA }, { expires: '-1s' }),
  'not yet valid': async () => tokenOf(ELINA, { nbf: Math.floor(Date.now() / 1000) + 3600 }),
  'an end that is no number': () => written({ alg: 'HS256' }, { id: ELINA, exp: 'never' }),
  'a user who never was': () => tokenOf(4711),
  'no id': () => sign({ username: 'Elina' }),
  'an id in quotes': () => sign({ id: String(ELINA) }),
  'a list of ids': () => sign({ id: [ELINA] }),
  'an id with SQL': () => sign({ id: '1 OR 1=1' }),
  'an id beyond all numbers': () => written({ alg: 'HS256' }, { id: 2 ** 53 }),
  'a cut signature': async () => (await tokenOf(ELINA)).slice(0, -2),
  'no signature': async () => (await tokenOf(ELINA)).replace(/[^.]*$/, ''),
  'claims changed after signing': async () => {
    const [head, , tail] = (await tokenOf(ELINA)).split('.');
    return `${head}.${part({ id: ADMIN, exp: 4102444800 })}.${tail}`;
  },
  'five parts': async () => `${await tokenOf(ELINA)}.a.b`,
  '8,000 dots': () => '.'.repeat(8000),
};

const PATH = `games/${GAME}/characters`;

function refused([tried, make]: [string, () => string | Promise<string>]): Check {
  return {
    tried,
    expected: '401 unauthenticated, as cookie and as bearer',
    async came(stage) {
      const token = await make();
      const cookie = told(await stage.send({ path: PATH, headers: { cookie: `token=${token}` } }));
      const bearer = told(await stage.send({ path: PATH, headers: { authorization: `Bearer ${token}` } }));
      return cookie === bearer ? `${cookie}, as cookie and as bearer` : `${cookie} as cookie, ${bearer} as bearer`;
    },
  };
}

/** A good login where it must, or must not, be looked for. */
function placed(
  tried: string,
  expected: string,
  place: (token: string) => { path?: string; headers?: Record<string, string> },
) {
  const came: Check['came'] = async (stage) => told(await stage.send({ path: PATH, ...place(await tokenOf(ELINA)) }));
  return { tried, expected, came };
}

export const LOGIN: Topic = {
  topic: 'login',
  checks: () => [
    ...Object.entries(REFUSED).map(refused),
    placed('a good cookie', '200', (token) => ({ headers: { cookie: `token=${token}` } })),
    placed('a good bearer', '200', (token) => ({ headers: { authorization: `Bearer ${token}` } })),
    placed('a good cookie beside junk', '200', (token) => ({
      headers: { cookie: `token=${token}`, authorization: 'Bearer null' },
    })),
    ...['token', 'access_token', 'jwt'].map((name) =>
      placed(`a good token as ?${name}=`, '401 unauthenticated', (token) => ({ path: `${PATH}?${name}=${token}` })),
    ),
    placed('a good token in a cookie of another name', '401 unauthenticated', (token) => ({
      headers: { cookie: `Token=${token}; session=${token}` },
    })),
    {
      tried: 'a player’s token that says admin',
      expected: '404 not_found',
      came: async (stage) => {
        const token = await tokenOf(ELINA, { roles: '["admin"]', is_admin: 1 });
        return told(await stage.send({ path: 'image-admin/audit', headers: { cookie: `token=${token}` } }));
      },
    },
  ],
};
