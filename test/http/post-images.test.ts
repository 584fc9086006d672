// Pictures in posts: read one by one and in batches, made again, deleted, reported, and who is shown how they were made.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Generation, PostImage } from '../../src/contract.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { newPictureKeys } from '../../src/storage/keys.ts';
import { StorageError } from '../../src/storage/storage.ts';
import { ELINAS_POST, FOREIGN_POST, GAME, VAINOS_POST } from '../support/forum-file.ts';
import { makeCharacter, makePicture, makeReference, openStage, type Role, SCENE, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

describe('reading', () => {
  test('a post answers with a bare array in the order they were made, a batch with one for each post', async () => {
    const first = await makePicture(stage.elina, ELINAS_POST);
    const second = await makePicture(stage.elina, ELINAS_POST);
    const foreign = await makePicture(stage.vaino, FOREIGN_POST);
    const { status, body } = await stage.vaino.get<PostImage[]>(`/posts/${ELINAS_POST}/images`);
    expect(status).toBe(200);
    expect(body.map(({ id }) => id)).toEqual([first.id, second.id]);
    const batch = await stage.vaino.get(`/post-images?post_ids=1,${VAINOS_POST},${FOREIGN_POST},999,1`);
    expect(batch.body).toEqual({ 1: body, 2: [], 7: [foreign], 999: [] });
  });

  test('a post without pictures is an empty array, one that is not there is 404', async () => {
    expect((await stage.elina.get(`/posts/${VAINOS_POST}/images`)).body).toEqual([]);
    expect((await stage.elina.get('/posts/999/images')).status).toBe(404);
    expect((await stage.elina.get('/post-images/999')).status).toBe(404);
  });

  test.each(['', '?post_ids=', '?post_ids=1,x', '?post_ids=1,,2', '?post_ids=0', '?post_ids=1&post_ids=2'])(
    'a batch of %s is refused',
    async (query) => expect((await stage.elina.get(`/post-images${query}`)).status).toBe(400),
  );

  test('a batch holds up to 100 posts', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => index + 1);
    expect((await stage.elina.get(`/post-images?post_ids=${ids}`)).status).toBe(200);
    expect((await stage.elina.get(`/post-images?post_ids=${ids},101`)).status).toBe(400);
  });
});

describe('the recipe', () => {
  test.each<[Role, boolean]>([
    ['elina', true],
    ['vaino', false],
    ['gm', true],
    ['admin', true],
  ])('%s sees it: %s', async (role, whole) => {
    const { id } = await makeCharacter(stage.elina, { base_description: 'a secret birthmark' });
    const made = await makePicture(stage.elina, ELINAS_POST, {
      mode: 'scene_with_character',
      character_ids: [id],
      scene: 'at the well',
    });
    const [shown] = (await stage[role].get(`/post-images?post_ids=${ELINAS_POST}`)).body[ELINAS_POST].slice(-1);
    const { body } = await stage[role].get<PostImage>(`/post-images/${made.id}`);
    expect(shown).toEqual(body);
    if (whole) {
      expect(body.prompt).toContain('a secret birthmark, at the well');
      expect(body.generation_params).toMatchObject({
        seed: expect.any(Number),
        model: 'preview:1',
        strategy: 'prompt',
      });
      return;
    }
    expect(body).toMatchObject({ prompt: 'at the well', negative_prompt: null, generation_params: null });
    expect(JSON.stringify(body)).not.toContain('birthmark');
  });
});

describe('making again', () => {
  let picture: PostImage;
  let seed: number;
  beforeAll(async () => {
    const { id } = await makeCharacter(stage.elina);
    picture = await makePicture(stage.elina, ELINAS_POST, {
      mode: 'scene_with_character',
      character_ids: [id],
      scene: 'in a boat',
      style: 'comic',
      aspect_ratio: '16:9',
    });
    seed = recipe(picture).seed;
  });
  const recipe = (image: PostImage) => image.generation_params as { seed: number } & Record<string, unknown>;
  const again = (body: object, id = picture.id) => stage.elina.post<Generation>(`/post-images/${id}/regenerate`, body);
  const recipeOfDraft = async (body: object) => {
    const asked = await again(body);
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({ kind: 'draft', post_id: null, game_id: GAME });
    const [row] = stage.forum.all('SELECT recipe FROM image_generations WHERE id = ?', asked.body.id);
    return JSON.parse(row.recipe);
  };

  test('keeps the recipe but for the seed', async () => {
    const { seed: _, model_version: __, ...kept } = recipe(picture);
    const made = await recipeOfDraft({});
    expect(made).toMatchObject(kept);
    expect(made.seed).not.toBe(seed);
    expect((await recipeOfDraft({ seed: 'new' })).seed).not.toBe(seed);
    expect((await recipeOfDraft({ seed: 'same' })).seed).toBe(seed);
    expect((await recipeOfDraft({ seed: 12 })).seed).toBe(12);
  });

  test('takes changes and composes anew', async () => {
    const made = await recipeOfDraft({ seed: 'same', scene: 'on an island', style: 'anime' });
    expect(made).toMatchObject({ seed, scene: 'on an island', style: 'anime', aspect_ratio: '16:9' });
    expect(made.prompt).toMatch(/^red braid, green eyes, on an island, anime style/);
  });

  test.each([
    ['seed', { seed: 'other' }],
    ['seed', { seed: -1 }],
    ['mode', { mode: 'scene' }],
    ['character_ids', { character_ids: [] }],
    ['width', { width: 64 }],
  ])('refuses a faulty %s', async (path, body) => {
    const refused = await stage.elina.post(`/post-images/${picture.id}/regenerate`, body);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
    const paths = refused.body.details.map((detail: { path: string }) => detail.path);
    expect(paths).toContain(path);
  });

  test('holds the rules of the modes: a scene neither gets characters nor loses its text', async () => {
    const scene = await makePicture(stage.elina, ELINAS_POST);
    const [character] = picture.character_ids;
    expect((await again({ character_ids: [character] }, scene.id)).status).toBe(400);
    expect((await again({ scene: '' }, scene.id)).status).toBe(400);
  });

  test('is for those who may see the recipe', async () => {
    const path = `/post-images/${picture.id}/regenerate`;
    expect((await stage.vaino.post(path, {})).status).toBe(403);
    expect((await stage.gm.post(path, {})).status).toBe(202);
  });

  test('says so when the reference it was made from is gone', async () => {
    const { id } = await makeCharacter(stage.elina);
    await makeReference(stage.elina, id);
    const made = await makePicture(stage.elina, ELINAS_POST, { mode: 'character', character_ids: [id] });
    await stage.elina.delete(`/characters/${id}`);
    expect((await again({}, made.id)).status).toBe(409);
  });
});

describe('deleting', () => {
  test('removes the row and both files, and cannot be repeated', async () => {
    const image = await makePicture(stage.elina, ELINAS_POST);
    const onDisk = (url: string | null) =>
      existsSync(join(stage.service.forum.folder, 'images', (url ?? '').replace('/api/image-files/', '')));
    expect([onDisk(image.image_url), onDisk(image.thumbnail_url)]).toEqual([true, true]);
    expect((await stage.elina.delete(`/post-images/${image.id}`)).status).toBe(204);
    expect([onDisk(image.image_url), onDisk(image.thumbnail_url)]).toEqual([false, false]);
    expect((await fetch(stage.service.origin + image.image_url)).status).toBe(404);
    expect((await stage.elina.get(`/post-images/${image.id}`)).status).toBe(404);
    expect((await stage.elina.delete(`/post-images/${image.id}`)).status).toBe(404);
    const rows = stage.forum.count('SELECT count(*) FROM image_post_details WHERE post_image_id = ?', image.id);
    expect(rows + stage.forum.count('SELECT count(*) FROM post_images WHERE id = ?', image.id)).toBe(0);
  });

  test.each<[Role, number]>([
    ['anonymous', 401],
    ['vaino', 403],
    ['gm', 204],
    ['admin', 204],
  ])('by %s is %i', async (role, status) => {
    const image = await makePicture(stage.elina, ELINAS_POST);
    expect((await stage[role].delete(`/post-images/${image.id}`)).status).toBe(status);
    expect((await stage.elina.get(`/post-images/${image.id}`)).status).toBe(status === 204 ? 404 : 200);
  });
});

test('a report is kept, once for each user, with the last reason', async () => {
  const image = await makePicture(stage.elina, ELINAS_POST, SCENE);
  const report = (reason: unknown) => stage.vaino.post(`/post-images/${image.id}/report`, { reason });
  expect((await report('Loukkaava')).status).toBe(204);
  expect((await report('Todella loukkaava')).status).toBe(204);
  expect((await report('')).status).toBe(400);
  expect((await report('x'.repeat(501))).status).toBe(400);
  const rows = stage.forum.all('SELECT user_id, reason FROM image_reports WHERE post_image_id = ?', image.id);
  expect(rows).toEqual([{ user_id: 2, reason: 'Todella loukkaava' }]);
  expect((await stage.vaino.post('/post-images/999/report', { reason: 'x' })).status).toBe(404);
});

test('a picture cannot be loaded while the store is away: 503, and when to come again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  const disk = createDiskStorage({ kind: 'disk', path: folder, publicBaseUrl: undefined });
  const get = () => Promise.reject(new StorageError('The picture store is away.'));
  await using broken = await openStage({ storage: { ...disk, get } });
  const { image } = newPictureKeys({ gameId: GAME, characterId: null });
  const reply = await fetch(`${broken.service.origin}/api/image-files/${image}`);
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '10']);
  expect(await reply.json()).toMatchObject({
    code: 'storage_unavailable',
    error: expect.stringContaining('picture store'),
  });
  rmSync(folder, { recursive: true });
});
