// What was taken down is not made again: neither from its recipe, nor as the same bytes, nor out of a reference that is down.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character, Generation, PostImage, ReferenceImage } from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import {
  finish,
  makeCharacter,
  makePicture,
  makeReference,
  openStage,
  SCENE,
  type Stage,
  until,
} from '../http/stage.ts';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';
import { keyOf, loads, pausable, placeOn, placesOf, REASON, restore, takeDown } from './desk.ts';

let stage: Stage;
const waiting = pausable();
beforeAll(async () => {
  stage = await openStage({ provider: waiting.provider });
});
afterAll(() => stage.close());

const ask = (body: object) => stage.elina.post<Generation>(`/games/${GAME}/images`, body);
const again = (id: number, body: object) => stage.elina.post<Generation>(`/post-images/${id}/regenerate`, body);

/** It has ended without a picture, costs nothing, and nothing of it is stored. */
async function expectRefused(asked: Generation): Promise<void> {
  const ended = await stage.elina.finished(asked);
  expect(ended).toMatchObject({ status: 'failed', image_url: null, cost: { charged: false } });
  expect(ended.error?.code).toBe('taken_down');
  const [row] = stage.forum.all('SELECT image_key, thumbnail_key FROM image_generations WHERE id = ?', asked.id);
  const root = join(stage.service.forum.folder, 'images');
  await until(() => stage.forum.count('SELECT count(*) FROM image_files WHERE generation_id = ?', asked.id) === 0);
  expect([placeOn(root, row.image_key), placeOn(root, row.thumbnail_key)]).toEqual(['gone', 'gone']);
  const kinds = stage.forum.all('SELECT kind FROM image_credit_entries WHERE generation_id = ? ORDER BY id', asked.id);
  expect(kinds.map(({ kind }) => kind)).toEqual(['hold', 'void']);
}

/** Asks while the provider waits, does something, and lets it go on. */
async function meanwhile(asking: () => Promise<{ status: number; body: Generation }>, act: () => Promise<unknown>) {
  waiting.pause();
  try {
    const { status, body } = await asking();
    expect(status).toBe(202);
    const running = () => stage.forum.all('SELECT status FROM image_generations WHERE id = ?', body.id)[0].status;
    await until(() => running() === 'generating');
    await act();
    return body;
  } finally {
    waiting.resume();
  }
}

describe('by its recipe', () => {
  test('asked for anew with the same words and seed it is refused, with another seed it is not', async () => {
    const wish = { ...SCENE, scene: 'a gate of iron', seed: 5 };
    const image = await makePicture(stage.elina, ELINAS_POST, wish);
    await takeDown(stage.gm, image.id);
    const holds = () => stage.forum.count("SELECT count(*) FROM image_credit_entries WHERE kind = 'hold'");
    const before = holds();
    const refused = await ask(wish);
    expect([refused.status, (refused.body as unknown as { code: string }).code]).toEqual([409, 'conflict']);
    expect(holds()).toBe(before);
    expect((await ask({ ...wish, seed: 6 })).status).toBe(202);
    expect((await ask({ ...wish, scene: 'a gate of oak' })).status).toBe(202);
    await restore(stage.gm, image.id);
    expect((await ask(wish)).status).toBe(202);
  });

  test('a copy that was made before leads nowhere, either', async () => {
    const image = await makePicture(stage.elina, ELINAS_POST, { ...SCENE, scene: 'a gate of stone' });
    const draft = await stage.elina.finished((await again(image.id, { seed: 'same' })).body);
    const copy = (await stage.elina.post<PostImage>('/posts/4/images', { generation_id: draft.id })).body;
    await takeDown(stage.gm, image.id);
    for (const seed of ['same', 'new', 9]) expect((await again(copy.id, { seed })).status).toBe(409);
  });

  test('a copy that is a draft cannot be attached', async () => {
    const image = await makePicture(stage.elina, ELINAS_POST, { ...SCENE, scene: 'a gate of horn' });
    const draft = await stage.elina.finished((await again(image.id, { seed: 'same' })).body);
    await takeDown(stage.gm, image.id);
    const attach = () => stage.elina.post('/posts/4/images', { generation_id: draft.id });
    const refused = await attach();
    expect([refused.status, refused.body.error]).toEqual([409, expect.stringMatching(/very picture/)]);
    await restore(stage.gm, image.id);
    expect((await attach()).status).toBe(201);
  });

  test('another picture of the same words is not touched', async () => {
    const wish = { ...SCENE, scene: 'a gate of glass' };
    const [image, other] = [await makePicture(stage.elina, 4, wish), await makePicture(stage.elina, 4, wish)];
    await takeDown(stage.gm, image.id);
    for (const seed of ['same', 'new', 9]) expect((await again(other.id, { seed })).status).toBe(202);
    const { seed } = image.generation_params as { seed: number };
    expect((await again(other.id, { seed })).status).toBe(409);
  });

  test('deleted, it is still known', async () => {
    const wish = { ...SCENE, scene: 'a gate of bones', seed: 11 };
    const image = await makePicture(stage.elina, ELINAS_POST, wish);
    await takeDown(stage.gm, image.id);
    await stage.elina.delete(`/post-images/${image.id}`);
    expect((await ask(wish)).status).toBe(409);
  });
});

describe('while the same is being made', () => {
  test('it ends without a picture', async () => {
    const image = await makePicture(stage.elina, ELINAS_POST, { ...SCENE, scene: 'a tower' });
    const asked = await meanwhile(
      () => again(image.id, { seed: 'same' }),
      () => takeDown(stage.gm, image.id),
    );
    await expectRefused(asked);
    expect(await loads(stage, image)).toEqual([404, 404]);
  });

  test('one with another seed is another picture', async () => {
    const image = await makePicture(stage.elina, ELINAS_POST, { ...SCENE, scene: 'a bridge' });
    const asked = await meanwhile(
      () => again(image.id, { seed: 'new' }),
      () => takeDown(stage.gm, image.id),
    );
    expect((await stage.elina.finished(asked)).status).toBe('succeeded');
    expect(await loads(stage, image)).toEqual([404, 404]);
  });
});

test('the same bytes are refused, whatever they were asked for by', async () => {
  const preview = createPreviewProvider({ durationMs: 1, pollIntervalMs: 20 });
  let bytes: Promise<Buffer> | undefined;
  const download = (...wish: Parameters<typeof preview.download>) => {
    bytes ??= preview.download(...wish);
    return bytes;
  };
  const usual = stage;
  await using other = await openStage({ provider: { ...preview, download } });
  stage = other;
  try {
    const image = await makePicture(stage.elina, ELINAS_POST, { ...SCENE, scene: 'a mill' });
    expect((await finish(stage.elina, `/games/${GAME}/images`, { ...SCENE, scene: 'an inn' })).status).toBe(
      'succeeded',
    );
    await takeDown(stage.gm, image.id);
    await expectRefused((await ask({ ...SCENE, scene: 'a forge' })).body);
    await stage.elina.delete(`/post-images/${image.id}`);
    await expectRefused((await ask({ ...SCENE, scene: 'a well' })).body);
  } finally {
    stage = usual;
  }
});

describe('a reference image', () => {
  let character: Character;
  let reference: ReferenceImage;
  const scene = (more: object = {}) => ({
    mode: 'scene_with_character',
    character_ids: [character.id],
    scene: 'in a boat',
    ...more,
  });
  const strategyOf = ({ id }: Generation) =>
    JSON.parse(stage.forum.all('SELECT recipe FROM image_generations WHERE id = ?', id)[0].recipe).strategy;
  const shown = async () => (await stage.elina.get<Character>(`/characters/${character.id}`)).body;

  beforeAll(async () => {
    character = await makeCharacter(stage.elina, { usable_by: 'game' });
    reference = await makeReference(stage.elina, character.id);
  });

  test('is for game masters and admins to take down', async () => {
    for (const act of [takeDown, restore]) {
      expect((await act(stage.anonymous, reference.id, REASON, 'reference-images')).status).toBe(401);
      expect((await act(stage.elina, reference.id, {}, 'reference-images')).status).toBe(404);
      expect((await act(stage.vaino, reference.id, REASON, 'reference-images')).status).toBe(404);
      expect((await act(stage.admin, 999, REASON, 'reference-images')).status).toBe(404);
    }
  });

  test('taken down, it is not in use any more, and a scene that was being made from it ends without a picture', async () => {
    const before = await shown();
    expect(before.reference_image_url).toBe(reference.image_url);
    const made = await makePicture(stage.elina, ELINAS_POST, scene());
    const asked = await meanwhile(
      () => ask(scene()),
      async () => {
        const { status, body } = await takeDown(stage.gm, reference.id, REASON, 'reference-images');
        expect([status, body]).toMatchObject([200, { image_url: null, takedown: { complete: true } }]);
      },
    );
    expect(strategyOf(asked)).toBe('reference');
    await expectRefused(asked);
    expect(await loads(stage, reference)).toEqual([404, 404]);
    expect(placesOf(stage, reference)).toEqual(['quarantine', 'quarantine']);
    expect(await shown()).toMatchObject({ reference_image_url: null, reference_thumbnail_url: null });
    const [row] = stage.forum.all(
      'SELECT reference_image_url AS url FROM character_profiles WHERE id = ?',
      character.id,
    );
    expect(row.url).toBeNull();
    expect((await again(made.id, { seed: 'same' })).status).toBe(409);
  });

  test('its owner sees why, and cannot accept it; scenes are made by the prompt', async () => {
    const list = (await stage.elina.get<ReferenceImage[]>(`/characters/${character.id}/reference-images`)).body;
    expect(list).toMatchObject([{ id: reference.id, image_url: null, accepted: false, takedown: REASON }]);
    expect((await stage.vaino.get(`/characters/${character.id}/reference-images`)).body).toEqual([]);
    const accepted = { reference_image_id: reference.id };
    expect((await stage.elina.put(`/characters/${character.id}/reference-image`, accepted)).status).toBe(404);
    expect(strategyOf((await ask(scene({ seed: 3 }))).body)).toBe('prompt');
    expect((await ask(scene({ strategy: 'reference' }))).status).toBe(400);
  });

  test('restored, it is in use again', async () => {
    expect((await restore(stage.gm, reference.id, REASON, 'reference-images')).status).toBe(200);
    expect(await shown()).toMatchObject({
      reference_image_url: reference.image_url,
      reference_thumbnail_url: reference.thumbnail_url,
      reference_revision: 1,
    });
    const [row] = stage.forum.all(
      'SELECT reference_image_url AS url FROM character_profiles WHERE id = ?',
      character.id,
    );
    expect(row.url).toBe(reference.image_url);
    expect(await loads(stage, reference)).toEqual([200, 200]);
    expect(strategyOf((await ask(scene({ seed: 4 }))).body)).toBe('reference');
  });

  test('restored after another was accepted, it stays a candidate', async () => {
    await takeDown(stage.gm, reference.id, REASON, 'reference-images');
    const next = await makeReference(stage.elina, character.id);
    await restore(stage.gm, reference.id, REASON, 'reference-images');
    expect((await shown()).reference_image_url).toBe(next.image_url);
    const list = (await stage.elina.get<ReferenceImage[]>(`/characters/${character.id}/reference-images`)).body;
    expect(list.map(({ id, accepted }) => [id, accepted])).toEqual([
      [next.id, true],
      [reference.id, false],
    ]);
  });

  test('deleted with its character, it is gone from the quarantine, too', async () => {
    await takeDown(stage.admin, reference.id, REASON, 'reference-images');
    expect((await stage.elina.delete(`/characters/${character.id}`)).status).toBe(204);
    const root = join(stage.service.forum.folder, 'images');
    expect(placeOn(root, keyOf(reference.image_url))).toBe('gone');
    expect(placeOn(root, keyOf(reference.thumbnail_url))).toBe('gone');
  });

  test('a training learns neither from portraits nor from candidates that are down', async () => {
    const model = await makeCharacter(stage.elina);
    const candidate = await makeReference(stage.elina, model.id, false);
    await takeDown(stage.gm, candidate.id, REASON, 'reference-images');
    const refused = await stage.elina.post(`/characters/${model.id}/lora-trainings`, {
      reference_image_ids: [candidate.id],
    });
    expect([refused.status, refused.body.details?.[0]?.path]).toEqual([400, 'reference_image_ids.0']);
    expect(stage.forum.count('SELECT count(*) FROM image_lora_trainings WHERE user_id = ?', ELINA)).toBe(0);
  });
});
