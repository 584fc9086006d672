// What the adapter makes of the endpoint's answers; how it is asked is held by the tests of the gates.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOpenAiModeration } from '../../src/providers/openai-moderation.ts';
import { ProviderError } from '../../src/providers/provider.ts';
import { ModerationDouble } from '../support/moderation-double.ts';
import { faults } from '../support/replicate-double.ts';

let double: ModerationDouble;
beforeAll(async () => {
  double = await ModerationDouble.start();
});
afterAll(() => double.close());

/** Of questions that nobody answers; whatever is answered has all the time that a busy machine takes. */
const SHORT_MS = 500;
const LONG_MS = 60_000;
const moderation = ({ model = 'omni-moderation-latest', apiKey = double.key, deadlineMs = LONG_MS } = {}) =>
  createOpenAiModeration({ apiKey, baseUrl: double.url, model }, deadlineMs);

test('scores and flags are told as they come', async () => {
  double.ofText = () => ({ sexual: 0.25, 'violence/graphic': 0.75 });
  const { scores, flags } = await moderation().ofText('anything');
  expect(scores).toMatchObject({ sexual: 0.25, 'violence/graphic': 0.75, hate: 1e-5 });
  expect(flags).toMatchObject({ sexual: false, 'violence/graphic': true });
});

test.each([
  ['silence', faults.hang()],
  ['one byte at a time, for ever', faults.dripping(20)],
  ['all but the last byte', faults.unfinished()],
])('not waited for: %s', async (_name, fault) => {
  double.next(fault);
  const error = await moderation({ deadlineMs: SHORT_MS })
    .ofText('the words')
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ProviderError);
  expect(error).toMatchObject({ kind: 'later' });
});

test.each([
  ['unavailable', 'a wrong key', () => moderation({ apiKey: 'sk-wrong' })],
  ['refused', 'an unknown model', () => moderation({ model: 'gpt-none' })],
])('%s: %s, with none of the explanation', async (kind, _name, make) => {
  const error = (await make()
    .ofText('the words')
    .catch((caught: unknown) => caught)) as ProviderError;
  expect(error.kind).toBe(kind);
  expect(`${error.message} ${String(error.cause)}`).not.toMatch(/sk-wrong|gpt-none|the words|Incorrect/);
});
