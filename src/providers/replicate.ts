// Draws with SDXL on Replicate: one paid request for each attempt, everything else safe to repeat.
import { z } from 'zod';
import type { ReplicateConfig } from '../config.ts';
import { type Attempt, type PictureRequest, type Prediction, type Provider, ProviderError } from './provider.ts';
import {
  type Api,
  ask,
  create,
  DEADLINES,
  type Deadlines,
  modelParts,
  pollIntervalOf,
  search,
  USD_PER_SECOND,
  unlessUnknown,
} from './replicate-api.ts';
import { downloadPicture } from './replicate-download.ts';
import { Answer, ListedAnswer, toInput, toPrediction } from './replicate-prediction.ts';
import { createReplicateTrainer } from './replicate-training.ts';
import { webhookMembers } from './replicate-webhook.ts';

/** Published: 600 creates and 3,000 other requests a minute. A part is left for searches, cancels and the operator's own use. */
const SUBMITS_PER_SECOND = 8;
const POLLS_PER_SECOND = 35;

/** No wider: two requests may be alike to the last detail, made at different times. */
const FIND_WINDOW = { beforeMs: 60_000, afterMs: 120_000 };

export { DEADLINES, type Deadlines };

/** The adapter for the hosted model `config.model`. */
export function createReplicateProvider(config: ReplicateConfig, deadlines: Deadlines = DEADLINES): Provider {
  const { owner, name, version } = modelParts(config.model);
  const api: Api = { config, deadlines };
  return {
    name: 'replicate',
    model: config.model,
    usdPerSecond: USD_PER_SECOND,
    pollIntervalMs: pollIntervalOf(config),
    submitsPerSecond: SUBMITS_PER_SECOND,
    pollsPerSecond: POLLS_PER_SECOND,
    trainer: config.trainingDestination ? createReplicateTrainer(api, config.trainingDestination) : null,
    submit: (request, attempt) => submit(api, version, request, attempt),
    async find(request, attempt) {
      const known = await find(api, request, attempt);
      return known && toPrediction(known, version);
    },
    async get(predictionId) {
      const answer = await unlessUnknown(ask(api, Answer, (client) => client.predictions.get(predictionId)));
      return answer && toPrediction(answer, version);
    },
    async cancel(predictionId) {
      // What Replicate does not know needs no end. The answer is read for its shape: a stranger's 200 confirms nothing.
      await unlessUnknown(ask(api, Answer, (client) => client.predictions.cancel(predictionId)));
    },
    download: (prediction) => download(prediction, api),
    check: () => check(api, owner, name, version),
  };
}

/*
 * Which requests go through the `replicate` package, and which do not. Creating is our own fetch: the package posts a
 * prediction again, up to six times in all and without a pause, on a lost connection or a 429 (each may be billed), and
 * has no way to set Cancel-After. get, cancel, list and versions.get are the package's, with a fetch that plays the
 * first outcome back to its retries, so that one call is one request and the waiting stays with our caller. Its run()
 * and wait() are not used, as they never end on `aborted`, nor is its file output, which downloads from anywhere.
 */
async function submit(api: Api, version: string, request: PictureRequest, attempt: Attempt): Promise<Prediction> {
  const { cancelAfterS, webhook } = api.config;
  // Replicate takes no less than 5 s.
  const headers = { 'cancel-after': `${Math.max(5, cancelAfterS)}s` };
  const subject = { generation: attempt.generationId, nonce: attempt.nonce };
  const body = { version, input: toInput(request), ...(webhook && webhookMembers(webhook.url, subject)) };
  return toPrediction(await create(api, '/predictions', body, Answer, headers), version);
}

/** Knows the attempt's own prediction: made at its time, every input as it was sent, and no other row's. */
function find(api: Api, request: PictureRequest, { submittedAt, hint, taken }: Attempt) {
  const asked = Object.entries(toInput({ ...request, reference: null }));
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

/** Whether every input is as it was sent; the reference is left out, which is long and may be gone by now. */
function isAnswerTo(listed: z.output<typeof ListedAnswer>, asked: [string, unknown][]): boolean {
  return asked.every(([name, value]) => listed.input[name] === value);
}

async function download(prediction: Prediction, { config, deadlines }: Api): Promise<Buffer> {
  const [first] = prediction.outputs;
  if (first === undefined) throw new ProviderError('refused', `prediction ${prediction.id} has no picture`);
  return downloadPicture(first, config.outputOrigins, { totalMs: deadlines.downloadMs, stallMs: deadlines.stallMs });
}

/** Asks for the configured version: proves the token as /account would, and that there is something to run with it. */
async function check(api: Api, owner: string, name: string, version: string): Promise<void> {
  const schema = z.object({ id: z.string() });
  const found = await unlessUnknown(ask(api, schema, (client) => client.models.versions.get(owner, name, version)));
  if (!found) throw new ProviderError('unavailable', `Replicate does not know ${owner}/${name}:${version}`);
}
