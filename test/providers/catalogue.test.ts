// The catalogue: what each entry has the adapter send, by each strategy, to a Replicate that publishes the models' schemas and
// holds the requests to them; and how an entry that is wrong is found.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError, type ReplicateConfig, readConfig } from '../../src/config.ts';
import type { Strategy } from '../../src/contract.ts';
import { CATALOGUE, type CatalogueEntry, type Word } from '../../src/providers/catalogue.ts';
import { findModel } from '../../src/providers/models.ts';
import type { Attempt, PictureRequest, Prediction, Provider } from '../../src/providers/provider.ts';
import { faults, ReplicateDouble } from '../support/replicate-double.ts';
import type { PublishedModel } from '../support/replicate-models.ts';
import { attempt, failure, OTHER_VERSION, providerFor, REQUEST } from '../support/replicate-setup.ts';

const SDXL = 'stability-ai/sdxl';
const INSTANT_ID = 'zsxkib/instant-id';
const KONTEXT = 'black-forest-labs/flux-kontext-pro';
const NAMES = Object.keys(CATALOGUE);
const entryOf = (name: string) => CATALOGUE[name] as CatalogueEntry;
const WEIGHTS = 'https://replicate.delivery/pbxt/a/trained_model.tar';

let double: ReplicateDouble;
beforeEach(async () => {
  double = await ReplicateDouble.start({ latencyMs: 0 });
});
afterEach(() => double.close());

const IMAGE = await sharp({ create: { width: 64, height: 96, channels: 3, background: 'teal' } })
  .jpeg()
  .toBuffer();
const IMAGE_URL = `data:image/jpeg;base64,${IMAGE.toString('base64')}`;

/** An adapter for which this entry is the model of its strategies. */
function providerOf(name: string, changes: Partial<ReplicateConfig> = {}): Provider {
  const byIdentity = entryOf(name).identity !== null;
  return providerFor(double, { ...(byIdentity && { identityModel: findModel(name)?.id ?? '' }), ...changes });
}

/** As recipes of this strategy ask for it. */
function asked(name: string, strategy: Strategy): PictureRequest {
  const { identity } = entryOf(name);
  const seed = 2 ** 31 - 1;
  const request = { ...REQUEST, model: findModel(name)?.id ?? '', seed, width: 832, height: 1216 };
  if (strategy === 'reference') return { ...request, reference: IMAGE, prompt_strength: 0.75 };
  if (strategy === 'lora') return { ...request, lora: { weights: WEIGHTS, scale: 0.8 } };
  if (strategy === 'prompt' || !identity) return request;
  const { num_inference_steps, guidance_scale, strength } = identity;
  return { ...request, num_inference_steps, guidance_scale, identity: { image: IMAGE, strength, seed: 5 } };
}

const words = { prompt: REQUEST.prompt, negative_prompt: '', seed: 2147483647 };
const sdxl = {
  ...words,
  width: 832,
  height: 1216,
  num_inference_steps: 30,
  guidance_scale: 7.5,
  num_outputs: 1,
  scheduler: 'K_EULER',
  refine: 'no_refiner',
  apply_watermark: true,
};

/** Written out by hand for each entry and strategy: what goes over the wire, to the last member. */
const SENT: Record<string, Partial<Record<Strategy, { path?: string; version?: string; input: object }>>> = {
  [SDXL]: {
    prompt: { version: '7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc', input: sdxl },
    reference: {
      version: '7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc',
      input: { ...sdxl, image: IMAGE_URL, prompt_strength: 0.75 },
    },
    lora: {
      version: '7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc',
      input: { ...sdxl, replicate_weights: WEIGHTS, lora_scale: 0.8 },
    },
  },
  [INSTANT_ID]: {
    identity: {
      version: '2e4785a4d80dadf580077b2244c8d7c05d8e3faac04a04c02d8e099dd2876789',
      input: {
        ...words,
        image: IMAGE_URL,
        ip_adapter_scale: 0.8,
        controlnet_conditioning_scale: 0.8,
        num_inference_steps: 30,
        guidance_scale: 7.5,
        num_outputs: 1,
        output_format: 'png',
      },
    },
  },
  'tencentarc/photomaker': {
    identity: {
      version: 'ddfc2b08d209f9fa8c1eca692712918bd449f695dabb4a958da31802a9570fe4',
      input: {
        ...words,
        input_image: IMAGE_URL,
        num_steps: 20,
        guidance_scale: 5,
        style_name: '(No style)',
        style_strength_ratio: 20,
        num_outputs: 1,
      },
    },
  },
  'chigozienri/ip_adapter-sdxl': {
    identity: {
      version: '904dc004af1dba5c9b13fc9e41635aeb2f9a177896a396ab3393f3f6493dbdd4',
      input: { ...words, image: IMAGE_URL, scale: 0.6, num_inference_steps: 30, num_outputs: 1 },
    },
  },
  'bytedance/flux-pulid': {
    identity: {
      version: '8baa7ef2255075b46f4d91cd238c21d31181b3e6a864463f967960bb0112525b',
      input: {
        prompt: REQUEST.prompt,
        seed: 2147483647,
        width: 832,
        height: 1216,
        main_face_image: IMAGE_URL,
        id_weight: 1,
        num_steps: 20,
        guidance_scale: 4,
        num_outputs: 1,
        output_format: 'png',
      },
    },
  },
  [KONTEXT]: {
    identity: {
      path: `/v1/models/${KONTEXT}/predictions`,
      input: {
        prompt: REQUEST.prompt,
        seed: 2147483647,
        aspect_ratio: '2:3',
        input_image: IMAGE_URL,
        prompt_upsampling: false,
        output_format: 'png',
        safety_tolerance: 2,
      },
    },
  },
};

const EACH = NAMES.flatMap((name) => entryOf(name).strategies.map((strategy): [string, Strategy] => [name, strategy]));

describe.each(EACH)('%s by %s', (name, strategy) => {
  test('sends what the entry says, which the model takes', async () => {
    const { path = '/v1/predictions', ...body } = SENT[name]?.[strategy] ?? {};
    await providerOf(name).submit(asked(name, strategy), attempt());
    expect(double.requests).toHaveLength(1);
    expect(double.requests[0]).toMatchObject({ method: 'POST', path, headers: { 'cancel-after': '120s' } });
    expect(double.requests[0]?.body).toEqual(body);
    expect(double.bill).toMatchObject([{ model: name }]);
  });

  test('is followed to its picture, whatever the shape of the output', async () => {
    double.holding = true;
    const provider = providerOf(name);
    const request = asked(name, strategy);
    const { id } = await provider.submit(request, attempt());
    double.place(id, 'processing', 0.5);
    expect(await provider.get(id, request)).toMatchObject({ status: 'processing', progress: 0.5, costUsd: null });
    double.release(id);
    const done = (await provider.get(id, request)) as Prediction;
    expect(done).toMatchObject({ status: 'succeeded', outputs: [`${double.outputOrigin}/pbxt/${id}/out-0.png`] });
    expect((await sharp(await provider.download(done, request)).metadata()).format).toBe('png');
  });

  test('is found when its answer was lost, and no other is taken for it', async () => {
    const provider = providerOf(name);
    const request = asked(name, strategy);
    await provider.submit({ ...request, seed: 7 }, attempt());
    await provider.submit({ ...request, prompt: 'a cat' }, attempt());
    const stronger = request.identity?.strength && { ...request.identity, strength: 0.9 };
    if (stronger) await provider.submit({ ...request, identity: stronger }, attempt());
    const others = double.bill.length;
    double.next('create', faults.reset('after'));
    const lost: Attempt = attempt();
    await failure(provider.submit(request, lost), double.token);
    // Known again by what it says: the images may be gone by then.
    const identity = request.identity && { ...request.identity, image: null };
    const found = await provider.find({ ...request, reference: null, identity }, lost);
    expect(found?.id).toBe(double.bill[others]?.id);
  });
});

test('README tells of every entry what it draws, what it costs and who may use it', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const rows = new Map(readme.split('\n').map((line) => [/^\| `([^`]+)` \|/.exec(line)?.[1], line]));
  for (const name of NAMES) {
    const { strategies, price, license, fields, deterministic } = entryOf(name);
    const row = rows.get(name) ?? '';
    expect(row).toContain(strategies.map((strategy) => `\`${strategy}\``).join(', '));
    expect(row).toContain(price ? `$${price.usd}/${price.per}` : 'to be set');
    expect(row.includes('for research only')).toBe(license !== null);
    expect(row.includes('not sure to repeat')).toBe(!deterministic);
    expect(row.includes('no shape'), name).toBe(!fields.width && !fields.aspect_ratio);
    expect(row.includes('no negative prompt'), name).toBe(!fields.negative_prompt);
  }
});

test('every entry and strategy is written out above', () => {
  const written = Object.entries(SENT).flatMap(([name, by]) => Object.keys(by).map((strategy) => [name, strategy]));
  expect(written.sort()).toEqual(EACH.sort());
});

test('of one picture by two strategies neither is taken for the other', async () => {
  const provider = providerOf('chigozienri/ip_adapter-sdxl');
  const own = asked('chigozienri/ip_adapter-sdxl', 'identity');
  await provider.submit(own, attempt());
  expect(await provider.find(asked(SDXL, 'prompt'), attempt())).toBeUndefined();
  expect((await provider.find(own, attempt()))?.id).toBe(double.bill[0]?.id);
});

describe.each(NAMES)('the entry %s', (name) => {
  const { strategies, fields, identity, ranges, constants } = entryOf(name);
  test('agrees with itself', () => {
    const can: [Strategy, Word][] = [
      ['reference', 'reference'],
      ['lora', 'lora_weights'],
      ['identity', 'identity_image'],
    ];
    for (const [strategy, word] of can) expect(strategies.includes(strategy)).toBe(word in fields);
    expect(strategies.includes('identity')).toBe(identity !== null);
    for (const [word, value] of Object.entries({ ...identity, strength: undefined })) {
      if (value === undefined) continue;
      expect(value !== null, word).toBe(word in fields);
      const [min, max] = ranges[word as Word] ?? [-Infinity, Infinity];
      if (value !== null) expect(value >= min && value <= max, word).toBe(true);
    }
    expect(identity === null || (identity.strength !== null) === 'identity_strength' in fields).toBe(true);
    const named = [...Object.values(fields), ...Object.keys(constants)];
    expect(new Set(named).size).toBe(named.length);
    expect(Object.keys(ranges).filter((word) => !(word in fields))).toEqual([]);
  });

  test('fits what Replicate publishes', async () => {
    await providerOf(name).check();
    expect(double.bill).toHaveLength(0);
  });

  test('sends nothing beyond its ranges', async () => {
    const request = asked(name, strategies[0] as Strategy);
    expect((await failure(providerOf(name).submit({ ...request, seed: 2 ** 32 }, attempt()), double.token)).kind).toBe(
      'refused',
    );
    expect(double.requests).toHaveLength(0);
  });
});

describe('an entry that is wrong is found by its name, the field and the difference', () => {
  type Change = (published: PublishedModel) => void;
  const set =
    (field: string, changes: object | null): Change =>
    ({ fields }) => {
      if (changes) Object.assign(fields[field] as object, changes);
      else delete fields[field];
    };
  test.each<[says: string, name: string, change: Change]>([
    ['image (identity_image) is not among its inputs', INSTANT_ID, set('image', null)],
    [
      'ip_adapter_scale (identity_strength) may be 0 to 1 there, and 0 to 1.5 here',
      INSTANT_ID,
      set('ip_adapter_scale', { maximum: 1 }),
    ],
    [
      'guidance_scale (guidance_scale) may be 2 to 50 there, and 1 to 50 here',
      INSTANT_ID,
      set('guidance_scale', { minimum: 2 }),
    ],
    [
      'guidance_scale (guidance_scale) is of type integer there, and number here',
      INSTANT_ID,
      set('guidance_scale', { type: 'integer' }),
    ],
    ['seed (seed) is of type string there, and integer here', INSTANT_ID, set('seed', { type: 'string' })],
    [
      'seed (seed) may be 0 to 2147483647 there, and 0 to 4294967295 here',
      SDXL,
      set('seed', { minimum: 0, maximum: 2147483647 }),
    ],
    ['scheduler cannot be K_EULER there', SDXL, set('scheduler', { enum: ['DDIM'] })],
    ['refine is not among its inputs', SDXL, set('refine', null)],
    ['replicate_weights (lora_weights) is not among its inputs', SDXL, set('replicate_weights', null)],
    ['num_outputs cannot be 1 there', SDXL, set('num_outputs', { minimum: 2 })],
    ['apply_watermark is of type string there, and boolean here', SDXL, set('apply_watermark', { type: 'string' })],
    [
      'aspect_ratio (aspect_ratio) cannot be 3:4, 4:3 there',
      KONTEXT,
      set('aspect_ratio', { enum: ['1:1', '2:3', '3:2', '9:16', '16:9'] }),
    ],
    ['safety_tolerance cannot be 2 there', KONTEXT, set('safety_tolerance', { maximum: 1 })],
    ['pose_image is required there and not sent', INSTANT_ID, ({ required }) => required.push('pose_image')],
    ['image is required there and not sent', SDXL, ({ required }) => required.push('image')],
    ['the output is uri there, and uri[] here', INSTANT_ID, (published) => Object.assign(published, { output: 'uri' })],
    ['the output is uri[] there, and uri here', KONTEXT, (published) => Object.assign(published, { output: 'uri[]' })],
  ])('%s', async (says, name, change) => {
    change(double.published.get(name) as PublishedModel);
    const error = await providerOf(name)
      .check()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    const setting = name === SDXL ? 'REPLICATE_MODEL' : 'IDENTITY_MODEL';
    const { id } = findModel(name) ?? {};
    expect((error as ConfigError).faults).toEqual([`${setting}: ${id} is not as the catalogue says: ${says}`]);
  });

  test('all at once, of both models', async () => {
    for (const name of [SDXL, INSTANT_ID]) set('seed', null)(double.published.get(name) as PublishedModel);
    const error = await providerOf(INSTANT_ID)
      .check()
      .catch((thrown: unknown) => thrown);
    expect((error as ConfigError).faults.map((fault) => fault.split(':')[0])).toEqual([
      'REPLICATE_MODEL',
      'IDENTITY_MODEL',
    ]);
  });

  test.each([
    ['a model that is not there', () => double.published.delete(KONTEXT), 'unavailable'],
    ['an answer that makes no sense', () => double.next('model', faults.answer(200, ['?'])), 'later'],
  ])('but %s is no proof of a wrong entry', async (_name, arrange, kind) => {
    arrange();
    expect((await failure(providerOf(KONTEXT).check(), double.token)).kind).toBe(kind);
  });

  test('an official model is read from its newest version, and one that tells no schema is let pass', async () => {
    await providerOf(KONTEXT).check();
    expect(double.requests.at(-1)?.path).toBe(`/v1/models/${KONTEXT}`);
    double.next('model', faults.withMembers({ latest_version: null }));
    await providerOf(KONTEXT).check();
  });
});

describe('what a picture costs', () => {
  async function costOf(name: string, changes: Partial<ReplicateConfig>, outcome: object) {
    double.nextOutcome(outcome);
    const provider = providerOf(name, changes);
    const request = asked(name, entryOf(name).strategies[0] as Strategy);
    const { id } = await provider.submit(request, attempt());
    return (await provider.get(id, request))?.costUsd;
  }
  const perSecond = { usd: 0.001, per: 'second' } as const;
  test.each<[what: string, name: string, changes: Partial<ReplicateConfig>, outcome: object, usd: number | null]>([
    ['by the second', SDXL, {}, { predictSeconds: 10 }, 0.00975],
    ['by the second, also when it failed', SDXL, {}, { predictSeconds: 10, error: 'CUDA out of memory' }, 0.00975],
    ['by the second, as the setting says', INSTANT_ID, { identityModelPrice: perSecond }, { predictSeconds: 10 }, 0.01],
    ['of which nobody knows', INSTANT_ID, {}, { predictSeconds: 10 }, null],
    ['by the picture', KONTEXT, {}, { predictSeconds: 10 }, 0.04],
    ['by the picture, of two', KONTEXT, {}, { output: ['https://a/1.png', 'https://a/2.png'] }, 0.08],
    ['by the picture, when there is none', KONTEXT, {}, { error: 'flagged' }, null],
    ['by the picture, as the setting says', KONTEXT, { identityModelPrice: { usd: 0.05, per: 'picture' } }, {}, 0.05],
  ])('%s: %s', async (_what, name, changes, outcome, usd) => {
    const cost = await costOf(name, changes, outcome);
    if (usd === null) expect(cost).toBeNull();
    else expect(cost).toBeCloseTo(usd, 10);
  });
});

describe('which model draws', () => {
  test('the one that the recipe names, also when the settings name another by now', async () => {
    const old = `${SDXL}:${OTHER_VERSION}`;
    double.versions.add(OTHER_VERSION);
    await providerFor(double).submit({ ...REQUEST, model: old }, attempt());
    await providerFor(double).submit(asked(INSTANT_ID, 'identity'), attempt());
    await providerFor(double).submit({ ...REQUEST, model: 'preview:1' }, attempt());
    expect(double.bill.map(({ model, version }) => `${model}:${version}`)).toEqual([
      old,
      findModel(INSTANT_ID)?.id,
      findModel(SDXL)?.id,
    ]);
  });

  test('none, when somebody is asked for by a model that nobody knows', async () => {
    const request = { ...asked(INSTANT_ID, 'identity'), model: 'acme/faces' };
    expect((await failure(providerOf(INSTANT_ID).submit(request, attempt()), double.token)).kind).toBe('refused');
    expect(double.requests).toHaveLength(0);
  });
});

describe('settings', () => {
  const enough = { DATABASE_PATH: 'forum.db', JWT_SECRET: 'secret', REPLICATE_API_TOKEN: 'r8_x' };
  const faultsOf = (env: object): string[] => {
    try {
      readConfig({ ...enough, ...env });
      return [];
    } catch (error) {
      return (error as ConfigError).faults;
    }
  };
  const price = { IDENTITY_MODEL_PRICE: '0.001/second' };

  test.each([
    ['an unknown model', { IDENTITY_MODEL: 'acme/faces', ...price }],
    ['a version of an official model', { IDENTITY_MODEL: `${KONTEXT}:${OTHER_VERSION}`, ...price }],
    ['half a version', { IDENTITY_MODEL: `${INSTANT_ID}:2e47`, ...price }],
    ['a name that every object has', { IDENTITY_MODEL: 'constructor', ...price }],
    ['a model that knows no faces', { IDENTITY_MODEL: SDXL }],
  ])('%s for identity is told with those that are known', (_name, env) => {
    const known = NAMES.filter((name) => name !== SDXL).join(', ');
    expect(faultsOf(env)).toEqual([expect.stringContaining(`IDENTITY_MODEL: must be one of ${known}`)]);
  });

  test('a model of faces alone cannot draw everything else', () => {
    expect(faultsOf({ REPLICATE_MODEL: KONTEXT })).toEqual([
      expect.stringContaining(`REPLICATE_MODEL: must be one of ${SDXL};`),
    ]);
  });

  test('a price that nobody knows has to be told, in words that can be read', () => {
    expect(faultsOf({ IDENTITY_MODEL: INSTANT_ID })).toEqual([
      expect.stringMatching(/^IDENTITY_MODEL_PRICE: is required with zsxkib\/instant-id/),
    ]);
    expect(faultsOf({ IDENTITY_MODEL: INSTANT_ID, IDENTITY_MODEL_PRICE: '2 cents' })).toEqual([
      expect.stringMatching(/^IDENTITY_MODEL_PRICE: must be US dollars/),
    ]);
    expect(faultsOf({ IDENTITY_MODEL: KONTEXT })).toEqual([]);
  });

  test('a name alone means the version of the catalogue', () => {
    const { provider } = readConfig({ ...enough, ...price, IDENTITY_MODEL: INSTANT_ID, REPLICATE_MODEL: SDXL });
    expect(provider).toMatchObject({
      model: findModel(SDXL)?.id,
      identityModel: `${INSTANT_ID}:${entryOf(INSTANT_ID).version}`,
      identityModelPrice: { usd: 0.001, per: 'second' },
      modelPrice: null,
    });
  });
});
