// Draws with SDXL on Replicate: one paid request for each attempt, everything else safe to repeat.
import Replicate from 'replicate';
import { z } from 'zod';
import type { ReplicateConfig } from '../config.ts';
import { type Attempt, type PictureRequest, type Prediction, type Provider, ProviderError } from './provider.ts';
import { downloadPicture } from './replicate-download.ts';
import { exchange, type Reply, StatusError } from './replicate-http.ts';
import { Answer, ListedAnswer, Page, toInput, toPrediction } from './replicate-prediction.ts';
import { webhookMembers } from './replicate-webhook.ts';

/** Milliseconds. Tests shorten them; nothing else does. */
export const DEADLINES = { submitMs: 15_000, readMs: 15_000, downloadMs: 30_000, stallMs: 5_000 };
export type Deadlines = typeof DEADLINES;

/** The price of an Nvidia L40S, which stability-ai/sdxl runs on: replicate.com/stability-ai/sdxl/train. */
const USD_PER_SECOND = 0.000975;

const MAX_JSON_BYTES = 1024 * 1024;
/** A page of the list repeats the inputs of 100 predictions, each perhaps with a reference of 256 KiB as base64. */
const MAX_PAGE_BYTES = 40 * 1024 * 1024;
/** More than anyone can create in the minutes that find() looks back on, at 600 a minute. */
const MAX_PAGES = 100;
const MAX_POLL_BESIDE_WEBHOOKS_MS = 10_000;
/** How far the two clocks may differ, and how long after `submittedAt` the request may have arrived. */
const FIND_BEFORE_MS = 60_000;
const FIND_AFTER_MS = 120_000;

/** The adapter for the hosted model `config.model`. */
export function createReplicateProvider(config: ReplicateConfig, deadlines: Deadlines = DEADLINES): Provider {
  const { owner, name, version } = modelParts(config.model);
  const api: Api = { config, deadlines };
  return {
    name: 'replicate',
    model: config.model,
    usdPerSecond: USD_PER_SECOND,
    pollIntervalMs: config.webhook ? besideWebhooks(config.pollIntervalMs) : config.pollIntervalMs,
    submit: (request, attempt) => submit(api, version, request, attempt),
    async find(request, attempt) {
      const isWanted = recognise(request, attempt);
      const hinted = await findHinted(api, attempt, isWanted);
      const found = hinted instanceof ProviderError ? undefined : hinted;
      const known = found ?? (await findOldest(api, attempt, isWanted));
      // The list may be behind: one that could not be asked about is not proven absent by it.
      if (!known && hinted instanceof ProviderError) throw hinted;
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

interface Api {
  config: ReplicateConfig;
  deadlines: Deadlines;
}

/** A webhook can get lost, so running predictions are asked about all the same, only less often. */
function besideWebhooks(pollIntervalMs: number): number {
  return Math.max(pollIntervalMs, Math.min(5 * pollIntervalMs, MAX_POLL_BESIDE_WEBHOOKS_MS));
}

function modelParts(model: string): { owner: string; name: string; version: string } {
  const [, owner = '', name = '', version = ''] = /^([^/]+)\/([^:]+):(.+)$/.exec(model) ?? [];
  return { owner, name, version };
}

/*
 * Which requests go through the `replicate` package, and which do not. Creating is our own fetch: the package posts a
 * prediction again, up to six times in all and without a pause, on a lost connection or a 429 (each may be billed), and
 * has no way to set Cancel-After. get, cancel, list and versions.get are the package's, with a fetch that plays the
 * first outcome back to its retries, so that one call is one request and the waiting stays with our caller. Its run()
 * and wait() are not used, as they never end on `aborted`, nor is its file output, which downloads from anywhere.
 */
async function submit(api: Api, version: string, request: PictureRequest, attempt: Attempt): Promise<Prediction> {
  const { token, baseUrl, cancelAfterS, webhook } = api.config;
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    // Replicate takes no less than 5 s.
    'cancel-after': `${Math.max(5, cancelAfterS)}s`,
  };
  const body = JSON.stringify({
    version,
    input: toInput(request),
    ...(webhook && webhookMembers(webhook.url, attempt)),
  });
  const about = { stakes: 'paid', token, deadlineMs: api.deadlines.submitMs, maxBytes: MAX_JSON_BYTES } as const;
  const reply = await exchange(`${baseUrl}/predictions`, { method: 'POST', headers, body }, about);
  return toPrediction(createdAnswer(reply), version);
}

/** Accepted, as the status says; but without an id the paid prediction has to be looked for. */
function createdAnswer(reply: Reply): z.output<typeof Answer> {
  try {
    return Answer.parse(JSON.parse(reply.text));
  } catch (cause) {
    throw new ProviderError('unknown', `POST /predictions was answered ${reply.status} with no prediction`, { cause });
  }
}

/** Everything but creating: repeatable, so whatever cannot be read is worth another try. */
async function ask<T>(
  api: Api,
  schema: z.ZodType<T>,
  call: (client: Replicate) => Promise<unknown>,
  maxBytes = MAX_JSON_BYTES,
): Promise<T> {
  try {
    return schema.parse(await call(clientForOneCall(api, maxBytes)));
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    throw new ProviderError('later', 'Replicate answered with something unreadable', { cause });
  }
}

function clientForOneCall({ config, deadlines }: Api, maxBytes: number): Replicate {
  const about = { stakes: 'free', token: config.token, deadlineMs: deadlines.readMs, maxBytes } as const;
  let outcome: Promise<Reply> | undefined;
  return new Replicate({
    auth: config.token,
    baseUrl: config.baseUrl,
    useFileOutput: false,
    async fetch(input, init = {}) {
      outcome ??= exchange(input instanceof Request ? input.url : input, init, about);
      const { text, ...reply } = await outcome;
      return new Response(text === '' ? null : text, reply);
    },
  });
}

async function unlessUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StatusError && error.status === 404) return undefined;
    throw error;
  }
}

type Listed = z.output<typeof ListedAnswer>;
type IsWanted = (listed: Listed) => boolean;

/** Knows the attempt's own prediction: made at its time, every input as it was sent, and no other row's. */
function recognise(request: PictureRequest, attempt: Attempt): IsWanted {
  const from = attempt.submittedAt.getTime() - FIND_BEFORE_MS;
  const to = attempt.submittedAt.getTime() + FIND_AFTER_MS;
  const asked = Object.entries(toInput({ ...request, reference: null }));
  return (listed) => {
    const at = Date.parse(listed.created_at);
    return at >= from && at <= to && isAnswerTo(listed, asked) && !attempt.taken?.has(listed.id);
  };
}

/** A failure is handed back, not thrown: the list is there all the same. */
async function findHinted(
  api: Api,
  { hint }: Attempt,
  isWanted: IsWanted,
): Promise<Listed | ProviderError | undefined> {
  if (hint === undefined) return undefined;
  try {
    const named = await unlessUnknown(ask(api, ListedAnswer, (client) => client.predictions.get(hint)));
    return named && isWanted(named) ? named : undefined;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

/** The list is newest first, so of several matches the last one met is the oldest. */
async function findOldest(api: Api, attempt: Attempt, isWanted: IsWanted): Promise<Listed | undefined> {
  let found: Listed | undefined;
  for await (const listed of listBackTo(api, attempt.submittedAt.getTime() - FIND_BEFORE_MS)) {
    if (isWanted(listed)) found = listed;
  }
  return found;
}

/** Whether every input is as it was sent; the reference is left out, which is long and may be gone by now. */
function isAnswerTo(listed: Listed, asked: [string, unknown][]): boolean {
  return asked.every(([name, value]) => listed.input[name] === value);
}

/** @throws ProviderError when it cannot be read that far: half a list proves no absence */
async function* listBackTo(api: Api, from: number): AsyncGenerator<Listed> {
  let next: string | null | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { results, next: following } = await readPage(api, next);
    yield* results;
    const oldest = results.at(-1);
    if (!following || (oldest && Date.parse(oldest.created_at) < from)) return;
    next = following;
  }
  throw new ProviderError('later', `the list of predictions goes on after ${MAX_PAGES} pages`);
}

function readPage(api: Api, address: string | null | undefined): Promise<z.output<typeof Page>> {
  if (!address) return ask(api, Page, (client) => client.predictions.list(), MAX_PAGE_BYTES);
  const url = ownUrl(address, api.config.baseUrl);
  return ask(api, Page, async (client) => (await client.request(url, { method: 'GET' })).json(), MAX_PAGE_BYTES);
}

/** The token goes along with the request, so a page elsewhere is not followed. */
function ownUrl(address: string, baseUrl: string): URL {
  const url = URL.parse(address);
  const own = new URL(`${baseUrl}/`);
  if (url?.origin === own.origin && url.pathname.startsWith(own.pathname) && !url.username) return url;
  throw new ProviderError('later', 'the list of predictions goes on at a foreign address');
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
