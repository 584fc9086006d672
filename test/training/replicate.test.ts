// A training on Replicate, as the double plays it: what is sent, what goes wrong, and weights that outlive the provider's copy.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Credits, LoraTraining } from '../../src/contract.ts';
import { finish, until } from '../http/stage.ts';
import { ADMIN, ELINA, GAME } from '../support/forum-file.ts';
import { faults } from '../support/replicate-double.ts';
import { trainedModel } from '../support/replicate-training.ts';
import { WEBHOOK_SECRET } from '../support/replicate-webhooks.ts';
import { type Client, startService, type TestService } from '../support/service.ts';
import { CHARACTER, followed, openTrainingWorld, pathOf, type TrainingWorld } from './world.ts';

let world: TrainingWorld;
let service: TestService;
let elina: Client;
const character = CHARACTER;

async function open(more: Record<string, string> = {}): Promise<void> {
  world = await openTrainingWorld(more);
  service = await startService({ env: world.settings, forumFile: world.forum });
  world.address.leadTo(Number(new URL(service.origin).port));
  elina = await service.as(ELINA);
}
beforeEach(() => open());
afterEach(async () => {
  await service.stop();
  await world[Symbol.asyncDispose]();
});

const train = async () => (await elina.post<LoraTraining>(pathOf(character))).body;
const trainingOf = (row: string) => world.sql<Record<string, unknown>>(`SELECT ${row} FROM image_lora_trainings`)[0];

async function endsWithout(training: LoraTraining, code: string): Promise<void> {
  const ended = await followed(elina, training);
  expect(ended).toMatchObject({ error: { code }, weights: null, cost: { charged: false } });
  expect(ended.error?.message).toMatch(/not charged/);
  const { available, held } = (await elina.get<Credits>('/image-credits')).body;
  expect({ available, held }).toEqual({ available: 990, held: 0 });
  expect(world.weights()).toEqual([]);
}

async function usesItsWeights(weights: string | null): Promise<void> {
  const scene = { mode: 'scene_with_character', character_ids: [character.id], scene: 'on a pier' };
  const picture = await finish(elina, `/games/${GAME}/images`, scene);
  expect(picture.error).toBeNull();
  const input = world.double.bill.at(-1)?.input;
  expect(input).toMatchObject({ replicate_weights: weights, lora_scale: 0.8, refine: 'no_refiner' });
  expect(String(input?.prompt)).toContain('TOK');
}

test('ten pictures with captions go up, one request is sent, and the weights work when the provider has lost its copy', async () => {
  const ended = await followed(elina, await train());
  expect(ended).toMatchObject({ status: 'succeeded', progress: 1, cost: { charged: true } });
  const { bill, last } = world.double.training;
  expect(bill).toHaveLength(1);
  expect(last.input).toMatchObject({ token_string: 'TOK', caption_prefix: 'a photo of TOK, ', is_lora: true });
  expect(last.pictures.names).toEqual(Array.from({ length: 10 }, (_, i) => `${String(i + 1).padStart(2, '0')}.jpg`));
  for (const caption of last.pictures.captions) expect(caption).toMatch(/^a photo of TOK, .+, fantasy art$/);
  const sent = world.double.requests.find(({ call }) => call === 'train')?.body as Record<string, unknown>;
  expect(sent).toMatchObject({ destination: 'forum/characters' });
  expect(sent).not.toHaveProperty('webhook');
  expect(ended.weights).toMatch(new RegExp(`^${world.address.origin}/api/image-files/games/1/characters/.*\\.tar$`));
  expect(trainingOf('train_seconds, cost_usd')).toEqual({ train_seconds: 502.713876, cost_usd: 502.713876 * 0.000975 });

  last.removed = true;
  await usesItsWeights(ended.weights);
  expect(world.double.requests.filter(({ call }) => call === 'weights')).toHaveLength(1);
});

test('progress is told from the logs and does not go back', async () => {
  world.double.training.holding = true;
  const training = await train();
  const half = await followed(elina, training, ({ progress }) => progress > 0.5);
  expect(half).toMatchObject({ status: 'training', progress: 0.15 + 0.75 * 0.5 });
  world.double.training.last.held = 0.1;
  const asked = world.double.count('training');
  await world.double.arrived('training', asked + 2);
  expect((await elina.get<LoraTraining>(`${pathOf(character)}/${training.id}`)).body.progress).toBe(half.progress);
  world.double.training.release();
  expect((await followed(elina, training)).status).toBe('succeeded');
});

test('a webhook wakes it long before it would have been asked about', async () => {
  await service.stop();
  await world[Symbol.asyncDispose]();
  await open({ REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET, POLL_INTERVAL_MS: '2000' });
  world.double.training.latencyMs = 600; // its id is stored by then
  const training = await train();
  await followed(elina, training);
  const sent = world.double.requests.find(({ call }) => call === 'train');
  expect(JSON.stringify(sent?.body)).toContain(`training=${training.id}&nonce=`);
  const asked = world.double.requests.find(({ call }) => call === 'training');
  expect((asked?.at ?? Infinity) - (sent?.at ?? 0)).toBeLessThan(9000); // the polls are 10 s apart
});

describe('the one request', () => {
  test.each([
    ['reset', faults.reset('after')],
    ['answered by a proxy', faults.serverError(502)],
    ['answered with broken JSON', faults.brokenJson()],
  ])('%s after it was accepted is found in the list and not sent again', async (_what, fault) => {
    world.double.next('train', { ...fault, takesEffect: true });
    expect((await followed(elina, await train())).status).toBe('succeeded');
    expect(world.double.count('train')).toBe(1);
    expect(world.double.training.bill).toHaveLength(1);
  });

  test('that never arrived is sent again once that is proven, and only once', async () => {
    world.double.next('train', faults.reset('before'), faults.reset('before'));
    const training = await train();
    const age = (ms: number) =>
      world.sql(
        'UPDATE image_lora_trainings SET submitted_at = ?, absent_since_ms = absent_since_ms - 60000, run_at_ms = 0',
        new Date(Date.now() - ms).toISOString(),
      );
    await until(() => trainingOf('status, tries')?.status === 'submitting' && world.double.count('trainings') > 0);
    expect(world.double.count('train')).toBe(1);
    age(180_000);
    await until(() => trainingOf('absent_since_ms')?.absent_since_ms !== null);
    expect(world.double.count('train')).toBe(1);
    age(180_000);
    await world.double.arrived('train', 2);
    await until(() => trainingOf('status')?.status === 'submitting');
    age(660_000);
    await endsWithout(training, 'needs_review');
    expect(world.double.count('train')).toBe(2);
  });

  test('is repeated after a 429, with the pictures that are up already', async () => {
    world.double.next('train', faults.throttled({ header: '1' }));
    expect((await followed(elina, await train())).status).toBe('succeeded');
    expect([world.double.count('train'), world.double.count('upload')]).toEqual([2, 1]);
    expect(world.double.training.bill).toHaveLength(1);
  });

  test('is not made with a picture that was taken down after they went up', async () => {
    world.double.next('train', faults.throttled({ header: '2' }));
    const training = await train();
    await until(() => world.double.count('train') === 1 && trainingOf('status')?.status === 'preparing');
    const admin = await service.as(ADMIN);
    const { body } = await admin.get(`/characters/${character.id}/reference-images`);
    await admin.post(`/image-admin/reference-images/${body[0].id}/takedown`, { reason: 'a real person' });
    await endsWithout(training, 'not_enough_pictures');
    expect([world.double.count('train'), world.double.training.bill]).toEqual([1, []]);
  });

  test('refused for want of credit ends it', async () => {
    world.double.next('train', faults.withoutCredit());
    await endsWithout(await train(), 'provider_unavailable');
  });
});

describe('what goes wrong costs the user nothing', () => {
  test('an upload that fails is tried again', async () => {
    world.double.next('upload', faults.reset('after'), faults.serverError());
    expect((await followed(elina, await train())).status).toBe('succeeded');
    expect(world.double.count('upload')).toBe(3);
  });

  test('a model that is not there is told before anything is held', async () => {
    world.double.training.destinations.clear();
    expect((await elina.post(pathOf(character), {})).body.code).toBe('provider_unavailable');
    expect((await elina.get<Credits>('/image-credits')).body).toMatchObject({ available: 990, held: 0 });
  });

  test('a training that fails', async () => {
    world.double.training.nextOutcome({ error: 'CUDA out of memory' });
    const training = await train();
    await endsWithout(training, 'provider_error');
    expect(JSON.stringify((await elina.get(pathOf(character))).body)).not.toContain('CUDA');
    expect(trainingOf('cost_usd')?.cost_usd).toBeGreaterThan(0.4);
  });

  test('one that takes more than two hours is stopped', async () => {
    world.double.training.holding = true;
    const training = await train();
    await followed(elina, training, ({ status }) => status === 'training');
    world.sql(
      "UPDATE image_lora_trainings SET submitted_at = ?, run_at_ms = 0 WHERE status = 'training'",
      new Date(Date.now() - 7_300_000).toISOString(),
    );
    await endsWithout(training, 'timed_out');
    expect(world.double.training.last.canceledAt).not.toBeNull();
  });

  test('one that is canceled is stopped', async () => {
    world.double.training.holding = true;
    const training = await train();
    await followed(elina, training, ({ status }) => status === 'training');
    expect((await elina.delete(`${pathOf(character)}/${training.id}`)).body.status).toBe('canceled');
    await endsWithout(training, 'canceled');
    expect(world.double.training.last.canceledAt).not.toBeNull();
  });

  const broken: [string, { weights?: Buffer; address?: string }][] = [
    ['are no tar', { weights: Buffer.alloc(4096, 'x') }],
    ['lack the embeddings', { weights: trainedModel('TOK', 's', ['lora.safetensors', 'special_params.json']) }],
    ['answer to another word', { weights: trainedModel('OTHER', 's') }],
    ['are cut short', { weights: trainedModel('TOK', 's').subarray(0, 1536 + 100) }],
    ['lie at a strange address', { address: 'http://127.0.0.1:9/pbxt/x/trained_model.tar' }],
  ];
  test.each(broken)('weights that %s are fetched three times and not kept', async (_what, outcome) => {
    world.double.training.nextOutcome(outcome);
    const training = await train();
    await followed(elina, training, ({ status }) => status === 'storing');
    await until(() => {
      world.sql("UPDATE image_lora_trainings SET run_at_ms = 0 WHERE status = 'storing'");
      return trainingOf('finished_at')?.finished_at !== null;
    });
    await endsWithout(training, 'provider_error');
    if (outcome.weights) expect(world.double.count('weights')).toBe(3);
  });

  test('weights that broke on the way are fetched again', async () => {
    world.double.next('weights', faults.cutShort(), faults.truncated());
    const ended = await followed(elina, await train());
    expect(ended.status).toBe('succeeded');
    await usesItsWeights(ended.weights);
  });
});
