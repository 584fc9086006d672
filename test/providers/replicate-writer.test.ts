// The adapter of the language model at its deadlines: it ends in time, having asked once.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReplicateConfig } from '../../src/config.ts';
import { createReplicateWriter } from '../../src/providers/replicate-writer.ts';
import { faults, ReplicateDouble } from '../support/replicate-double.ts';
import { LANGUAGE_MODEL, SCENE } from '../support/replicate-language.ts';
import { failure, VERSION } from '../support/replicate-setup.ts';

let double: ReplicateDouble;
beforeEach(async () => {
  double = await ReplicateDouble.start();
});
afterEach(() => double.close());

function writer(model = LANGUAGE_MODEL) {
  const config: ReplicateConfig = {
    kind: 'replicate',
    token: double.token,
    baseUrl: double.url,
    model: `stability-ai/sdxl:${VERSION}`,
    outputOrigins: [double.outputOrigin],
    pollIntervalMs: 50,
    cancelAfterS: 120,
    trainingDestination: null,
    promptWriter: model,
    identityModel: null,
    modelPrice: null,
    identityModelPrice: null,
    webhook: null,
  };
  return createReplicateWriter(config, model, { submitMs: 300, totalMs: 600, pollMs: 20 });
}
const PROMPT = { system: 'system', prompt: 'prompt' };

test('pieces and one text are both answers', async () => {
  expect((await writer().write(PROMPT)).text).toBe(`<scene>${SCENE}</scene>`);
  double.language.nextOutcome({ output: 'one text' });
  expect((await writer().write(PROMPT)).text).toBe('one text');
});

test.each([
  ['that never answers', () => double.next('write', faults.hang())],
  ['that answers and never ends', () => double.language.nextOutcome({ looks: 1_000_000 })],
  [
    'whose looks never answer',
    () => {
      double.language.nextOutcome({ looks: 5 });
      double.always('get', faults.hang());
    },
  ],
  ['of a status that nobody knows', () => double.language.nextOutcome({ status: 'strange' })],
])('a run %s is given up as perhaps paid', async (_, plan) => {
  plan();
  expect((await failure(writer().write(PROMPT), double.token)).kind).toBe('unknown');
  expect(double.count('write')).toBe(1);
  expect(double.count('get')).toBeLessThanOrEqual(600 / 20);
});

test('the highest price is above what the longest prompt and answer cost', () => {
  expect(writer().maxUsd).toBeCloseTo(0.0031, 4);
  expect(writer('someone/other-model').maxUsd).toBeCloseTo(0.6 * 0.001525, 6);
});
