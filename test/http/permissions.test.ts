// Who may do what, cell by cell: every act for every role, every admin route for everybody, and no route that is in neither.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character } from '../../src/contract.ts';
import { GAME } from '../support/forum-file.ts';
import { answerOf, type Row, TABLE } from './permission-table.ts';
import { PermissionWorld, ROLES, type Role } from './permission-world.ts';
import { makeCharacter } from './stage.ts';

let world: PermissionWorld;
beforeAll(async () => {
  world = await PermissionWorld.open();
});
afterAll(() => world.close());

describe.each(TABLE.map((row) => [row.act, row] as const))('%s', (_, row) => {
  test.each(ROLES.map((role) => [role, row.expected[role]] as const))('%s: %i', async (role, expected) => {
    expect(await answerOf(world, row, role)).toBe(expected);
  });
});

test.each(TABLE.map((row) => [row.act, row] as const))(
  'a master of another game is a player here: %s',
  async (_, row) => {
    expect(await answerOf(world, row, 'gm elsewhere, player here')).toBe(row.expected['other player']);
  },
);

test.each(TABLE.map((row) => [row.act, row] as const))(
  'a suspended game master is a suspended player, and an admin no more than that: %s',
  async (_, row) => {
    const { 'other player': player, 'suspended owner': suspended, 'no member': stranger } = row.expected;
    expect(await answerOf(world, row, 'suspended gm')).toBe(player < 300 && suspended === 403 ? 403 : player);
    expect(await answerOf(world, row, 'suspended admin')).toBe(stranger);
  },
);

const operations = () =>
  Object.entries(world.stage.document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { tags, security }]) => {
      return { method, path, tags: tags as string[], security: security as unknown[] | undefined };
    }),
  );
const isPublic = ({ security }: { security: unknown[] | undefined }) => security?.length === 0;

describe('every route of the service', () => {
  test('is for everybody, for admins alone, or has a row in the table above', () => {
    const judged = new Set(TABLE.map(({ route }) => route));
    const others = operations().filter((operation) => !isPublic(operation) && !operation.tags.includes('Admin'));
    expect(others.length).toBeGreaterThan(30);
    const unjudged = others
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`)
      .filter((at) => !judged.has(at));
    expect(unjudged, 'a new route needs a row in permission-table.ts').toEqual([]);
  });

  test('that is for everybody is one of these few', () => {
    expect(
      operations()
        .filter(isPublic)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([
      '/image-client/forum-images.js',
      '/image-healthz',
      '/image-readyz',
      '/image-styles',
      '/image-styles/{id}/sample.webp',
      '/webhooks/replicate',
    ]);
  });

  test('that is for admins is not there for anybody else, whatever they send, and there for an admin', async () => {
    const routes = operations().filter(({ tags }) => tags.includes('Admin'));
    expect(routes.length).toBeGreaterThanOrEqual(3);
    const wrong: string[] = [];
    for (const { method, path } of routes) {
      for (const role of [...ROLES, 'gm elsewhere, player here', 'suspended gm', 'suspended admin'] as Role[]) {
        const { status, isPage } = await askAdmin(role, method, path);
        const isNobody = role === 'anonymous' || role === 'deleted';
        const isRight = role === 'admin' ? isPage : status === (isNobody ? 401 : 404);
        if (!isRight) wrong.push(`${method} ${path} as ${role}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** With ids that nobody has and a body that says nothing. @returns `isPage`: it is there for whoever asked */
async function askAdmin(role: Role, method: string, path: string) {
  const address = path.replace(/\{\w+\}/g, '999999999');
  const { status, body } = await world.as(role, (client) => client[method as 'post'](address, {}), false);
  return { status, isPage: ![401, 403].includes(status) && body?.error !== 'The page was not found.' };
}

test('the table is as large as it has to be', () => {
  const acts = new Set(TABLE.map(({ act }: Row) => act));
  expect(acts.size).toBe(TABLE.length);
  expect(acts.size).toBeGreaterThanOrEqual(40);
  expect(TABLE.every(({ expected }) => Object.values(expected).every(Number.isInteger))).toBe(true);
});

test('can_edit and can_use say beforehand what would be answered', async () => {
  const flags = (role: Role, { id }: Character) =>
    world.as(role, async (client) => {
      const { body } = await client.get<Character>(`/characters/${id}`);
      return [body.can_edit, body.can_use];
    });
  const { mine, shared } = world.things;
  expect(await flags('owner', mine)).toEqual([true, true]);
  expect(await flags('suspended owner', mine)).toEqual([false, false]);
  expect(await flags('other player', mine)).toEqual([false, false]);
  expect(await flags('gm of the game', mine)).toEqual([false, true]);
  expect(await flags('admin', mine)).toEqual([true, true]);
  expect(await flags('other player', shared)).toEqual([false, true]);
});

test('weights that are attached by hand are shown to those who may edit the character', async () => {
  const { id } = await makeCharacter(world.stage.elina);
  const lora = { weights: 'https://example.test/trained_model.tar', scale: 0.7, trigger: 'TOK' };
  await world.stage.elina.patch(`/characters/${id}`, { lora });
  const shown = (role: Role) => world.as(role, async (client) => (await client.get(`/characters/${id}`)).body.lora);
  expect(await shown('owner')).toEqual(lora);
  expect(await shown('suspended owner')).toEqual(lora);
  expect(await shown('admin')).toEqual(lora);
  for (const role of ['other player', 'gm of the game'] as const) expect(await shown(role)).toBeNull();
});

test('who asks for a picture of somebody else’s character pays for it', async () => {
  const held = async (role: Role) =>
    world.as(role, async (client) => (await client.get('/image-credits')).body.held as number);
  const body = { mode: 'character', character_ids: [world.things.mine.id] };
  const before = [await held('owner'), await held('gm of the game')] as const;
  await world.as('gm of the game', (client) => client.post(`/games/${GAME}/images`, body));
  expect([await held('owner'), await held('gm of the game')]).toEqual([before[0], before[1] + 1]);
});

test('consent that is taken back ends use by others at once, also of what they made with the character', async () => {
  const { elina, vaino } = world.stage;
  const shared = await makeCharacter(elina, { usable_by: 'game' });
  const portrait = { mode: 'character', character_ids: [shared.id] };
  const ask = async () => [
    (await vaino.post(`/games/${GAME}/images`, portrait)).status,
    (await vaino.post(`/games/${GAME}/prompt-preview`, portrait)).status,
  ];
  expect(await ask()).toEqual([202, 200]);
  await elina.patch(`/characters/${shared.id}`, { usable_by: 'owner' });
  expect(await ask()).toEqual([403, 403]);
});

test('a refusal says why in a sentence, and a suspended user is told of the suspension', async () => {
  const refusal = (role: Role, path: string) =>
    world.as(role, async (client) => (await client.post(path, { mode: 'scene', scene: 'a bay' })).body.error);
  expect(await refusal('suspended owner', '/posts/1/images')).toMatch(/suspended/);
  expect(await refusal('other player', '/posts/1/images')).toMatch(/author of the post or a game master/);
  expect(await refusal('owner', '/posts/8/images')).toMatch(/archived/);
});
