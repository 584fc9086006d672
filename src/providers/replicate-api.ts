// What every call to Replicate but the paid ones goes through: the `replicate` package with one request for each call, and its lists.
import Replicate from 'replicate';
import { z } from 'zod';
import type { ReplicateConfig } from '../config.ts';
import { ProviderError } from './provider.ts';
import { exchange, type Reply, StatusError } from './replicate-http.ts';

/** Milliseconds. Tests shorten them; nothing else does. */
export const DEADLINES = { submitMs: 15_000, readMs: 15_000, downloadMs: 30_000, stallMs: 5_000 };
export type Deadlines = typeof DEADLINES;

export interface Api {
  config: ReplicateConfig;
  deadlines: Deadlines;
}

/** The price of an Nvidia L40S, which stability-ai/sdxl runs and is trained on: replicate.com/stability-ai/sdxl/train. */
export const USD_PER_SECOND = 0.000975;

export const MAX_JSON_BYTES = 1024 * 1024;
/** A page of the list repeats the inputs of 100 predictions, each perhaps with a reference of 256 KiB as base64. */
const MAX_PAGE_BYTES = 40 * 1024 * 1024;
/** More than anyone can create in the minutes that are looked back on, at 600 a minute. */
const MAX_PAGES = 100;
const MAX_POLL_BESIDE_WEBHOOKS_MS = 10_000;

/** A webhook can get lost, so what is running is asked about all the same, only less often. */
export function pollIntervalOf({ pollIntervalMs, webhook }: ReplicateConfig): number {
  if (!webhook) return pollIntervalMs;
  return Math.max(pollIntervalMs, Math.min(5 * pollIntervalMs, MAX_POLL_BESIDE_WEBHOOKS_MS));
}

export function modelParts(model: string): { owner: string; name: string; version: string } {
  const [, owner = '', name = '', version = ''] = /^([^/]+)\/([^:]+):(.+)$/.exec(model) ?? [];
  return { owner, name, version };
}

/**
 * Sends the one request that is paid for.
 * @throws ProviderError `unknown` when it may have been accepted
 */
export async function create<T>(api: Api, path: string, body: object, schema: z.ZodType<T>, headers = {}): Promise<T> {
  const { token, baseUrl } = api.config;
  const sent = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers };
  const about = { stakes: 'paid', token, deadlineMs: api.deadlines.submitMs, maxBytes: MAX_JSON_BYTES } as const;
  const init = { method: 'POST', headers: sent, body: JSON.stringify(body) };
  const reply = await exchange(`${baseUrl}${path}`, init, about);
  try {
    return schema.parse(JSON.parse(reply.text));
  } catch (cause) {
    // Accepted, as the status says; but without an id what is paid has to be looked for.
    throw new ProviderError('unknown', `POST ${path} was answered ${reply.status} and nothing readable`, { cause });
  }
}

/** Everything but creating: repeatable, so whatever cannot be read is worth another try. */
export async function ask<T>(
  api: Api,
  schema: z.ZodType<T>,
  call: (client: Replicate) => Promise<unknown>,
  { maxBytes = MAX_JSON_BYTES, deadlineMs = api.deadlines.readMs } = {},
): Promise<T> {
  try {
    return schema.parse(await call(clientForOneCall(api.config, { maxBytes, deadlineMs })));
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    throw new ProviderError('later', 'Replicate answered with something unreadable', { cause });
  }
}

function clientForOneCall(
  { token, baseUrl }: ReplicateConfig,
  limits: { maxBytes: number; deadlineMs: number },
): Replicate {
  const about = { stakes: 'free', token, ...limits } as const;
  let outcome: Promise<Reply> | undefined;
  return new Replicate({
    auth: token,
    baseUrl,
    useFileOutput: false,
    async fetch(input, init = {}) {
      outcome ??= exchange(input instanceof Request ? input.url : input, init, about);
      const { text, ...reply } = await outcome;
      return new Response(text === '' ? null : text, reply);
    },
  });
}

export async function unlessUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StatusError && error.status === 404) return undefined;
    throw error;
  }
}

/** What a list says of one thing. */
interface Listed {
  created_at: string;
}

/** What an attempt whose answer was lost is looked for with. */
export interface Search<T> {
  submittedAt: Date;
  /** How far the two clocks may differ, and how long after `submittedAt` the request may have arrived. */
  window: { beforeMs: number; afterMs: number };
  /** Named by a webhook. */
  hint: string | undefined;
  item: z.ZodType<T>;
  get: (client: Replicate, id: string) => Promise<unknown>;
  list: (client: Replicate) => Promise<unknown>;
  isWanted: (listed: T) => boolean;
}

/** Of several matches the oldest. @throws ProviderError when the search could not be completed */
export async function search<T extends Listed>(api: Api, wanted: Search<T>): Promise<T | undefined> {
  const hinted = await findHinted(api, wanted);
  const found = hinted instanceof ProviderError ? undefined : hinted;
  const known = found ?? (await findOldest(api, wanted));
  // The list may be behind: one that could not be asked about is not proven absent by it.
  if (!known && hinted instanceof ProviderError) throw hinted;
  return known;
}

function isInTime<T>({ created_at }: Listed, { submittedAt, window }: Search<T>): boolean {
  const since = Date.parse(created_at) - submittedAt.getTime();
  return since >= -window.beforeMs && since <= window.afterMs;
}

/** A failure is handed back, not thrown: the list is there all the same. */
async function findHinted<T extends Listed>(api: Api, wanted: Search<T>): Promise<T | ProviderError | undefined> {
  const { hint, item, get, isWanted } = wanted;
  if (hint === undefined) return undefined;
  try {
    const named = await unlessUnknown(ask(api, item, (client) => get(client, hint)));
    return named && isInTime(named, wanted) && isWanted(named) ? named : undefined;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

/** The list is newest first, so of several matches the last one met is the oldest. */
async function findOldest<T extends Listed>(api: Api, wanted: Search<T>): Promise<T | undefined> {
  let found: T | undefined;
  for await (const listed of listBackTo(api, wanted)) {
    if (isInTime(listed, wanted) && wanted.isWanted(listed)) found = listed;
  }
  return found;
}

/** @throws ProviderError when it cannot be read that far: half a list proves no absence */
async function* listBackTo<T extends Listed>(api: Api, { item, list, ...search }: Search<T>): AsyncGenerator<T> {
  const page = z.object({ results: z.array(item), next: z.string().nullish() });
  const from = search.submittedAt.getTime() - search.window.beforeMs;
  let next: string | null | undefined;
  for (let read = 0; read < MAX_PAGES; read++) {
    const { results, next: following } = await ask(api, page, next ? pageAt(api, next) : list, {
      maxBytes: MAX_PAGE_BYTES,
    });
    yield* results;
    const oldest = results.at(-1);
    if (!following || (oldest && Date.parse(oldest.created_at) < from)) return;
    next = following;
  }
  throw new ProviderError('later', `the list goes on after ${MAX_PAGES} pages`);
}

function pageAt(api: Api, address: string): (client: Replicate) => Promise<unknown> {
  const url = ownUrl(address, api.config.baseUrl);
  return async (client) => (await client.request(url, { method: 'GET' })).json();
}

/** The token goes along with the request, so a page elsewhere is not followed. */
function ownUrl(address: string, baseUrl: string): URL {
  const url = URL.parse(address);
  const own = new URL(`${baseUrl}/`);
  if (url?.origin === own.origin && url.pathname.startsWith(own.pathname) && !url.username) return url;
  throw new ProviderError('later', 'the list goes on at a foreign address');
}
