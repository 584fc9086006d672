// A training without keys: from nothing but a description to weights of our own, at the doors that a page would use.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character, Credits, Generation, LoraTraining, ReferenceImage } from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { finish, makeCharacter, makeReference, openStage, type Stage, until } from '../http/stage.ts';
import { GAME } from '../support/forum-file.ts';
import type { Client } from '../support/service.ts';
import { drawSmall } from './world.ts';

/** Its pictures are small, to be quick: what is drawn matters to no test here. */
const preview = (trainingMs = 200) => ({
  ...createPreviewProvider({ durationMs: 20, trainingMs, pollIntervalMs: 20 }),
  download: drawSmall,
});

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ provider: preview(), env: { MAX_TRAININGS_PER_USER: '20' } });
});
afterAll(() => stage.close());

const credits = async (client: Client) => (await client.get<Credits>('/image-credits')).body;
const pathOf = (character: { id: number }) => `/characters/${character.id}/lora-trainings`;

function ended(client: Client, training: LoraTraining): Promise<LoraTraining> {
  return until(async () => {
    const { body } = await client.get<LoraTraining>(`${pathOf({ id: training.character_id })}/${training.id}`);
    return body.finished_at !== null && body;
  });
}

describe('a training', () => {
  test('tells how many pictures are missing and what all of it costs, and holds nothing for that', async () => {
    const character = await makeCharacter(stage.elina);
    await makeReference(stage.elina, character.id);
    const before = await credits(stage.elina);
    const { status, body } = await stage.elina.post(pathOf(character));
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'conflict', error: expect.stringMatching(/9 more pictures.*59 credits/) });
    expect(await credits(stage.elina)).toEqual(before);
    expect((await stage.elina.get(pathOf(character))).body).toEqual([]);
  });

  test('makes the missing pictures first, is charged once, and is used from then on', async () => {
    const character = await makeCharacter(stage.elina);
    await makeReference(stage.elina, character.id);
    const before = await credits(stage.elina);
    const asked = await stage.elina.post<LoraTraining>(pathOf(character), { generate_missing: true });
    expect(asked.status).toBe(202);
    expect(asked.headers.get('location')).toBe(`/api${pathOf(character)}/${asked.body.id}`);
    expect(asked.body).toMatchObject({ status: 'queued', weights: null, cost: { credits: 50, charged: false } });
    expect(asked.body.generation_ids).toHaveLength(10);
    expect((await credits(stage.elina)).available).toBe(before.available - 59);

    const training = await ended(stage.elina, asked.body);
    expect(training).toMatchObject({ status: 'succeeded', progress: 1, error: null, cost: { charged: true } });
    expect(await credits(stage.elina)).toMatchObject({ available: before.available - 59, held: 0 });
    const candidates = await stage.elina.get<ReferenceImage[]>(`/characters/${character.id}/reference-images`);
    expect(candidates.body).toHaveLength(10);
    expect(new Set(candidates.body.map(({ seed }) => seed)).size).toBe(10);

    const trained = (await stage.elina.get<Character>(`/characters/${character.id}`)).body;
    expect(trained.lora).toEqual({ weights: training.weights, scale: 0.8, trigger: 'TOK' });
    const weights = await fetch(`${stage.service.origin}${training.weights}`);
    expect(weights.headers.get('content-type')).toBe('application/x-tar');
    expect(Buffer.from(await weights.arrayBuffer()).includes('lora.safetensors')).toBe(true);

    const picture = await finish(stage.elina, `/games/${GAME}/images`, {
      mode: 'scene_with_character',
      character_ids: [character.id],
      scene: 'on a pier',
    });
    const [row] = stage.forum.all('SELECT recipe FROM image_generations WHERE id = ?', picture.id);
    expect(JSON.parse(row.recipe)).toMatchObject({ strategy: 'lora', lora: trained.lora });
    expect(JSON.parse(row.recipe).prompt).toMatch(/^a photo of TOK/);
  });

  test('answers the same key with the same training, and another body with a refusal', async () => {
    const character = await makeCharacter(stage.elina);
    const key = { 'Idempotency-Key': `train-${character.id}` };
    const first = await stage.elina.post<LoraTraining>(pathOf(character), { generate_missing: true }, key);
    const again = await stage.elina.post<LoraTraining>(pathOf(character), { generate_missing: true }, key);
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body.id).toBe(first.body.id);
    expect((await stage.elina.post(pathOf(character), {}, key)).body.code).toBe('idempotency_mismatch');
    expect(
      stage.forum.count('SELECT count(*) FROM image_lora_trainings WHERE character_profile_id = ?', character.id),
    ).toBe(1);
    await ended(stage.elina, first.body);
  });

  test('is one at a time for a character', async () => {
    const character = await makeCharacter(stage.elina);
    const first = await stage.elina.post<LoraTraining>(pathOf(character), { generate_missing: true });
    const second = await stage.elina.post(pathOf(character), { generate_missing: true });
    expect(second.status).toBe(409);
    expect(second.body.error).toMatch(/already/);
    await ended(stage.elina, first.body);
  });

  test('learns from the pictures asked for, which have to be of the character', async () => {
    const character = await makeCharacter(stage.elina);
    const other = await makeCharacter(stage.elina);
    const mine = await Promise.all(Array.from({ length: 3 }, () => makeReference(stage.elina, character.id, false)));
    const stranger = await makeReference(stage.elina, other.id, false);
    const bad = { reference_image_ids: [mine[0]?.id, stranger.id] };
    expect((await stage.elina.post(pathOf(character), bad)).body).toMatchObject({
      code: 'invalid_request',
      details: [{ path: 'reference_image_ids.1' }],
    });
    const chosen = { reference_image_ids: mine.slice(0, 2).map(({ id }) => id), generate_missing: true };
    const { body } = await stage.elina.post<LoraTraining>(pathOf(character), chosen);
    expect(body.generation_ids.slice(0, 2)).toEqual(mine.slice(0, 2).map(({ generation_id }) => generation_id));
    expect(body.generation_ids).toHaveLength(10);
    await ended(stage.elina, body);
  });

  test('is for those alone who may edit the character', async () => {
    const character = await makeCharacter(stage.elina, { usable_by: 'game' });
    const { body } = await stage.elina.post<LoraTraining>(pathOf(character), { generate_missing: true });
    for (const client of [stage.vaino, stage.gm]) {
      expect((await client.post(pathOf(character), { generate_missing: true })).status).toBe(403);
      expect((await client.get(pathOf(character))).status).toBe(403);
      expect((await client.get(`${pathOf(character)}/${body.id}`)).status).toBe(403);
      expect((await client.delete(`${pathOf(character)}/${body.id}`)).status).toBe(403);
    }
    expect((await stage.anonymous.post(pathOf(character))).status).toBe(401);
    expect((await stage.elina.get(`${pathOf({ id: character.id + 1000 })}`)).status).toBe(404);
    const other = await makeCharacter(stage.elina);
    expect((await stage.elina.get(`${pathOf(other)}/${body.id}`)).status).toBe(404);
    await ended(stage.elina, body);
  });

  test('is refused before anything is written when the credits do not reach', async () => {
    await using poor = await openStage({ provider: preview(), env: { CREDITS_PER_MONTH: '55' } });
    const character = await makeCharacter(poor.elina);
    expect((await poor.elina.post(pathOf(character), { generate_missing: true })).body.code).toBe(
      'insufficient_credits',
    );
    expect(poor.forum.count('SELECT count(*) FROM image_generations')).toBe(0);
    expect(poor.forum.count('SELECT count(*) FROM image_lora_trainings')).toBe(0);
    expect(await credits(poor.elina)).toMatchObject({ available: 55, held: 0 });
  });

  test('is refused where nobody trains, and beyond the limits of a user and of the forum', async () => {
    await using none = await openStage({ provider: { ...preview(), trainer: null } });
    const untrainable = await makeCharacter(none.elina);
    const refused = await none.elina.post(pathOf(untrainable), { generate_missing: true });
    expect([refused.status, refused.body.error]).toEqual([409, expect.stringMatching(/not set up/)]);

    await using full = await openStage({
      provider: preview(60_000),
      env: { MAX_TRAININGS: '2', CREDITS_PER_MONTH: '500' },
    });
    const ask = async (client: Client) => client.post(pathOf(await makeCharacter(client)), { generate_missing: true });
    expect((await ask(full.elina)).status).toBe(202);
    expect((await ask(full.elina)).body.code).toBe('too_many_active');
    expect((await ask(full.vaino)).status).toBe(202);
    expect((await ask(full.gm)).body.code).toBe('queue_full');
  });
});

describe('the end of a training', () => {
  test('canceled while its pictures are being made: they stop, and everything is given back', async () => {
    await using slow = await openStage({ provider: createPreviewProvider({ durationMs: 60_000 }) });
    const character = await makeCharacter(slow.elina);
    const { body } = await slow.elina.post<LoraTraining>(pathOf(character), { generate_missing: true });
    const canceled = await slow.elina.delete<LoraTraining>(`${pathOf(character)}/${body.id}`);
    expect(canceled.body).toMatchObject({ status: 'canceled', error: { code: 'canceled' }, cost: { charged: false } });
    for (const id of body.generation_ids) {
      const generation: Generation = await slow.elina.finished({ id });
      expect(generation.status).toBe('canceled');
    }
    expect(await credits(slow.elina)).toMatchObject({ available: 1000, held: 0 });
    expect((await slow.elina.delete(`${pathOf(character)}/${body.id}`)).status).toBe(409);
  });

  test('canceled while it is trained: not charged, nothing stored, and the next may begin', async () => {
    await using slow = await openStage({ provider: preview(60_000) });
    const character = await makeCharacter(slow.elina);
    const { body } = await slow.elina.post<LoraTraining>(pathOf(character), { generate_missing: true });
    const path = `${pathOf(character)}/${body.id}`;
    await until(async () => (await slow.elina.get<LoraTraining>(path)).body.status === 'training');
    expect((await slow.elina.delete<LoraTraining>(path)).body.status).toBe('canceled');
    expect(await credits(slow.elina)).toMatchObject({ available: 990, held: 0 });
    expect((await slow.elina.get<Character>(`/characters/${character.id}`)).body.lora).toBeNull();
    expect((await slow.elina.post(pathOf(character))).status).toBe(202);
  });

  test('a character deleted meanwhile takes its training along', async () => {
    await using slow = await openStage({ provider: preview(60_000) });
    const character = await makeCharacter(slow.elina);
    const { body } = await slow.elina.post<LoraTraining>(pathOf(character), { generate_missing: true });
    const status = () => slow.forum.all('SELECT status FROM image_lora_trainings WHERE id = ?', body.id)[0].status;
    await until(() => status() === 'training');
    await slow.elina.delete(`/characters/${character.id}`);
    await until(() => status() === 'canceled');
    expect((await credits(slow.elina)).held).toBe(0);
  });
});
