// The strategy identity from the request to the picture: the accepted reference goes to the configured model as it is, the recipe
// says which model that was, and a model that would refuse what we send ends the start.
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import type { Generation, PostImage } from '../../src/contract.ts';
import { CATALOGUE } from '../../src/providers/catalogue.ts';
import { makeCharacter, makeReference, openStage, type Stage } from '../http/stage.ts';
import { createForumFile, ELINAS_POST, type ForumFile, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { faults, ReplicateDouble } from '../support/replicate-double.ts';

const INSTANT_ID = 'zsxkib/instant-id';
const PHOTOMAKER = 'tencentarc/photomaker';
const KONTEXT = 'black-forest-labs/flux-kontext-pro';
const idOf = (name: string) => [name, CATALOGUE[name]?.version].filter(Boolean).join(':');

let double: ReplicateDouble;
let forumFile: ForumFile;
beforeEach(async () => {
  double = await ReplicateDouble.start({ latencyMs: 0 });
  forumFile = createForumFile();
});
afterEach(async () => {
  await double.close();
  forumFile.remove();
});

const open = (model?: string) => {
  const identity = model && { IDENTITY_MODEL: model, IDENTITY_MODEL_PRICE: '0.002/second' };
  return openStage({ forumFile, env: { ...replicateSettings(double), ...identity } });
};

async function makeAino({ elina }: Stage) {
  const { id } = await makeCharacter(elina, { name: 'Aino', base_description: 'a young woman, red braid' });
  return { id, reference: await makeReference(elina, id) };
}

const SCENE = { mode: 'scene_with_character', scene: 'on a pier', strategy: 'identity' };

async function picture(
  { elina }: Stage,
  body: object,
): Promise<{ ended: Generation; image: PostImage; recipe: Recipe }> {
  const { body: asked, status } = await elina.post<Generation>(`/posts/${ELINAS_POST}/images`, body);
  expect(status).toBe(202);
  const ended = await elina.finished(asked);
  expect(ended).toMatchObject({ status: 'succeeded', error: null });
  return { ended, ...(await shown(elina, ended)) };
}

async function shown(elina: Stage['elina'], { post_image_id }: Generation) {
  const { body: image } = await elina.get<PostImage>(`/post-images/${post_image_id}`);
  return { image, recipe: image.generation_params as Recipe };
}

interface Recipe {
  model: string;
  prompt: string;
  seed: number;
  reference_image_id: number | null;
  identity: { strength: number | null } | null;
  lora: unknown;
}

const created = () => double.requests.filter(({ call }) => call === 'create').map(({ path, body }) => ({ path, body }));
const lastInput = () => double.bill.at(-1)?.input ?? {};

describe.each([
  [INSTANT_ID, 'image', 0.002 * 3.804328],
  [PHOTOMAKER, 'input_image', 0.002 * 3.804328],
  ['chigozienri/ip_adapter-sdxl', 'image', 0.002 * 3.804328],
  ['bytedance/flux-pulid', 'main_face_image', 0.002 * 3.804328],
  [KONTEXT, 'input_image', 0.002 * 3.804328],
])('%s', (name, field, usd) => {
  test('gets the reference as it is, and is what the recipe names and the books say', async () => {
    await using stage = await open(name);
    const { id, reference } = await makeAino(stage);
    const { ended, recipe } = await picture(stage, { ...SCENE, character_ids: [id] });
    expect(double.bill.map(({ model }) => model)).toEqual(['stability-ai/sdxl', name]);
    const [, base64 = ''] = /^data:image\/jpeg;base64,(.+)$/.exec(String(lastInput()[field])) ?? [];
    expect(base64.length).toBeLessThan(256 * 1024 - 100);
    const sent = await sharp(Buffer.from(base64, 'base64')).metadata();
    expect([sent.width, sent.height]).toEqual([reference.width, reference.height]);
    expect(recipe).toMatchObject({
      model: idOf(name),
      strategy: 'identity',
      reference_image_id: reference.id,
      lora: null,
    });
    expect(lastInput()).toMatchObject({ prompt: recipe.prompt, seed: recipe.seed });
    const [row] = stage.forum.all('SELECT cost_usd, predict_seconds FROM image_generations WHERE id = ?', ended.id);
    expect(row).toEqual({ cost_usd: expect.closeTo(usd, 10), predict_seconds: 3.804328 });
  });
});

test('an official model is paid by the picture, as the catalogue says', async () => {
  await using stage = await openStage({
    forumFile,
    env: { ...replicateSettings(double), IDENTITY_MODEL: KONTEXT },
  });
  const { id } = await makeAino(stage);
  const { ended } = await picture(stage, { ...SCENE, character_ids: [id] });
  expect(created().at(-1)?.path).toBe(`/v1/models/${KONTEXT}/predictions`);
  const [row] = stage.forum.all('SELECT cost_usd, model_version FROM image_generations WHERE id = ?', ended.id);
  expect(row).toEqual({ cost_usd: 0.04, model_version: 'hidden' });
});

test('an answer that was lost on the way is found, and nothing is paid twice', async () => {
  await using stage = await open(KONTEXT);
  const { id } = await makeAino(stage);
  double.next('create', faults.reset('after'));
  await picture(stage, { ...SCENE, character_ids: [id] });
  expect(double.bill).toHaveLength(2);
});

test('a word that stands for the image is said once, and seeds are those that the model has', async () => {
  await using stage = await open(PHOTOMAKER);
  const { id } = await makeAino(stage);
  const scene = 'an img, an IMG and an imgur page';
  const body = { ...SCENE, scene, character_ids: [id], seed: 2 ** 32 - 1 };
  expect((await stage.elina.post(`/games/${GAME}/prompt-preview`, body)).body.seed).toBe(2 ** 31 - 1);
  const { recipe } = await picture(stage, body);
  expect(recipe.prompt).toMatch(
    /^a photo of a woman img, a young woman, red braid, an image, an image and an imgur page/,
  );
  expect(recipe.seed).toBe(2 ** 31 - 1);
  expect(lastInput()).toMatchObject({ prompt: recipe.prompt, seed: 2 ** 31 - 1, num_steps: 20 });
  const candidates = { strategy: 'identity', count: 2, seed: 2 ** 31 - 1 };
  const { body: asked } = await stage.elina.post<Generation[]>(`/characters/${id}/reference-images`, candidates);
  for (const one of asked) expect((await stage.elina.finished(one)).status).toBe('succeeded');
  expect(
    double.bill
      .slice(-2)
      .map(({ input }) => input.seed)
      .sort(),
  ).toEqual([0, 2 ** 31 - 1]);
});

describe('made again', () => {
  const again = async (stage: Stage, image: PostImage, body: object = {}) => {
    const { body: asked } = await stage.elina.post<Generation>(`/post-images/${image.id}/regenerate`, body);
    expect((await stage.elina.finished(asked)).status).toBe('succeeded');
    return double.bill.at(-1);
  };

  test('it is the same request but for the seed', async () => {
    await using stage = await open(INSTANT_ID);
    const { id } = await makeAino(stage);
    const { image } = await picture(stage, { ...SCENE, character_ids: [id], seed: 5 });
    const first = double.bill.at(-1);
    expect((await again(stage, image, { seed: 'same' }))?.input).toEqual(first?.input);
    expect(await again(stage, image, { seed: 6 })).toMatchObject({
      model: INSTANT_ID,
      input: { ...first?.input, seed: 6 },
    });
    expect((await again(stage, image, { scene: 'in a wood' }))?.model).toBe(INSTANT_ID);
  });

  test('by another model it is composed anew, and by none it is refused', async () => {
    const before = await open(INSTANT_ID);
    const { id } = await makeAino(before);
    const { image } = await picture(before, { ...SCENE, character_ids: [id], seed: 5 });
    before.forum.close();
    await before.service.stop();
    const without = await open();
    const refused = await without.elina.post(`/post-images/${image.id}/regenerate`, {});
    expect([refused.status, refused.body.details?.[0]?.path]).toEqual([400, 'strategy']);
    without.forum.close();
    await without.service.stop();
    await using stage = await open(PHOTOMAKER);
    expect(await again(stage, image, { seed: 'same' })).toMatchObject({
      model: PHOTOMAKER,
      input: { prompt: expect.stringMatching(/^a photo of a woman img, /), num_steps: 20, seed: 5 },
    });
  });
});

describe('refused', () => {
  test('where no model is configured', async () => {
    await using stage = await open();
    const { id } = await makeAino(stage);
    const refused = await stage.elina.post(`/games/${GAME}/images`, { ...SCENE, character_ids: [id] });
    expect([refused.status, refused.body.details]).toEqual([
      400,
      [{ path: 'strategy', message: 'no identity model is configured here' }],
    ]);
    expect(double.bill).toHaveLength(1);
  });

  test('for a character without a reference', async () => {
    await using stage = await open(KONTEXT);
    const { id } = await makeCharacter(stage.elina);
    const refused = await stage.elina.post(`/games/${GAME}/images`, { ...SCENE, character_ids: [id] });
    expect([refused.status, refused.body.details?.[0]?.path]).toEqual([400, 'strategy']);
  });
});

test('left out, the strategy is never identity', async () => {
  await using stage = await open(KONTEXT);
  const { id } = await makeAino(stage);
  await picture(stage, { ...SCENE, strategy: undefined, character_ids: [id] });
  expect(double.bill.map(({ model }) => model)).toEqual(['stability-ai/sdxl', 'stability-ai/sdxl']);
  expect(lastInput()).toHaveProperty('prompt_strength');
});

test.each([
  [KONTEXT, 'negative_prompt_unused'],
  [INSTANT_ID, 'aspect_ratio_unused'],
])('who asks for what %s has no lever for is told', async (model, code) => {
  await using stage = await open(model);
  const { id } = await makeAino(stage);
  const body = { ...SCENE, character_ids: [id], negative_prompt: 'hats', aspect_ratio: '1:1' };
  const { body: preview } = await stage.elina.post(`/games/${GAME}/prompt-preview`, body);
  expect(preview.warnings.map((warning: { code: string }) => warning.code)).toEqual([code]);
});

describe('at start', () => {
  test('a wrong entry ends it, with its name, the field and the difference', async () => {
    delete double.published.get(INSTANT_ID)?.fields.ip_adapter_scale;
    const error = await open(INSTANT_ID).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toContain(
      `IDENTITY_MODEL: ${idOf(INSTANT_ID)} is not as the catalogue says: ip_adapter_scale (identity_strength) is not among its inputs`,
    );
  });

  test('an outage does not, and whether it is ready is asked again later', async () => {
    double.next('version', faults.serverError(503));
    delete double.published.get(INSTANT_ID)?.fields.ip_adapter_scale;
    await using stage = await open(INSTANT_ID);
    const { status, body } = await stage.anonymous.get('/image-readyz');
    expect([status, body.checks.provider]).toEqual([503, 'failing']);
  });

  test('nor does nobody there', async () => {
    await double.close();
    await using stage = await open(KONTEXT);
    expect((await stage.anonymous.get('/image-healthz')).status).toBe(200);
  });
});
