// Doors to reference images: candidates are asked for, compared and accepted, and none is ever lost.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character, Generation, ReferenceImage } from '../../src/contract.ts';
import { createHeldProvider, finish, makeCharacter, makeReference, openStage, type Stage } from '../http/stage.ts';
import { GAME } from '../support/forum-file.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const candidatesOf = async (id: number, who = stage.elina) =>
  (await who.get<ReferenceImage[]>(`/characters/${id}/reference-images`)).body;

describe('asking for candidates', () => {
  test('answers with one generation, or with an array when count is above 1', async () => {
    const { id } = await makeCharacter(stage.elina);
    const path = `/characters/${id}/reference-images`;
    const one = await stage.elina.post<Generation>(path, {});
    expect(one.status).toBe(202);
    expect(one.headers.get('location')).toBe(`/api/generations/${one.body.id}`);
    expect(one.body).toMatchObject({ kind: 'reference', mode: 'character', character_ids: [id], game_id: GAME });
    expect((await stage.elina.post<Generation>(path, { count: 1 })).body.id).toEqual(expect.any(String));
    const three = await stage.elina.post<Generation[]>(path, { count: 3 });
    expect(new Set(three.body.map((generation) => generation.id)).size).toBe(3);
    for (const generation of [one.body, ...three.body]) {
      expect((await stage.elina.finished(generation)).status).toBe('succeeded');
    }
  });

  test.each([
    ['count', { count: 0 }],
    ['count', { count: 5 }],
    ['count', { count: 2.5 }],
    ['seed', { seed: 2 ** 32 }],
    ['aspect_ratio', { aspect_ratio: '5:4' }],
    ['strategy', { strategy: 'magic' }],
    ['strategy', { strategy: 'lora' }],
    ['strategy', { strategy: 'reference' }],
    ['strategy', { strategy: 'identity' }],
    ['scene', { scene: 'in a wood' }],
  ])('refuses a faulty %s', async (path, body) => {
    const { id } = await makeCharacter(stage.elina);
    const refused = await stage.elina.post(`/characters/${id}/reference-images`, body);
    expect([refused.status, refused.body.details?.[0]?.path]).toEqual([400, path]);
  });

  test('uses the seed that was asked for, the next ones for more, and each picture its own otherwise', async () => {
    const { id } = await makeCharacter(stage.elina);
    const path = `/characters/${id}/reference-images`;
    const asked = await stage.elina.post<Generation[]>(path, { count: 2, seed: 4294967295, aspect_ratio: '1:1' });
    for (const generation of asked.body) await stage.elina.finished(generation);
    const seeds = (await candidatesOf(id)).map(({ seed }) => seed);
    expect(seeds.toSorted()).toEqual([0, 4294967295]);
    expect((await candidatesOf(id))[0]).toMatchObject({ width: 1024, height: 1024, accepted: false, revision: null });
    await makeReference(stage.elina, id, false);
    await makeReference(stage.elina, id, false);
    expect(new Set((await candidatesOf(id)).map(({ seed }) => seed)).size).toBe(4);
  });
});

test('candidates are listed newest first', async () => {
  const { id } = await makeCharacter(stage.elina);
  const made = [
    await makeReference(stage.elina, id, false),
    await makeReference(stage.elina, id, false),
    await makeReference(stage.elina, id, false),
  ];
  expect((await candidatesOf(id)).map((candidate) => candidate.id)).toEqual(made.map((each) => each.id).toReversed());
});

describe('accepting', () => {
  const accept = (id: number, reference_image_id: unknown, who = stage.elina) =>
    who.put<Character>(`/characters/${id}/reference-image`, { reference_image_id });

  test('sets url, seed and revision; a second one is the next, and going back keeps the first number', async () => {
    const { id } = await makeCharacter(stage.elina);
    const first = await makeReference(stage.elina, id, false);
    const second = await makeReference(stage.elina, id, false);
    const chosen = { reference_image_url: first.image_url, reference_thumbnail_url: first.thumbnail_url };
    expect((await accept(id, first.id)).body).toMatchObject({ ...chosen, reference_seed: first.seed });
    expect((await accept(id, first.id)).body).toMatchObject({ reference_revision: 1 });
    expect((await accept(id, second.id)).body).toMatchObject({ reference_revision: 2, reference_seed: second.seed });
    expect((await accept(id, first.id)).body).toMatchObject({ ...chosen, reference_revision: 1 });
    expect(await candidatesOf(id)).toMatchObject([
      { id: second.id, accepted: false, revision: 2 },
      { id: first.id, accepted: true, revision: 1 },
    ]);
  });

  test('shows others the accepted one only', async () => {
    const { id } = await makeCharacter(stage.elina);
    await makeReference(stage.elina, id, false);
    const accepted = await makeReference(stage.elina, id);
    await makeReference(stage.elina, id, false);
    expect((await candidatesOf(id, stage.vaino)).map((each) => each.id)).toEqual([accepted.id]);
    expect(await candidatesOf(id, stage.gm)).toHaveLength(1);
    expect(await candidatesOf(id, stage.admin)).toHaveLength(3);
  });

  test('is for the owner, and of a candidate of this character', async () => {
    const { id } = await makeCharacter(stage.elina);
    const other = await makeCharacter(stage.elina);
    const candidate = await makeReference(stage.elina, other.id, false);
    expect((await accept(id, candidate.id)).status).toBe(404);
    expect((await accept(id, 999_999)).status).toBe(404);
    expect((await accept(id, '1')).status).toBe(400);
    expect((await accept(other.id, candidate.id, stage.vaino)).status).toBe(403);
    expect((await stage.elina.get<Character>(`/characters/${id}`)).body.reference_revision).toBe(0);
  });

  test('makes later pictures start from it, by its seed', async () => {
    const { id } = await makeCharacter(stage.elina);
    const reference = await makeReference(stage.elina, id);
    await finish(stage.elina, `/games/${GAME}/images`, { mode: 'character', character_ids: [id] });
    const [row] = stage.forum.all("SELECT recipe FROM image_generations WHERE kind = 'draft'");
    expect(JSON.parse(row.recipe)).toMatchObject({
      strategy: 'reference',
      seed: reference.seed,
      reference_image_id: reference.id,
      reference_revision: 1,
    });
  });
});

test('a character that is deleted while its candidate is being made leaves nothing behind', async () => {
  const held = createHeldProvider();
  await using quiet = await openStage({ provider: held.provider });
  const { id } = await makeCharacter(quiet.elina);
  const asked = await quiet.elina.post<Generation>(`/characters/${id}/reference-images`, {});
  expect((await quiet.elina.delete(`/characters/${id}`)).status).toBe(204);
  held.release();
  const ended = await quiet.elina.finished(asked.body);
  expect(ended.reference_image_id).toBeNull();
  const [file] = quiet.forum.all('SELECT deleted_at FROM image_files');
  expect(file?.deleted_at ?? 'gone').toEqual(expect.any(String));
  expect(quiet.forum.count('SELECT count(*) FROM image_reference_images')).toBe(0);
});
