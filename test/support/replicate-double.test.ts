// The double itself: it refuses what Replicate refuses, and runs the way Replicate runs.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faults, ReplicateDouble } from './replicate-double.ts';
import { OTHER_VERSION, VERSION } from './replicate-setup.ts';

let double: ReplicateDouble;
beforeEach(async () => {
  double = await ReplicateDouble.start();
});
afterEach(() => double.close());

const input = { prompt: 'a cat', seed: 1 };
const post = (body: unknown, headers = {}) =>
  fetch(`${double.url}/predictions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${double.token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

interface Run {
  id: string;
  status: string;
  logs: string;
  error: string | null;
  output: string[] | null;
}
const created = async (changes = {}) =>
  (await (await post({ version: VERSION, input: { ...input, ...changes } })).json()) as Run;
const read = async (id: string) => {
  const headers = { authorization: `Bearer ${double.token}` };
  return (await (await fetch(`${double.url}/predictions/${id}`, { headers })).json()) as Run;
};
const isOver = ({ status }: Run) => status !== 'starting' && status !== 'processing';

describe('a run', () => {
  test('goes from starting through processing to a picture by itself', async () => {
    const seen = [await created()];
    while (!isOver(seen.at(-1) as Run)) seen.push(await read(seen[0]?.id as string));
    const order = [...new Set(seen.map(({ status }) => status))];
    // A slow machine may look away for the whole of the processing, but nothing ever goes backwards.
    expect(['starting', 'processing', 'succeeded'].filter((status) => order.includes(status))).toEqual(order);
    expect(order.at(-1)).toBe('succeeded');
    const end = seen.at(-1) as Run;
    expect(end.logs).toMatch(/^Using seed: 1\nPrompt: a cat\ntxt2img mode\n {2}0%\|/);
    expect(end.logs).toContain('100%|██████████| 50/50 [');
    const picture = await fetch(end.output?.[0] as string);
    expect(picture.headers.get('content-type')).toBe('image/png');
  });

  test('is refused by the safety checker for a word in its prompt', async () => {
    double.latencyMs = 0;
    const { id } = await created({ prompt: 'a NSFWTEST cat' });
    expect(await read(id)).toMatchObject({
      status: 'failed',
      output: null,
      error: expect.stringMatching(/^NSFW content/),
    });
  });

  test('stays where it is put until it is released', async () => {
    double.holding = true;
    const [a, b] = [await created(), await created()];
    double.release(a.id);
    expect((await read(a.id)).status).toBe('succeeded');
    expect((await read(b.id)).status).toBe('starting');
    double.place(b.id, 'processing', 0.5);
    expect((await read(b.id)).logs).toContain(' 50%|█████     | 25/50 [');
  });

  test('is billed once it is accepted, though its answer is lost', async () => {
    double.next('create', faults.hang('after'));
    const lost = post({ version: VERSION, input }).catch(() => 'lost');
    await double.arrived('create');
    expect(double.bill).toMatchObject([{ version: VERSION, input }]);
    await double.close();
    expect(await lost).toBe('lost');
    double = await ReplicateDouble.start();
  });
});

describe('the double refuses what Replicate refuses', () => {
  test.each<[name: string, body: unknown, type: string, text: string]>([
    ['a member it does not know', { version: VERSION, input, model: 'x' }, 'additional_property_not_allowed', 'model'],
    ['no version', { input }, 'required', '- version is required'],
    ['no input', { version: VERSION }, 'required', '- input is required'],
    ['an input that is a list', { version: VERSION, input: [] }, 'invalid_type', 'Expected: object, given: array'],
    ['an unknown input', asked({ steps: 3 }), 'additional_property_not_allowed', 'steps'],
    ['a null', asked({ seed: null }), 'invalid_type', 'input.seed: Invalid type. Expected: integer, given: null'],
    ['a fraction', asked({ width: 64.5 }), 'invalid_type', 'Expected: integer, given: number'],
    ['too much', asked({ num_outputs: 5 }), 'number_lte', 'Must be less than or equal to 4'],
    ['too little', asked({ guidance_scale: 0 }), 'number_gte', 'Must be greater than or equal to 1'],
    ['an odd scheduler', asked({ scheduler: 'EULER' }), 'enum', 'scheduler must be one of the following: "DDIM"'],
    ['a bare image', asked({ image: 'AAAA' }), 'format', 'input.image'],
    ['an insecure webhook', { version: VERSION, input, webhook: 'http://a' }, 'format', ''],
  ])('%s', async (_name, body, type, text) => {
    const response = await post(body);
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const said = (await response.json()) as { detail: string; invalid_fields: { type: string }[] };
    expect(said.invalid_fields[0]?.type).toBe(type);
    expect(said.detail).toContain(text);
    expect(double.bill).toHaveLength(0);
  });

  function asked(changes: Record<string, unknown>): object {
    return { version: VERSION, input: { ...input, ...changes } };
  }

  test.each([
    ['4', 422],
    ['4s', 422],
    ['soon', 422],
    ['5', 201],
    ['1m', 201],
    ['1h30m45s', 201],
  ])('Cancel-After %s is answered %i', async (header, status) => {
    const response = await post(asked({}), { 'cancel-after': header });
    expect(response.status).toBe(status);
    expect(double.bill).toHaveLength(status === 201 ? 1 : 0);
  });

  test('no token, a wrong token, an unknown version, an unknown prediction, an unknown path', async () => {
    expect((await fetch(`${double.url}/account`)).status).toBe(401);
    expect((await post(asked({}), { authorization: 'Bearer r8_wrong' })).status).toBe(401);
    expect((await post({ version: OTHER_VERSION, input })).status).toBe(422);
    const headers = { authorization: `Bearer ${double.token}` };
    for (const path of ['/predictions/x', '/predictions/x/cancel', '/nowhere', '/models/a/b']) {
      expect((await fetch(`${double.url}${path}`, { headers })).status).toBe(404);
    }
    expect(double.bill).toHaveLength(0);
  });

  test('and tells who it is, what it runs and how much may be asked', async () => {
    const headers = { authorization: `Bearer ${double.token}` };
    const account = await fetch(`${double.url}/account`, { headers });
    expect(account.headers.get('ratelimit-remaining')).toBe('2999');
    const model = await fetch(`${double.url}/models/stability-ai/sdxl`, { headers });
    expect(await model.json()).toMatchObject({ owner: 'stability-ai', latest_version: { id: VERSION } });
  });
});
