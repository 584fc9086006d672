// Weights of an art style: used where the character's own are not, and never beside them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import { makeCharacter } from '../http/stage.ts';
import { ELINA, GAME } from '../support/forum-file.ts';
import { type Client, startService, type TestService } from '../support/service.ts';
import { openTrainingWorld, type TrainingWorld } from './world.ts';

const STYLE = { weights: 'https://weights.test/anime.tar', scale: 0.5, trigger: 'ANIMEX' };
const OWN = { weights: 'https://weights.test/aino.tar', scale: 0.7, trigger: 'AINOX' };

let world: TrainingWorld;
let service: TestService;
let elina: Client;
beforeAll(async () => {
  world = await openTrainingWorld({ STYLE_LORAS: JSON.stringify({ anime: STYLE }) });
  service = await startService({ env: world.settings, forumFile: world.forum });
  elina = await service.as(ELINA);
});
afterAll(async () => {
  await service.stop();
  await world[Symbol.asyncDispose]();
});

async function picture(fields: object) {
  const { body } = await elina.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: 'a bay', ...fields });
  const ended = await elina.finished(body);
  expect(ended.error).toBeNull();
  return { input: world.double.bill.at(-1)?.input ?? {}, codes: body.warnings.map(({ code }) => code) };
}

test('a scene in the style is made with its weights and its word', async () => {
  const { input } = await picture({ style: 'anime' });
  expect(input).toMatchObject({ replicate_weights: STYLE.weights, lora_scale: STYLE.scale, refine: 'no_refiner' });
  expect(input.prompt).toContain('in the style of ANIMEX');
});

test('another style is made without', async () => {
  const { input } = await picture({ style: 'comic' });
  expect(input).not.toHaveProperty('replicate_weights');
  expect(input.prompt).not.toContain('ANIMEX');
});

test('a character with weights of its own keeps them, and that is said', async () => {
  const character = await makeCharacter(elina, { style: 'anime' });
  const scene = { mode: 'scene_with_character', character_ids: [character.id] };
  const before = await picture(scene);
  expect(before.input).toMatchObject({ replicate_weights: STYLE.weights });
  expect(before.codes).not.toContain('style_weights_unused');

  await elina.patch(`/characters/${character.id}`, { lora: OWN });
  const after = await picture(scene);
  expect(after.input).toMatchObject({ replicate_weights: OWN.weights, lora_scale: OWN.scale });
  expect(after.input.prompt).toContain('AINOX');
  expect(after.input.prompt).not.toContain('ANIMEX');
  expect(after.codes).toContain('style_weights_unused');
});
