// What admins and game masters do to other people's characters and pictures is on record; what people do to their own is not.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { ADMIN, ELINA, ELINAS_POST, GAME, GM } from '../support/forum-file.ts';
import type { Client } from '../support/service.ts';
import { drawSmall } from '../training/world.ts';
import { makeCharacter, makePicture, makeReference, openStage, SCENE, type Stage, until } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  const provider = { ...createPreviewProvider({ durationMs: 1, pollIntervalMs: 10 }), download: drawSmall };
  stage = await openStage({ provider });
});
afterAll(() => stage.close());

const record = async () => (await stage.admin.get<{ items: AuditEntry[] }>('/image-admin/audit?limit=100')).body.items;

/** Everything that can be done to a character and a picture of Elina's. */
async function tryAll(client: Client): Promise<number[]> {
  const { id } = await makeCharacter(stage.elina);
  const reference = await makeReference(stage.elina, id, false);
  const picture = await makePicture(stage.elina, ELINAS_POST);
  const replies = [
    await client.patch(`/characters/${id}`, { name: 'Uusi' }),
    await client.put(`/characters/${id}/looks`, { name: 'arki', description: 'a coat' }),
    await client.delete(`/characters/${id}/looks/arki`),
    await client.delete(`/characters/${id}/looks/never`),
    await client.put(`/characters/${id}/reference-image`, { reference_image_id: reference.id }),
    await client.delete(`/characters/${id}`),
    await client.delete(`/post-images/${picture.id}`),
  ];
  return replies.map(({ status }) => status);
}

test('an owner’s acts are not recorded, nor are those that were refused', async () => {
  expect(await tryAll(stage.elina)).toEqual([200, 200, 204, 404, 200, 204, 204]);
  expect(await tryAll(stage.vaino)).toEqual([403, 403, 403, 403, 403, 403, 403]);
  expect(await record()).toEqual([]);
});

test('an admin’s and a game master’s are, once each, with whom they concern', async () => {
  expect(await tryAll(stage.gm)).toEqual([403, 403, 403, 403, 403, 403, 204]);
  expect(await tryAll(stage.admin)).toEqual([200, 200, 204, 404, 200, 204, 204]);
  const told = (await record()).toReversed().map(({ actor_id, user_id, action }) => [actor_id, user_id, action]);
  const change = [ADMIN, ELINA, 'character.change'];
  expect(told).toEqual([
    [GM, ELINA, 'post_image.delete'],
    ...[change, change, change, change],
    [ADMIN, ELINA, 'character.delete'],
    [ADMIN, ELINA, 'post_image.delete'],
  ]);
  expect((await record())[0]?.subject).toMatch(/^post_image:\d+$/);
});

/** Asks Elina's way, as each of them may: pictures wait while spending is stopped. */
async function cancelAll(client: Client): Promise<number[]> {
  const turn = (paused: boolean) => stage.admin.put('/image-admin/spending', { paused, reason: 'tried' });
  const { body: character } = await stage.elina.post(`/games/${GAME}/characters`, {
    name: 'Ilo',
    base_description: 'a cap',
  });
  const trainings = `/characters/${character.id}/lora-trainings`;
  const training = await client.post(trainings, { generate_missing: true });
  await turn(true);
  const stopped = await client.delete(`${trainings}/${training.body.id}`);
  // Nothing of it waits for spending to go on.
  await until(async () => (await client.get('/image-credits')).body.held === 0);
  await turn(false);
  const asked = await stage.elina.post(`/games/${GAME}/images`, SCENE);
  await turn(true);
  const canceled = await client.delete(`/generations/${asked.body.id}`);
  await turn(false);
  return [training.status, stopped.status, canceled.status];
}

test('so are trainings that an admin asks for or cancels, and pictures that one cancels', async () => {
  const before = (await record()).length;
  expect(await cancelAll(stage.elina)).toEqual([202, 200, 200]);
  const told = async () =>
    (await record())
      .slice(0, -before)
      .filter(({ subject }) => subject !== 'spending')
      .toReversed();
  expect(await told()).toEqual([]);
  expect(await cancelAll(stage.admin)).toEqual([202, 200, 200]);
  const shared = { actor_id: ADMIN, user_id: ELINA };
  expect(await told()).toMatchObject([
    { ...shared, action: 'training.request' },
    { ...shared, action: 'training.cancel' },
    { ...shared, action: 'generation.cancel' },
  ]);
});

test('so are candidates that an admin has drawn for somebody else’s character', async () => {
  const { id } = await makeCharacter(stage.elina);
  const before = (await record()).length;
  expect((await stage.elina.post(`/characters/${id}/reference-images`)).status).toBe(202);
  expect(await record()).toHaveLength(before);
  expect((await stage.admin.post(`/characters/${id}/reference-images`)).status).toBe(202);
  const [act] = await record();
  expect(act).toMatchObject({
    actor_id: ADMIN,
    user_id: ELINA,
    action: 'reference.request',
    subject: `character:${id}`,
  });
});
