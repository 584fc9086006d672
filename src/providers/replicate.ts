// Draws with the models of the catalogue on Replicate: one paid request for each attempt, everything else safe to repeat.
import { z } from 'zod';
import { ConfigError, type ReplicateConfig } from '../config.ts';
import type { Price } from './catalogue.ts';
import { findModel, type Model } from './models.ts';
import {
  type Attempt,
  type IdentityModel,
  type PictureRequest,
  type Prediction,
  type Provider,
  ProviderError,
} from './provider.ts';
import {
  type Api,
  ask,
  create,
  DEADLINES,
  type Deadlines,
  pollIntervalOf,
  search,
  unlessUnknown,
} from './replicate-api.ts';
import { downloadPicture } from './replicate-download.ts';
import { inputOf } from './replicate-input.ts';
import { Answer, ListedAnswer, toPrediction } from './replicate-prediction.ts';
import { differences, Published } from './replicate-schema.ts';
import { createReplicateTrainer } from './replicate-training.ts';
import { webhookMembers } from './replicate-webhook.ts';

/** Published: 600 creates and 3,000 other requests a minute. A part is left for searches, cancels and the operator's own use. */
const SUBMITS_PER_SECOND = 8;
const POLLS_PER_SECOND = 35;

/** No wider: two requests may be alike to the last detail, made at different times. */
const FIND_WINDOW = { beforeMs: 60_000, afterMs: 120_000 };

export { DEADLINES, type Deadlines };

/** Seconds of a picture of a megapixel in 50 steps, the longest seen. */
const DEAR_SECONDS = 14;

/** What the settings name. */
interface Models {
  base: Model;
  identity: Model | null;
}

/** The adapter for the hosted models that `config` names. */
export function createReplicateProvider(config: ReplicateConfig, deadlines: Deadlines = DEADLINES): Provider {
  const api: Api = { config, deadlines };
  const models = modelsOf(config);
  return {
    name: 'replicate',
    model: models.base.id,
    identity: models.identity && identityOf(models.identity),
    pollIntervalMs: pollIntervalOf(config),
    submitsPerSecond: SUBMITS_PER_SECOND,
    pollsPerSecond: POLLS_PER_SECOND,
    trainer: config.trainingDestination ? createReplicateTrainer(api, config.trainingDestination) : null,
    dearestUsd: (model) => dearestUsd(modelOf(models, { model, identity: null })),
    submit: async (request, attempt) => submit(api, modelOf(models, request), request, attempt),
    async find(request, attempt) {
      const model = modelOf(models, request);
      const known = await find(api, model, request, attempt);
      return known && toPrediction(known, model);
    },
    async get(predictionId, request) {
      const answer = await unlessUnknown(ask(api, Answer, (client) => client.predictions.get(predictionId)));
      return answer && toPrediction(answer, modelOf(models, request));
    },
    async cancel(predictionId) {
      // What Replicate does not know needs no end. The answer is read for its shape: a stranger's 200 confirms nothing.
      await unlessUnknown(ask(api, Answer, (client) => client.predictions.cancel(predictionId)));
    },
    download: (prediction) => download(prediction, api),
    check: () => check(api, models),
  };
}

function modelsOf({ model, modelPrice, identityModel, identityModelPrice }: ReplicateConfig): Models {
  const base = known('REPLICATE_MODEL', model, modelPrice);
  return { base, identity: identityModel === null ? null : known('IDENTITY_MODEL', identityModel, identityModelPrice) };
}

function known(setting: string, id: string, price: Price | null): Model {
  const model = findModel(id, price);
  if (!model) throw new ConfigError([`${setting}: ${id} is not in the catalogue`]);
  return model;
}

/** The one that the recipe names, also after the settings have come to name another; what no catalogue names is for ours to draw. */
function modelOf({ base, identity }: Models, request: Pick<PictureRequest, 'model' | 'identity'>): Model {
  const configured = [base, identity].find((model) => model?.id === request.model);
  const model = configured ?? findModel(request.model) ?? base;
  if (request.identity && !model.entry.identity)
    throw new ProviderError('refused', `${request.model} is not in the catalogue, and ${model.id} knows no faces`);
  return model;
}

function identityOf({ id, entry }: Model): IdentityModel | null {
  const { fields, ranges, trigger, identity } = entry;
  const [, lastSeed] = ranges.seed ?? [0, Infinity];
  const shape = fields.width !== undefined || fields.aspect_ratio !== undefined;
  const takes = { negative_prompt: fields.negative_prompt !== undefined, shape };
  return identity && { model: id, ...identity, seeds: lastSeed + 1, trigger, takes };
}

function dearestUsd({ price }: Model): number {
  if (!price) return 0;
  return price.per === 'second' ? DEAR_SECONDS * price.usd : price.usd;
}

/*
 * Which requests go through the `replicate` package, and which do not. Creating is our own fetch: the package posts a
 * prediction again, up to six times in all and without a pause, on a lost connection or a 429 (each may be billed), and
 * has no way to set Cancel-After. get, cancel, list and versions.get are the package's, with a fetch that plays the
 * first outcome back to its retries, so that one call is one request and the waiting stays with our caller. Its run()
 * and wait() are not used, as they never end on `aborted`, nor is its file output, which downloads from anywhere.
 */
async function submit(api: Api, model: Model, request: PictureRequest, attempt: Attempt): Promise<Prediction> {
  const { cancelAfterS, webhook } = api.config;
  const { name, version } = model;
  // Replicate takes no less than 5 s.
  const headers = { 'cancel-after': `${Math.max(5, cancelAfterS)}s` };
  const subject = { generation: attempt.generationId, nonce: attempt.nonce };
  const path = version ? '/predictions' : `/models/${name}/predictions`;
  const members = webhook && webhookMembers(webhook.url, subject);
  const body = { ...(version && { version }), input: inputOf(model, request), ...members };
  return toPrediction(await create(api, path, body, Answer, headers), model);
}

/** Knows the attempt's own prediction: made at its time, every input as it was sent, and no other row's. */
function find(api: Api, model: Model, request: PictureRequest, { submittedAt, hint, taken }: Attempt) {
  const identity = request.identity && { ...request.identity, image: null };
  const asked = Object.entries(inputOf(model, { ...request, reference: null, identity }));
  return search(api, {
    submittedAt,
    window: FIND_WINDOW,
    hint,
    item: ListedAnswer,
    get: (client, id) => client.predictions.get(id),
    list: (client) => client.predictions.list(),
    isWanted: (listed) => isAnswerTo(listed, asked) && !taken?.has(listed.id),
  });
}

/** Whether every input is as it was sent; the images are left out, which are long and may be gone by now. */
function isAnswerTo(listed: z.output<typeof ListedAnswer>, asked: [string, unknown][]): boolean {
  return asked.every(([name, value]) => listed.input[name] === value);
}

async function download(prediction: Prediction, { config, deadlines }: Api): Promise<Buffer> {
  const [first] = prediction.outputs;
  if (first === undefined) throw new ProviderError('refused', `prediction ${prediction.id} has no picture`);
  return downloadPicture(first, config.outputOrigins, { totalMs: deadlines.downloadMs, stallMs: deadlines.stallMs });
}

/** Asks for the configured models: proves the token as /account would, and that they are there and take what we send. */
async function check(api: Api, { base, identity }: Models): Promise<void> {
  const faults: string[] = [];
  const configured = { REPLICATE_MODEL: base, ...(identity && { IDENTITY_MODEL: identity }) };
  for (const [setting, model] of Object.entries(configured)) {
    const published = await publishedSchema(api, model);
    if (!published) throw new ProviderError('unavailable', `Replicate does not know ${model.id}`);
    const said = published.openapi_schema ? differences(model.entry, published.openapi_schema) : [];
    faults.push(...said.map((fault) => `${setting}: ${model.id} is not as the catalogue says: ${fault}`));
  }
  if (faults.length > 0) throw new ConfigError(faults);
}

const Version = z.object({ id: z.string(), openapi_schema: Published.nullish() });
const OfficialModel = z.object({ latest_version: Version.nullish() });

/** Undefined for a model that Replicate does not know; without a schema where it tells none. */
async function publishedSchema(api: Api, { name, version }: Model): Promise<z.output<typeof Version> | undefined> {
  const [owner = '', own = ''] = name.split('/');
  if (version) return unlessUnknown(ask(api, Version, (client) => client.models.versions.get(owner, own, version)));
  const model = await unlessUnknown(ask(api, OfficialModel, (client) => client.models.get(owner, own)));
  return model && (model.latest_version ?? { id: name });
}
