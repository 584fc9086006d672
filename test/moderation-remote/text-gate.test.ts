// A text is judged before anything is spent on it; without a verdict nothing is spent, and nothing of the endpoint's is told.
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import type { Character } from '../../src/contract.ts';
import { ELINA, GAME } from '../support/forum-file.ts';
import type { Scores } from '../support/moderation-double.ts';
import { faults } from '../support/replicate-double.ts';
import { CREDITS, openWorld, type World } from './world.ts';

/** Nothing of what people read may tell what lies behind. */
const INSIDE = /127\.0\.0\.1|https?:|openai|moderation endpoint|sk-|token|\bat \w|undefined|null|Error\b|\d{3}/i;

const TRAINING = { REPLICATE_TRAINING_DESTINATION: 'forum/characters', PUBLIC_URL: 'http://127.0.0.1:1' };

let world: World;
afterEach(() => world[Symbol.asyncDispose]());

async function nothingSpent(): Promise<void> {
  expect(await world.rows()).toEqual([]);
  expect(await world.credits()).toEqual({ available: CREDITS, held: 0 });
  expect(world.double.bill).toEqual([]);
}

test('what is drawn is asked about: the final prompt and what it was made of, and nobody is named', async () => {
  world = await openWorld();
  const { body: character } = await world.elina.post<Character>(`/games/${GAME}/characters`, {
    name: 'Aino',
    base_description: 'young woman, red braid',
    negative_prompt: 'a hat',
  });
  expect(world.judge.asked).toEqual([]); // saving a text depends on nobody
  const body = {
    mode: 'scene_with_character',
    character_ids: [character.id],
    scene: 'on a pier',
    negative_prompt: 'x',
  };
  const asked = await world.ask(body);
  expect(asked.status).toBe(202);
  expect(await world.elina.finished(asked.body)).toMatchObject({ status: 'succeeded' });
  expect(world.judge.texts).toHaveLength(1);
  const [text = ''] = world.judge.texts;
  const [line] = world.double.bill;
  expect(text).toContain(line?.input.prompt);
  for (const part of ['young woman, red braid', 'on a pier']) expect(text).toContain(part);
  expect(text).not.toContain('a hat');
  // Nothing goes along that tells who asked.
  expect(Object.keys(JSON.parse(world.judge.asked[0]?.raw ?? ''))).toEqual(['model', 'input']);
  expect(
    Object.keys(world.judge.asked[0]?.headers ?? {}).filter((name) => /cookie|forwarded|user-id/.test(name)),
  ).toEqual([]);
});

test.each<[string, Scores]>([
  ['sexual_minors', { 'sexual/minors': 0.15 }],
  ['sexual', { sexual: 0.7 }],
  ['hate', { hate: 0.8 }],
  ['hate', { 'hate/threatening': 0.55 }],
  ['self_harm', { 'self-harm': 0.85 }],
  ['self_harm', { 'self-harm/intent': 0.85 }],
  ['self_harm', { 'self-harm/instructions': 0.45 }],
  ['graphic_violence', { 'violence/graphic': 0.95 }],
  ['sexual_minors', { sexual: 0.9, 'sexual/minors': 0.9, violence: 0.9 }],
])('refused as %s: %o', async (category, scores) => {
  world = await openWorld();
  world.judge.ofText = () => scores;
  const { status, body } = await world.ask();
  expect(status).toBe(422);
  expect(body).toMatchObject({ code: 'prompt_rejected', details: [{ path: 'prompt', message: category }] });
  await nothingSpent();
});

test.each<Scores>([
  { violence: 0.99, 'violence/graphic': 0.8 },
  { harassment: 0.9, 'harassment/threatening': 0.9 },
  { illicit: 0.9, 'illicit/violent': 0.9 },
  { sexual: 0.5 },
  { hate: 0.6 },
  { 'self-harm': 0.6 },
])('a tale of adventure passes, whatever the endpoint would flag: %o', async (scores) => {
  world = await openWorld();
  world.judge.ofText = () => scores;
  expect((await world.ask()).status).toBe(202);
});

/** The answer as it should be, but for the scores. */
const withScores = (change: (scores: object) => object) =>
  faults.withMembers(({ results }) => {
    const [result] = results as { category_scores: object }[];
    return { results: [{ ...result, category_scores: change(result?.category_scores ?? {}) }] };
  });

test.each([
  ['401', faults.answer(401, { error: { message: 'Incorrect API key provided: sk-double-key' } })],
  ['403', faults.answer(403, 'no')],
  ['429 with Retry-After', faults.throttled({ header: '17' })],
  ['429 without', faults.throttled()],
  ['429 with nonsense', faults.throttled({ header: 'tomorrow' })],
  ['500', faults.serverError()],
  ['502', faults.serverError(502)],
  ['a refusal that repeats the words', faults.answer(400, { detail: 'cannot judge: a bay' })],
  ['a reset', faults.reset('before')],
  ['half an answer', faults.cutShort()],
  ['an HTML page', faults.htmlPage()],
  ['a redirect', faults.redirect('http://127.0.0.1:1/')],
  ['broken JSON', faults.brokenJson()],
  ['JSON of another kind', faults.answer(200, { ok: true })],
  ['no results', faults.withMembers({ results: [] })],
  [
    'results without the figures',
    faults.withMembers({ results: [{ flagged: false, categories: {}, category_scores: {} }] }),
  ],
  ['flags without scores', withScores(() => ({}))],
  ['a score that is missing', withScores((scores) => ({ ...scores, sexual: undefined }))],
  ['a score beyond 1', withScores((scores) => ({ ...scores, sexual: 7 }))],
  ['a score that is a word', withScores((scores) => ({ ...scores, sexual: 'low' }))],
  ['an echo', faults.answer(200, 'a bay, a bay, a bay')],
  ['a huge body', faults.manyBytes(10_000_000)],
  ['a gzip bomb', faults.gzipBomb(100_000_000)],
])('no verdict, nothing spent: %s', async (_name, fault) => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  world = await openWorld({}, { logger });
  world.judge.next(fault);
  const { status, body, headers } = await world.ask({ scene: 'a bay with herons' });
  expect(status).toBe(503);
  expect(body.code).toBe('moderation_unavailable');
  expect(body.error).not.toMatch(INSIDE);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  await nothingSpent();
  expect(world.judge.asked).toHaveLength(1);
  // And of what was written, or the key, nothing is in the log.
  expect(lines.join('')).not.toMatch(/herons|sk-double|a bay/);
  expect(lines.join('')).toContain('there is no verdict');
});

test('no verdict, nothing spent: an endpoint that never answers is not waited for', async () => {
  world = await openWorld();
  world.judge.next(faults.hang());
  expect((await world.ask()).body.code).toBe('moderation_unavailable');
  await nothingSpent();
});

test('the wait that the endpoint asks for is passed on', async () => {
  world = await openWorld();
  world.judge.next(faults.throttled({ header: '17' }));
  expect((await world.ask()).headers.get('retry-after')).toBe('17');
});

test('the same words are asked about once, and again after a failure', async () => {
  world = await openWorld();
  world.judge.next(faults.serverError());
  expect((await world.ask()).status).toBe(503);
  expect((await world.ask()).status).toBe(202);
  expect((await world.ask()).status).toBe(202);
  expect(world.judge.texts).toHaveLength(2);
  const together = await Promise.all(Array.from({ length: 5 }, () => world.ask({ scene: 'a mill' })));
  expect(together.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
  expect(world.judge.texts).toHaveLength(3);
});

test('an Idempotency-Key that is known is answered without asking, even when nobody can be asked', async () => {
  world = await openWorld();
  const first = await world.ask({}, 'one');
  world.judge.always(faults.answer(401));
  expect((await world.ask({ scene: 'a mill' })).status).toBe(503);
  const again = await world.ask({}, 'one');
  expect(again.status).toBe(202);
  expect(again.body.id).toBe(first.body.id);
});

test('candidates, pictures made again and the pictures of a training go through the same gate', async () => {
  world = await openWorld(TRAINING);
  const { elina, judge } = world;
  const { body: character } = await elina.post(`/games/${GAME}/characters`, {
    name: 'Aino',
    base_description: 'braid',
  });
  const { body: made } = await elina.post(`/posts/1/images`, { mode: 'scene', scene: 'a bay' });
  const { post_image_id } = await elina.finished(made);
  judge.forget();
  judge.ofText = () => ({ hate: 1 });
  // Its words were judged a moment ago, and are not asked about again; others are.
  expect((await elina.post(`/post-images/${post_image_id}/regenerate`)).status).toBe(202);
  expect(judge.texts).toHaveLength(0);
  expect((await elina.post(`/post-images/${post_image_id}/regenerate`, { scene: 'a mill' })).status).toBe(422);
  expect((await elina.post(`/characters/${character.id}/reference-images`, { count: 4 })).status).toBe(422);
  expect(judge.texts).toHaveLength(2);
  const missing = { generate_missing: true };
  expect((await elina.post(`/characters/${character.id}/lora-trainings`, missing)).status).toBe(422);
  expect(judge.texts).toHaveLength(12); // ten shots, and each in other words
  expect((await world.rows()).map(({ kind }) => kind).sort()).toEqual(['draft', 'post']);
});

test('a preview asks nobody and costs nothing', async () => {
  world = await openWorld();
  world.judge.always(faults.serverError());
  const preview = await world.elina.post(`/games/${GAME}/prompt-preview`, { mode: 'scene', scene: 'a bay' });
  expect(preview.status).toBe(200);
  expect(world.judge.asked).toEqual([]);
});

test('without a key nobody is asked', async () => {
  world = await openWorld({ MODERATION_API_KEY: '' });
  expect((await world.ask()).status).toBe(202);
  expect(world.judge.asked).toEqual([]);
  const { body } = await world.service.anonymous.get('/image-readyz');
  expect(body.checks).not.toHaveProperty('moderation');
});

test('after five failures it is not asked any more, new work is refused at once, and readiness says so', async () => {
  world = await openWorld();
  world.judge.always(faults.serverError());
  for (let place = 1; place <= 5; place++) expect((await world.ask({ scene: `place ${place}` })).status).toBe(503);
  world.judge.always(null);
  const refused = await world.ask({ scene: 'a mill' });
  expect(refused.status).toBe(503);
  expect(refused.body.code).toBe('moderation_unavailable');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(5);
  expect(world.judge.asked).toHaveLength(5);
  await nothingSpent();
  const ready = await world.service.anonymous.get('/image-readyz');
  expect(ready.status).toBe(503);
  expect(ready.body.checks.moderation).toBe('failing');
  expect(await world.elina.get('/generations')).toMatchObject({ status: 200 });
});

test('who is logged in sees in no log what was refused', async () => {
  const lines: string[] = [];
  world = await openWorld({}, { logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }) });
  world.judge.ofText = () => ({ sexual: 1 });
  expect(
    (await (await world.service.as(ELINA)).post(`/games/${GAME}/images`, { mode: 'scene', scene: 'secret words' }))
      .status,
  ).toBe(422);
  expect(lines.join('')).toContain('"category":"sexual"');
  expect(lines.join('')).not.toContain('secret words');
});
