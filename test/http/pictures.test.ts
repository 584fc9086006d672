// Asking for pictures: three modes and their rules, shapes, styles, looks, seeds and strategies.
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Generation, PostImage } from '../../src/contract.ts';
import { ELINA, ELINAS_POST, FOREIGN_POST, GAME, OTHER_GAME } from '../support/forum-file.ts';
import { finish, makeCharacter, makePicture, makeReference, openStage, SCENE, type Stage } from './stage.ts';

let stage: Stage;
let aino: number;
beforeAll(async () => {
  stage = await openStage();
  aino = (await makeCharacter(stage.elina, { style: 'anime', negative_prompt: 'hat' })).id;
});
afterAll(() => stage.close());

const ask = (body: object, path = `/posts/${ELINAS_POST}/images`) => stage.elina.post(path, body);
/** The recipe of a picture made now. */
const recipeOf = async (body: object) => (await makePicture(stage.elina, ELINAS_POST, body)).generation_params as never;

describe('modes', () => {
  test.each([
    ['character', { mode: 'character' }, /^red braid, green eyes, character portrait, solo, anime style/],
    [
      'character with a scene',
      { mode: 'character', scene: 'smiling' },
      /^red braid, green eyes, character portrait, solo, smiling, anime/,
    ],
    [
      'scene with a character',
      { mode: 'scene_with_character', scene: 'by a fire' },
      /^red braid, green eyes, by a fire/,
    ],
  ])('%s: the prompt begins with who it is', async (_, body, pattern) => {
    const image = await makePicture(stage.elina, ELINAS_POST, { ...body, character_ids: [aino] });
    expect(image.prompt).toMatch(pattern);
    expect(image).toMatchObject({ character_profile_id: aino, character_ids: [aino], ai_generated: true });
    expect(image.negative_prompt).toContain('hat');
  });

  test('a scene without characters', async () => {
    const asked = await ask({ ...SCENE, scene: 'tyhjä tori illalla' });
    expect(asked.status).toBe(202);
    expect(asked.headers.get('location')).toBe(`/api/generations/${asked.body.id}`);
    expect(asked.body).toMatchObject({ kind: 'post', mode: 'scene', post_id: ELINAS_POST, game_id: GAME });
    expect(asked.body).toMatchObject({ status: 'queued', progress: 0, cost: { credits: 1, charged: false } });
    const { post_image_id } = await stage.elina.finished(asked.body);
    const { body } = await stage.elina.get<PostImage>(`/post-images/${post_image_id}`);
    expect(body).toMatchObject({ post_id: ELINAS_POST, character_profile_id: null, alt_text: 'tyhjä tori illalla' });
  });

  test('several characters: the first one leads', async () => {
    const second = await makeCharacter(stage.elina, { name: 'Ilmari', base_description: 'black beard' });
    const image = await makePicture(stage.elina, ELINAS_POST, {
      mode: 'scene_with_character',
      character_ids: [second.id, aino],
      scene: 'at the forge',
    });
    expect(image).toMatchObject({ character_profile_id: second.id, character_ids: [second.id, aino] });
    expect(image.prompt).toMatch(/^black beard, red braid/);
    expect(image.alt_text).toBe('Ilmari, Aino: at the forge');
    expect(image.generation_params).toMatchObject({ seed: second.reference_seed });
  });

  test.each([
    ['character_ids', { mode: 'character' }],
    ['character_ids', { mode: 'scene_with_character', scene: 'x', character_ids: [] }],
    ['character_ids', { mode: 'scene', scene: 'x', character_ids: [1] }],
    ['character_ids', { mode: 'character', character_ids: [1, 1] }],
    ['character_ids', { mode: 'character', character_ids: [1, 2, 3, 4, 5] }],
    ['character_ids.0', { mode: 'character', character_ids: [999] }],
    ['character_ids.0', { mode: 'character', character_ids: ['1'] }],
    ['scene', { mode: 'scene' }],
    ['scene', { mode: 'scene', scene: '  ' }],
    ['scene', { mode: 'scene', scene: 'x'.repeat(1001) }],
    ['mode', { scene: 'x' }],
    ['mode', { mode: 'landscape', scene: 'x' }],
    ['aspect_ratio', { ...SCENE, aspect_ratio: '4:5' }],
    ['style', { ...SCENE, style: 'cubism' }],
    ['style', { ...SCENE, style: '' }],
    ['seed', { ...SCENE, seed: -1 }],
    ['seed', { ...SCENE, seed: 2 ** 32 }],
    ['seed', { ...SCENE, seed: 'same' }],
    ['negative_prompt', { ...SCENE, negative_prompt: 'x'.repeat(501) }],
    ['strategy', { ...SCENE, strategy: 'reference' }],
    ['strategy', { ...SCENE, strategy: 'lora' }],
    ['strategy', { ...SCENE, strategy: 'identity' }],
    ['look', { ...SCENE, look: 'Juhla' }],
    ['width', { ...SCENE, width: 4096 }],
    ['mode', { mode: 'scene', generation_id: 'x' }],
    ['__proto__', JSON.parse('{"mode":"scene","scene":"x","__proto__":{"admin":true}}')],
  ])('refuse a faulty %s: %j', async (path, body) => {
    const before = stage.forum.count('SELECT count(*) FROM image_generations');
    const refused = await ask(body);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
    expect(refused.body.details.map((detail: { path: string }) => detail.path)).toContain(path);
    expect(stage.forum.count('SELECT count(*) FROM image_generations')).toBe(before);
  });

  test('a character of another game is no character of this one', async () => {
    const stranger = await makeCharacter(stage.elina, {}, OTHER_GAME);
    const { status, body } = await ask({ mode: 'character', character_ids: [stranger.id] });
    expect([status, body.details[0].path]).toEqual([400, 'character_ids.0']);
  });
});

test.each([
  ['1:1', 1024, 1024],
  ['2:3', 832, 1216],
  ['3:2', 1216, 832],
  ['3:4', 896, 1152],
  ['4:3', 1152, 896],
  ['9:16', 768, 1344],
  ['16:9', 1344, 768],
])('%s is stored as a WebP of %i × %i with a thumbnail of 320', async (aspect_ratio, width, height) => {
  const image = await makePicture(stage.elina, ELINAS_POST, { ...SCENE, aspect_ratio });
  expect(image).toMatchObject({ width, height });
  const metadataOf = async (url: string | null) => {
    const response = await fetch(stage.service.origin + url);
    return sharp(Buffer.from(await response.arrayBuffer())).metadata();
  };
  expect(await metadataOf(image.image_url)).toMatchObject({ format: 'webp', width, height });
  const thumbnail = await metadataOf(image.thumbnail_url);
  expect([thumbnail.format, Math.max(thumbnail.width, thumbnail.height)]).toEqual(['webp', 320]);
});

test('a portrait stands and a scene lies when no shape was asked for', async () => {
  expect(await recipeOf({ mode: 'character', character_ids: [aino] })).toMatchObject({ width: 832, height: 1216 });
  expect(await recipeOf(SCENE)).toMatchObject({ width: 1216, height: 832 });
});

describe('what the recipe is made of', () => {
  test('the style of the request, else of the character, else the default', async () => {
    const portrait = { mode: 'character', character_ids: [aino] };
    expect(await recipeOf({ ...portrait, style: 'comic' })).toMatchObject({ style: 'comic' });
    expect(await recipeOf(portrait)).toMatchObject({ style: 'anime' });
    expect(await recipeOf(SCENE)).toMatchObject({ style: 'fantasy-art' });
  });

  test('a look of the first character', async () => {
    await stage.elina.put(`/characters/${aino}/looks`, { name: 'Juhla', description: 'a blue silk dress' });
    const recipe = await recipeOf({ mode: 'character', character_ids: [aino], look: 'Juhla' });
    expect(recipe).toMatchObject({ look: 'Juhla', prompt: expect.stringContaining('wearing a blue silk dress') });
    expect((await ask({ mode: 'character', character_ids: [aino], look: 'Arki' })).status).toBe(400);
  });

  test("the seed of the request, else the character's own", async () => {
    const { body } = await stage.elina.get(`/characters/${aino}`);
    const portrait = { mode: 'character', character_ids: [aino] };
    expect(await recipeOf(portrait)).toMatchObject({ seed: body.reference_seed });
    expect(await recipeOf({ ...portrait, seed: 0 })).toMatchObject({ seed: 0 });
    expect(await recipeOf({ ...SCENE, seed: 4294967295 })).toMatchObject({ seed: 4294967295 });
  });

  test('the strategy: LoRA before reference before the prompt alone, unless asked for', async () => {
    const { id } = await makeCharacter(stage.elina);
    const portrait = { mode: 'character', character_ids: [id] };
    expect(await recipeOf(portrait)).toMatchObject({ strategy: 'prompt', reference_image_id: null, lora: null });
    const reference = await makeReference(stage.elina, id);
    expect(await recipeOf(portrait)).toMatchObject({ strategy: 'reference', reference_image_id: reference.id });
    expect(await recipeOf({ ...portrait, strategy: 'prompt' })).toMatchObject({ strategy: 'prompt' });
    expect((await ask({ ...portrait, strategy: 'lora' })).body.details[0].path).toBe('strategy');
    const lora = { weights: 'https://replicate.delivery/x/trained_model.tar', scale: 0.5, trigger: 'AINO' };
    await stage.elina.patch(`/characters/${id}`, { lora });
    const recipe = await recipeOf(portrait);
    // The address of the weights is for those only who may edit the character.
    expect(recipe).toMatchObject({ strategy: 'lora', lora: { scale: 0.5, trigger: 'AINO' }, reference_image_id: null });
    expect(JSON.stringify(recipe)).not.toContain('trained_model');
    expect((recipe as { prompt: string }).prompt).toContain('a photo of AINO, red braid');
    expect(await recipeOf({ ...portrait, strategy: 'reference' })).toMatchObject({ strategy: 'reference', lora: null });
  });
});

describe('a draft', () => {
  test('is made without a post, attached once by its maker, and then stands in the post', async () => {
    const draft = await finish(stage.elina, `/games/${GAME}/images`, { mode: 'character', character_ids: [aino] });
    expect(draft).toMatchObject({ kind: 'draft', status: 'succeeded', post_id: null, post_image_id: null });
    expect(draft.image_url).toMatch(/\.webp$/);
    const attach = { generation_id: draft.id };
    expect((await ask(attach, `/posts/${FOREIGN_POST}/images`)).status).toBe(403);
    expect((await stage.admin.post(`/posts/${ELINAS_POST}/images`, attach)).status).toBe(404);
    const { status, headers, body } = await ask(attach);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/api/post-images/${body.id}`);
    expect(body).toMatchObject({ post_id: ELINAS_POST, image_url: draft.image_url, character_profile_id: aino });
    expect((await ask(attach)).body.code).toBe('conflict');
    expect((await ask(attach, '/posts/4/images')).status).toBe(409);
    const after = await stage.elina.get<Generation>(`/generations/${draft.id}`);
    expect(after.body).toMatchObject({ post_id: ELINAS_POST, post_image_id: body.id, image_url: draft.image_url });
  });

  test('attached ten times at once is in the post once, and was paid once', async () => {
    const available = async () => (await stage.elina.get('/image-credits')).body.available;
    const before = await available();
    const draft = await finish(stage.elina, `/games/${GAME}/images`, SCENE);
    const posts = Array.from({ length: 10 }, (_, index) => (index % 2 ? '/posts/4/images' : '/posts/1/images'));
    const replies = await Promise.all(posts.map((path) => ask({ generation_id: draft.id }, path)));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([201, ...Array(9).fill(409)]);
    const sql = 'SELECT count(*) FROM image_post_details WHERE generation_id = ?';
    expect(stage.forum.count(sql, draft.id)).toBe(1);
    expect(await available()).toBe(before - 1);
  });

  test('cannot be attached when it failed, is of another game, or never was a draft', async () => {
    const failed = await finish(stage.elina, `/games/${GAME}/images`, { ...SCENE, scene: '__fail__' });
    expect((await ask({ generation_id: failed.id })).status).toBe(409);
    const elsewhere = await finish(stage.elina, `/games/${OTHER_GAME}/images`, SCENE);
    expect((await ask({ generation_id: elsewhere.id })).status).toBe(409);
    const [post] = stage.forum.all("SELECT id FROM image_generations WHERE kind = 'post' AND user_id = ?", ELINA);
    expect((await ask({ generation_id: post.id })).status).toBe(409);
    expect((await ask({ generation_id: 'nothing' })).status).toBe(404);
    expect((await ask({ generation_id: '' })).status).toBe(400);
  });
});
