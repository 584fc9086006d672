// Previews of a prompt: they say what the real request would do, and spend and write nothing; and what requests are told of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Generation, PromptPreview, Warning } from '../../src/contract.ts';
import { ELINAS_POST, GAME, OTHER_GAME } from '../support/forum-file.ts';
import { makeCharacter, makePicture, makeReference, openStage, SCENE, type Stage } from './stage.ts';

let stage: Stage;
let aino: number;
beforeAll(async () => {
  stage = await openStage({ env: { RATE_LIMIT_PER_MINUTE: '100', MAX_ACTIVE_PER_USER: '100' } });
  aino = (await makeCharacter(stage.elina, { style: 'anime', negative_prompt: 'hat' })).id;
});
afterAll(() => stage.close());

const preview = (body: object, who = stage.elina, game = GAME) =>
  who.post<PromptPreview>(`/games/${game}/prompt-preview`, body);
const previewReference = (body: object, id = aino, who = stage.elina) =>
  who.post<PromptPreview>(`/characters/${id}/prompt-preview`, body);
const codes = (warnings: Warning[]) => warnings.map(({ code }) => code);
const LONG = Array.from({ length: 40 }, (_, at) => `stone wall number ${at}`).join(', ');

/** Everything that a request could leave behind. */
const written = () =>
  stage.forum
    .all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .map(({ name }) => [name, stage.forum.all(`SELECT * FROM "${name}"`)]);

describe('a picture', () => {
  test('is shown as the request would send it, and nothing is written or spent', async () => {
    const before = written();
    const body = { mode: 'scene_with_character', character_ids: [aino], scene: 'on a pier', negative_prompt: 'rain' };
    const shown = await preview(body);
    expect(written()).toEqual(before);
    const character = (await stage.elina.get(`/characters/${aino}`)).body;
    expect(shown).toMatchObject({
      status: 200,
      body: { limit: 75, strategy: 'prompt', seed: character.reference_seed, warnings: [], credits: 1 },
    });
    expect(shown.body.prompt).toMatch(/^red braid, green eyes, on a pier, anime style/);
    expect(shown.body.negative_prompt).toMatch(/^rain, hat, /);
    expect(shown.body.tokens).toBeGreaterThan(10);
    expect(shown.body.negative_tokens).toBeGreaterThan(10);

    const image = await makePicture(stage.elina, ELINAS_POST, body);
    const { prompt, negative_prompt, strategy, seed } = shown.body;
    expect(image.generation_params).toMatchObject({ prompt, negative_prompt, strategy, seed });
  });

  test('has a seed only where it is certain', async () => {
    expect((await preview(SCENE)).body).not.toHaveProperty('seed');
    expect((await preview({ ...SCENE, seed: 7 })).body.seed).toBe(7);
  });

  test('says the strategy that the character has come to', async () => {
    const { id } = await makeCharacter(stage.elina);
    await makeReference(stage.elina, id);
    const { body } = await preview({ mode: 'character', character_ids: [id] });
    expect(body.strategy).toBe('reference');
    const lora = { weights: 'https://replicate.delivery/x/trained_model.tar' };
    await stage.elina.patch(`/characters/${id}`, { lora });
    const trained = (await preview({ mode: 'character', character_ids: [id], scene: 'in TOKYO' })).body;
    expect(trained.strategy).toBe('lora');
    expect(trained.prompt.split('TOK')).toHaveLength(2);
  });

  test.each([
    ['anonymous', 401],
    ['vaino', 403],
    ['elina', 200],
    ['gm', 200],
  ] as const)("of somebody's own character for %s: %i, as the request itself", async (role, status) => {
    const body = { mode: 'character', character_ids: [aino] };
    expect((await preview(body, stage[role])).status).toBe(status);
    const asked = await stage[role].post(`/games/${GAME}/images`, body);
    expect(asked.status).toBe(status === 200 ? 202 : status);
  });

  test.each([
    [400, 'invalid_request', { mode: 'scene' }],
    [400, 'invalid_request', { ...SCENE, style: 'cubism' }],
    [400, 'invalid_request', { ...SCENE, width: 64 }],
    [400, 'invalid_request', { mode: 'character', character_ids: [999_999] }],
    [422, 'prompt_rejected', { ...SCENE, scene: 'hentai' }],
  ])('is refused like the request: %i %s %j', async (status, code, body) => {
    const refused = await preview(body);
    expect([refused.status, refused.body]).toMatchObject([status, { code }]);
  });

  test('of a game that is not there is not found', async () => {
    expect((await preview(SCENE, stage.elina, 999_999)).status).toBe(404);
    expect((await preview({ mode: 'character', character_ids: [aino] }, stage.elina, OTHER_GAME)).status).toBe(400);
  });

  test('what is forbidden is found also where it has no room in the prompt', async () => {
    const { id } = await makeCharacter(stage.elina, {
      base_description: `red braid, ${LONG.replaceAll('stone wall', 'red scarf')}, a child`,
    });
    const body = { mode: 'scene_with_character', character_ids: [id], scene: `naked, ${LONG}` };
    const refused = await preview(body);
    expect([refused.status, refused.body]).toMatchObject([422, { code: 'prompt_rejected' }]);
    expect((await stage.elina.post(`/games/${GAME}/images`, body)).status).toBe(422);
  });
});

describe('a candidate', () => {
  test('is alone in front of nothing, by its upper or its full body, with a price for all that are asked for', async () => {
    const { status, body } = await previewReference({ count: 4 });
    expect(status).toBe(200);
    expect(body.prompt).toMatch(
      /^red braid, green eyes, full body character portrait, solo, .*plain background, anime/,
    );
    expect(body).toMatchObject({ strategy: 'prompt', credits: 4, limit: 75, warnings: [] });
    expect(body).not.toHaveProperty('seed');
    expect((await previewReference({ aspect_ratio: '1:1' })).body.prompt).toContain('upper body character portrait');
  });

  test('is for those who may change the character', async () => {
    expect((await previewReference({}, aino, stage.vaino)).status).toBe(403);
    expect((await previewReference({}, aino, stage.anonymous)).status).toBe(401);
    expect((await previewReference({}, 999_999)).status).toBe(404);
    expect((await previewReference({ scene: 'x' })).status).toBe(400);
  });
});

describe('warnings', () => {
  const ask = async (body: object) => {
    const { status, body: generation } = await stage.elina.post<Generation>(`/games/${GAME}/images`, body);
    expect(status).toBe(202);
    return generation;
  };

  test('of a short English request there are none', async () => {
    expect((await ask(SCENE)).warnings).toEqual([]);
  });

  test('tell what is left out, at the request and whenever it is read again', async () => {
    const body = {
      mode: 'scene_with_character',
      character_ids: [aino],
      scene: `on a pier, ${LONG}`,
      negative_prompt: LONG.slice(0, 500),
    };
    const generation = await ask(body);
    expect(codes(generation.warnings)).toEqual(['prompt_shortened', 'negative_prompt_shortened']);
    expect(generation.warnings[0]?.left_out).toContain('stone wall number 39');
    expect(generation.warnings).toEqual((await preview(body)).body.warnings);
    const ended = await stage.elina.finished(generation);
    expect(ended.warnings).toEqual(generation.warnings);
    const { body: page } = await stage.elina.get('/generations');
    expect(page.items.find(({ id }: Generation) => id === generation.id).warnings).toEqual(generation.warnings);
  });

  test('say who of several characters is held by what', async () => {
    const lead = await makeCharacter(stage.elina, { name: 'Ilma' });
    const second = await makeCharacter(stage.elina, { name: 'Ilmari' });
    const third = await makeCharacter(stage.elina, { name: 'Otso' });
    const several = async (...ids: number[]) => {
      const { body } = await preview({ mode: 'scene_with_character', character_ids: ids, scene: 'at the forge' });
      return body.warnings.find(({ code }) => code === 'several_characters')?.message;
    };
    expect(await several(lead.id)).toBeUndefined();
    expect(await several(lead.id, second.id)).toMatch(/^All characters are drawn from their descriptions alone\./);
    await makeReference(stage.elina, lead.id);
    expect(await several(lead.id, second.id)).toMatch(
      /^Only Ilma is made from the reference image; Ilmari is drawn from the description alone\./,
    );
    await stage.elina.patch(`/characters/${lead.id}`, {
      lora: { weights: 'https://replicate.delivery/x/trained_model.tar' },
    });
    expect(await several(lead.id, second.id, third.id)).toMatch(
      /^Only Ilma is made from trained weights; Ilmari and Otso are drawn from the description alone\./,
    );
  });

  test('name the texts that seem to be no English', async () => {
    const { body } = await preview({ ...SCENE, scene: 'seisoo jäisellä laiturilla lyhty kädessä' });
    expect(codes(body.warnings)).toEqual(['language']);
    expect(body.warnings[0]?.message).toContain('the scene seems to be in another language');
    const finn = await makeCharacter(stage.elina, {
      name: 'Aino',
      base_description: 'nuori nainen, pitkä punainen letti',
    });
    const cast = { mode: 'scene_with_character', character_ids: [finn.id], scene: 'seisoo laiturilla yöllä' };
    expect((await preview(cast)).body.warnings[0]?.message).toContain('the scene and the description of Aino seem');
  });
});

test('are limited for each user alone, more generously than pictures, and do not use those up', async () => {
  await using few = await openStage({ env: { RATE_LIMIT_PER_MINUTE: '2', WORKERS: 'off' } });
  const look = () => few.elina.post(`/games/${GAME}/prompt-preview`, SCENE);
  for (let time = 0; time < 12; time += 1) expect((await look()).status).toBe(200);
  const { status, body, headers } = await look();
  expect([status, body.code]).toEqual([429, 'rate_limited']);
  expect(body.error).toContain('12 previews a minute');
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await few.vaino.post(`/games/${GAME}/prompt-preview`, SCENE)).status).toBe(200);
  expect((await few.elina.post(`/games/${GAME}/images`, SCENE)).status).toBe(202);
});
