// Who may do what: every action for the owner, another player, a GM, an admin and nobody.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character, Generation, PostImage } from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { ELINAS_POST, GAME } from '../support/forum-file.ts';
import type { Client } from '../support/service.ts';
import {
  createHeldProvider,
  finish,
  makeCharacter,
  makePicture,
  makeReference,
  openStage,
  type Role,
  SCENE,
  type Stage,
} from './stage.ts';

const ROLES: Role[] = ['elina', 'vaino', 'gm', 'admin', 'anonymous'];

interface Things {
  mine: Character;
  shared: Character;
  picture: PostImage;
  draft: Generation;
  running: Generation;
  reference: number;
}

let stage: Stage;
let things: Things;

beforeAll(async () => {
  const quick = createPreviewProvider({ durationMs: 1, pollIntervalMs: 20 });
  const held = createHeldProvider().provider;
  const isSlow = ({ prompt }: { prompt: string }) => prompt.includes('slowly');
  const get: Provider['get'] = (id, request) => (isSlow(request) ? held : quick).get(id, request);
  stage = await openStage({ provider: { ...quick, get } });
  const mine = await makeCharacter(stage.elina);
  things = {
    mine,
    shared: await makeCharacter(stage.elina, { usable_by: 'game' }),
    picture: await makePicture(stage.elina, ELINAS_POST),
    draft: await finish(stage.elina, `/games/${GAME}/images`, SCENE),
    running: (await stage.elina.post(`/games/${GAME}/images`, { ...SCENE, scene: 'slowly' })).body,
    reference: (await makeReference(stage.elina, mine.id, false)).id,
  };
});
afterAll(() => stage.close());

const portrait = (character: Character) => ({ mode: 'character', character_ids: [character.id] });

type Action = [name: string, act: (client: Client) => Promise<{ status: number }>, expected: number[]];

/** Statuses for the owner, another player, a GM, an admin, nobody. Ordered so that nothing is needed after it is gone. */
const ACTIONS: Action[] = [
  ['read a character', (as) => as.get(`/characters/${things.mine.id}`), [200, 200, 200, 200, 401]],
  ['list the characters', (as) => as.get(`/games/${GAME}/characters`), [200, 200, 200, 200, 401]],
  ['change it', (as) => as.patch(`/characters/${things.mine.id}`, { style: 'anime' }), [200, 403, 403, 200, 401]],
  [
    'give it a look',
    (as) => as.put(`/characters/${things.mine.id}/looks`, { name: 'x', description: 'a hat' }),
    [200, 403, 403, 200, 401],
  ],
  ['take a look away', (as) => as.delete(`/characters/${things.mine.id}/looks/never`), [404, 403, 403, 404, 401]],
  [
    'ask for its reference',
    (as) => as.post(`/characters/${things.mine.id}/reference-images`),
    [202, 403, 403, 202, 401],
  ],
  [
    'accept a reference',
    (as) => as.put(`/characters/${things.mine.id}/reference-image`, { reference_image_id: things.reference }),
    [200, 403, 403, 200, 401],
  ],
  ['use it in a draft', (as) => as.post(`/games/${GAME}/images`, portrait(things.mine)), [202, 403, 202, 202, 401]],
  [
    'use one that is for the game',
    (as) => as.post(`/games/${GAME}/images`, portrait(things.shared)),
    [202, 202, 202, 202, 401],
  ],
  [
    'have a scene suggested',
    (as) => as.post(`/games/${GAME}/scene-suggestions`, { post_id: ELINAS_POST }),
    [200, 200, 200, 200, 401],
  ],
  ['illustrate a post', (as) => as.post(`/posts/${ELINAS_POST}/images`, SCENE), [202, 403, 202, 202, 401]],
  [
    "attach the owner's draft",
    (as) => as.post(`/posts/${ELINAS_POST}/images`, { generation_id: things.draft.id }),
    [201, 403, 404, 404, 401],
  ],
  ['read a picture', (as) => as.get(`/post-images/${things.picture.id}`), [200, 200, 200, 200, 401]],
  ['read the gallery', (as) => as.get(`/games/${GAME}/images`), [200, 200, 200, 200, 401]],
  ['read many posts', (as) => as.get('/post-images?post_ids=1'), [200, 200, 200, 200, 401]],
  ['make it again', (as) => as.post(`/post-images/${things.picture.id}/regenerate`), [202, 403, 202, 202, 401]],
  [
    'report it',
    (as) => as.post(`/post-images/${things.picture.id}/report`, { reason: 'x' }),
    [204, 204, 204, 204, 401],
  ],
  ['watch a generation', (as) => as.get(`/generations/${things.running.id}`), [200, 404, 200, 200, 401]],
  ['read the own credits', (as) => as.get('/image-credits'), [200, 200, 200, 200, 401]],
  ['list the own generations', (as) => as.get('/generations'), [200, 200, 200, 200, 401]],
  ['read the styles', (as) => as.get('/image-styles'), [200, 200, 200, 200, 200]],
];

describe.each(ACTIONS)('%s', (_, act, expected) => {
  test.each(ROLES.map((role, index) => [role, expected[index]] as const))('%s: %i', async (role, status) => {
    expect((await act(stage[role])).status).toBe(status);
  });
});

/** What can be done once needs a fresh thing for each. */
describe.each<[string, () => Promise<string>, number[]]>([
  ['delete a character', async () => `/characters/${(await makeCharacter(stage.elina)).id}`, [204, 403, 403, 204, 401]],
  [
    'delete a picture',
    async () => `/post-images/${(await makePicture(stage.elina, ELINAS_POST)).id}`,
    [204, 403, 204, 204, 401],
  ],
  [
    'cancel a generation',
    async () =>
      `/generations/${(await stage.elina.post(`/games/${GAME}/images`, { ...SCENE, scene: 'slowly' })).body.id}`,
    [200, 404, 403, 200, 401],
  ],
])('%s', (_, make, expected) => {
  test.each(ROLES.map((role, index) => [role, expected[index]] as const))('%s: %i', async (role, status) => {
    expect((await stage[role].delete(await make())).status).toBe(status);
  });
});

test('can_edit and can_use say beforehand what would be answered', async () => {
  const flags = async (role: Role, { id }: Character) => {
    const { body } = await stage[role].get<Character>(`/characters/${id}`);
    return [body.can_edit, body.can_use];
  };
  expect(await Promise.all(ROLES.slice(0, 4).map((role) => flags(role, things.mine)))).toEqual([
    [true, true],
    [false, false],
    [false, true],
    [true, true],
  ]);
  expect(await flags('vaino', things.shared)).toEqual([false, true]);
});

test('consent that was taken back ends use by others, also of what they made with it', async () => {
  const shared = await makeCharacter(stage.elina, { usable_by: 'game' });
  const made = await makePicture(stage.vaino, 2, portrait(shared));
  const again = () => stage.vaino.post(`/post-images/${made.id}/regenerate`);
  expect((await again()).status).toBe(202);
  await stage.elina.patch(`/characters/${shared.id}`, { usable_by: 'owner' });
  expect((await again()).status).toBe(403);
  expect((await stage.vaino.post('/posts/2/images', portrait(shared))).status).toBe(403);
});
