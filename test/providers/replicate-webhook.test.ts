// What the adapter does with webhooks: what it asks for, what it reads from a call, and whether it believes a hint.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReplicateConfig } from '../../src/config.ts';
import type { PictureRequest } from '../../src/providers/provider.ts';
import { readWebhookCall } from '../../src/providers/replicate-webhook.ts';
import { faults, ReplicateDouble } from '../support/replicate-double.ts';
import { attempt, providerFor, REQUEST, sdxlInput } from '../support/replicate-setup.ts';
import { WEBHOOK_SECRET } from '../support/replicate-webhooks.ts';

const webhook = { url: 'https://forum.test/api/webhooks/replicate', secret: WEBHOOK_SECRET };

let double: ReplicateDouble;
beforeEach(async () => {
  double = await ReplicateDouble.start({ latencyMs: 0 });
  double.webhooks.next({ drop: true });
});
afterEach(() => double.close());

const provider = (changes: Partial<ReplicateConfig> = {}) => providerFor(double, { webhook, ...changes });

test('a create asks for a call at the end, to an address that names the attempt', async () => {
  await provider().submit(REQUEST, { ...attempt(), generationId: 'g&1', nonce: 'n=/ä' });
  expect(double.requests[0]?.body).toEqual({
    version: expect.any(String),
    input: sdxlInput(REQUEST),
    webhook: `${webhook.url}?generation=g%261&nonce=n%3D%2F%C3%A4`,
    webhook_events_filter: ['completed'],
  });
  expect(double.bill).toHaveLength(1);
  const { webhook: address = '' } = (double.requests[0]?.body ?? {}) as { webhook?: string };
  const { searchParams } = new URL(address);
  expect(readWebhookCall(Object.fromEntries(searchParams), Buffer.from('{"id":"p1"}'))).toEqual({
    id: 'g&1',
    nonce: 'n=/ä',
    predictionId: 'p1',
  });
});

test('a create asks for none where none are expected', async () => {
  await provider({ webhook: null }).submit(REQUEST, attempt());
  expect(Object.keys(double.requests[0]?.body as object).sort()).toEqual(['input', 'version']);
});

test.each([
  [2000, 10_000],
  [50, 250],
  [60_000, 60_000],
])('every %i ms becomes every %i ms beside webhooks', (asked, becomes) => {
  expect(provider({ pollIntervalMs: asked }).pollIntervalMs).toBe(becomes);
  expect(provider({ pollIntervalMs: asked, webhook: null }).pollIntervalMs).toBe(asked);
});

describe('what a call says', () => {
  const query = { generation: 'g', nonce: 'n' };

  test.each([
    ['', null],
    ['not JSON', null],
    ['null', null],
    ['[]', null],
    ['{"id":1}', null],
    ['{"id":"../cancel"}', null],
    ['{"id":""}', null],
    ['{"id":"p1","__proto__":{"id":"p2"}}', 'p1'],
  ])('%s names %s', (body, predictionId) => {
    expect(readWebhookCall(query, Buffer.from(body))).toEqual({ id: 'g', nonce: 'n', predictionId });
  });

  test.each([
    [{}],
    [{ generation: 'g' }],
    [{ nonce: 'n' }],
    [{ generation: ['g', 'h'], nonce: 'n' }],
    [{ generation: 'g'.repeat(101), nonce: 'n' }],
    [undefined],
  ])('%j is no address of ours', (given) => {
    expect(readWebhookCall(given, Buffer.from('{"id":"p1"}'))).toBeUndefined();
  });
});

describe('a hint', () => {
  const made = (changes: Partial<PictureRequest> = {}, at = new Date()) =>
    double.add(sdxlInput({ ...REQUEST, ...changes }), at).id;
  const find = (hint: string, taken?: Set<string>) => provider().find(REQUEST, { ...attempt(), hint, taken });
  const emptyList = () => double.next('list', faults.answer(200, { results: [], next: null }));

  test('that is right is found at once, without the list', async () => {
    const id = made();
    expect(await find(id)).toMatchObject({ id, status: 'succeeded' });
    expect(double.count('list')).toBe(0);
  });

  test.each<[name: string, make: () => string]>([
    ['of another seed', () => made({ seed: 8 })],
    ['of another prompt', () => made({ prompt: 'somebody else' })],
    ['from another hour', () => made({}, new Date(Date.now() - 3_600_000))],
    ['of nothing at all', () => 'nosuchprediction'],
  ])('%s is not believed', async (_name, make) => {
    const hint = make();
    emptyList();
    expect(await find(hint)).toBeUndefined();
    expect(double.count('list')).toBe(1);
  });

  test('at another row’s prediction is not believed', async () => {
    const id = made();
    emptyList();
    expect(await find(id, new Set([id]))).toBeUndefined();
  });

  test('whose data is gone is not believed', async () => {
    const id = made();
    double.expire(id);
    emptyList();
    expect(await find(id)).toBeUndefined();
  });

  test('that cannot be read just now does not keep the list from being read', async () => {
    const [right, wrong] = [made(), made({ seed: 8 })];
    double.next('get', faults.serverError());
    expect(await find(right)).toMatchObject({ id: right });
    expect(await find(wrong)).toMatchObject({ id: right });
    expect(double.count('list')).toBe(2);
  });

  test('that cannot be read just now is not proven absent by an empty list', async () => {
    const hint = made();
    double.next('get', faults.serverError());
    emptyList();
    await expect(find(hint)).rejects.toMatchObject({ name: 'ProviderError', kind: 'later' });
  });
});
