// What a page of another site can have a browser send along with the login cookie, and that none of it changes anything.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character } from '../../src/contract.ts';
import { ADMIN, ELINA, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { signedHeaders, WEBHOOK_SECRET } from '../support/replicate-webhooks.ts';
import { tokenOf } from '../support/service.ts';
import { makeCharacter, openStage, SCENE, type Stage } from './stage.ts';

const FORUM = 'https://forum.example.fi';

let stage: Stage;
let double: ReplicateDouble;
let character: Character;
beforeAll(async () => {
  double = await ReplicateDouble.start();
  const settings = { PUBLIC_URL: FORUM, REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET, WORKERS: 'off' };
  stage = await openStage({ env: { ...replicateSettings(double), ...settings } });
  character = await makeCharacter(stage.elina);
});
afterAll(async () => {
  await stage.close();
  await double.close();
});

type Headers = Record<string, string>;
const JSON_TYPE = { 'content-type': 'application/json' };

/** One request for each unsafe method, each of which would change something. */
const CHANGES: [method: string, path: () => string, body?: object][] = [
  ['POST', () => `/games/${GAME}/images`, SCENE],
  ['POST', () => `/characters/${character.id}/reference-images`],
  ['PUT', () => `/characters/${character.id}/looks`, { name: 'arki', description: 'a coat' }],
  ['PATCH', () => `/characters/${character.id}`, { name: 'Muu' }],
  ['DELETE', () => `/characters/${character.id}`],
];

async function send(method: string, path: string, headers: Headers, body?: RequestInit['body']): Promise<number> {
  const cookie = `token=${await tokenOf(ELINA)}`;
  const address = `${stage.service.origin}/api${path}`;
  return (await fetch(address, { method, headers: { cookie, ...headers }, body, redirect: 'manual' })).status;
}
/** All that the changes could have changed. */
const state = () =>
  ['character_profiles', 'image_character_looks', 'image_generations', 'image_credit_entries'].map((table) =>
    stage.forum.all(`SELECT * FROM ${table}`),
  );

const FOREIGN: [string, Headers][] = [
  ['cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['from a sister of the forum', { 'sec-fetch-site': 'same-site' }],
  ['from nowhere that is known', { 'sec-fetch-site': 'elsewhere' }],
  ['with an empty Sec-Fetch-Site', { 'sec-fetch-site': '' }],
  ['cross-site and yet of the own origin', { 'sec-fetch-site': 'cross-site', origin: FORUM }],
  ['of another origin', { origin: 'https://evil.example' }],
  ['of a frame without an origin', { origin: 'null' }],
  ['of no origin that can be read', { origin: 'forum.example.fi' }],
  ['of an empty origin', { origin: '' }],
  ['of a subdomain', { origin: 'https://pages.forum.example.fi' }],
  ['of the domain above', { origin: 'https://example.fi' }],
  ['of a domain that begins alike', { origin: 'https://forum.example.fi.evil.example' }],
  ['of a domain that ends alike', { origin: 'https://notforum.example.fi' }],
  ['of another port', { origin: 'https://forum.example.fi:8443' }],
  ['of an origin that names the forum as its user', { origin: 'https://forum.example.fi@evil.example' }],
  ['of a file', { origin: 'file://' }],
  ['of an extension', { origin: 'chrome-extension://abcdefghijklmnop' }],
];

describe.each(FOREIGN)('a change %s', (_, headers) => {
  test.each(CHANGES)('by %s is refused', async (method, path, body) => {
    const before = state();
    const text = body && JSON.stringify(body);
    expect(await send(method, path(), { ...headers, ...(body && JSON_TYPE) }, text)).toBe(403);
    expect(state()).toEqual(before);
  });
});

/** What a form can send without asking first, with what a browser that says nothing of its site would send along. */
const FORMS: [string, Headers, () => RequestInit['body']][] = [
  ['as text', { 'content-type': 'text/plain' }, () => JSON.stringify(SCENE)],
  [
    'as text that says it is JSON, too',
    { 'content-type': 'text/plain; charset=application/json' },
    () => JSON.stringify(SCENE),
  ],
  ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, () => new URLSearchParams(SCENE)],
  [
    'as a form that reads as JSON',
    { 'content-type': 'application/x-www-form-urlencoded' },
    () => `${JSON.stringify(SCENE)}=`,
  ],
  ['as parts', {}, () => parts(SCENE)],
  [
    'as a file of JSON in parts',
    {},
    () => parts({ file: new Blob([JSON.stringify(SCENE)], { type: 'application/json' }) }),
  ],
  ['as a beacon', {}, () => new Blob([JSON.stringify(SCENE)])],
  ['with a type that only begins alike', { 'content-type': 'application/jsonp' }, () => JSON.stringify(SCENE)],
  ['with another type first', { 'content-type': 'text/plain, application/json' }, () => JSON.stringify(SCENE)],
];

function parts(fields: Record<string, string | Blob>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

describe('a body', () => {
  test.each(FORMS)('%s is not read', async (_, headers, body) => {
    const before = state();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const path = method === 'POST' ? `/games/${GAME}/images` : `/characters/${character.id}`;
      const status = await send(method, path, headers, body());
      expect([404, 415]).toContain(status); // there is no PUT of a character
    }
    expect(state()).toEqual(before);
  });

  test.each(FORMS)('%s from another site is refused before it is looked at', async (_, headers, body) => {
    const sent = { ...headers, origin: 'https://evil.example' };
    expect(await send('POST', `/games/${GAME}/images`, sent, body())).toBe(403);
  });
});

describe('a change goes through', () => {
  test.each<[string, Headers]>([
    ['from a page of the forum', { 'sec-fetch-site': 'same-origin', origin: FORUM }],
    ['from an older browser on the forum', { origin: FORUM }],
    ['from the address that the service itself is asked at', { origin: 'here' }],
    ['typed by the user', { 'sec-fetch-site': 'none' }],
    ['from curl, which says nothing', {}],
  ])('%s', async (_, { origin, ...headers }) => {
    const said = { ...headers, ...(origin && { origin: origin === 'here' ? stage.service.origin : origin }) };
    expect(await send('POST', `/games/${GAME}/images`, { ...said, ...JSON_TYPE }, JSON.stringify(SCENE))).toBe(202);
  });

  test('and reading is no change, though no page of another site may read the answer', async () => {
    const headers = { cookie: `token=${await tokenOf(ELINA)}`, origin: 'https://evil.example' };
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const reply = await fetch(`${stage.service.origin}/api/characters/${character.id}`, { method, headers });
      expect(reply.status).toBe(200);
      expect([...reply.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  test('no request to read changes anything', async () => {
    const before = state();
    for (const [, path] of CHANGES) await send('GET', path(), { 'sec-fetch-site': 'cross-site' });
    expect(state()).toEqual(before);
  });
});

describe('the door for webhooks', () => {
  const body = JSON.stringify({ id: 'guessed', status: 'succeeded' });
  const call = async (headers: Headers) =>
    (await fetch(`${stage.service.origin}/api/webhooks/replicate`, { method: 'POST', headers, body })).status;

  test('asks for a signature and for nothing else', async () => {
    expect(await call(signedHeaders(body))).toBe(200);
    expect(await call({ ...signedHeaders(body), origin: 'https://replicate.com', 'content-type': 'text/plain' })).toBe(
      200,
    );
  });

  test('opens to no login', async () => {
    const login = { cookie: `token=${await tokenOf(ADMIN)}`, authorization: `Bearer ${await tokenOf(ADMIN)}` };
    expect(await call({ ...login, ...JSON_TYPE })).toBe(401);
    expect(await call({ ...login, ...JSON_TYPE, 'sec-fetch-site': 'same-origin', origin: FORUM })).toBe(401);
  });
});
