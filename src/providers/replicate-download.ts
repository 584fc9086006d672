// Fetches a finished picture, or trained weights, from an allowed origin only, within time and size limits: the address comes from outside.
import { createWriteStream } from 'node:fs';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { addAbortSignal, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ProviderError } from './provider.ts';
import { readAtMost, reason, TooLargeError } from './replicate-http.ts';
import { isPublicAddress, publicLookup } from './safe-address.ts';

export const MAX_PICTURE_BYTES = 16 * 1024 * 1024;
/** The tar of an SDXL LoRA of rank 32 is about 190 MB. */
export const MAX_WEIGHTS_BYTES = 250 * 1024 * 1024;

/** Signed and cleaned-up addresses answer these for good. */
const GONE = new Set([403, 404, 410]);

export interface DownloadLimits {
  /** For everything, the connection included. */
  totalMs: number;
  /** Between two pieces of the body. */
  stallMs: number;
}

/** @throws ProviderError `refused` for an address not allowed or not public, gone or too large; else `later` */
export function downloadPicture(
  address: string,
  origins: string[],
  limits: DownloadLimits,
  lookup = publicLookup(),
): Promise<Buffer> {
  return fetched('pictures', address, origins, (url) =>
    request(url, 'image/*', limits, lookup, (response, onBytes) => readAtMost(response, MAX_PICTURE_BYTES, onBytes)),
  );
}

/**
 * Into a file that must not exist yet, which only its owner may read; never as a whole in memory.
 * @throws ProviderError as above
 */
export function downloadWeights(
  address: string,
  origins: string[],
  path: string,
  limits: DownloadLimits,
  lookup = publicLookup(),
): Promise<void> {
  return fetched('weights', address, origins, (url) =>
    request(url, 'application/x-tar', limits, lookup, (response, onBytes) => writeTo(path, response, onBytes)),
  );
}

async function writeTo(path: string, response: IncomingMessage, onBytes: () => void): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  await pipeline(response, atMost(MAX_WEIGHTS_BYTES, onBytes), file);
}

function atMost(maxBytes: number, onBytes: () => void): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      onBytes();
      size += chunk.length;
      if (size > maxBytes) done(new TooLargeError(`more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

async function fetched<T>(
  what: string,
  address: string,
  origins: string[],
  fetch: (url: URL) => Promise<T>,
): Promise<T> {
  const url = allowedUrl(address, origins);
  if (!url) throw new ProviderError('refused', `not an allowed origin for ${what}: ${originOf(address)}`);
  try {
    return await fetch(url);
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    const kind = cause instanceof TooLargeError ? 'refused' : 'later';
    throw new ProviderError(kind, `${what} from ${url.host}: ${reason(cause)}`, { cause });
  }
}

/** No credentials are sent, and no redirect is followed: it would lead around the list of origins. */
async function request<T>(
  url: URL,
  accept: string,
  limits: DownloadLimits,
  lookup: LookupFunction,
  take: (response: IncomingMessage, onBytes: () => void) => Promise<T>,
): Promise<T> {
  const stalled = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(limits.totalMs), stalled.signal]);
  const response = await get(url, accept, signal, lookup);
  const timer = setTimeout(() => stalled.abort(new Error(`no bytes for ${limits.stallMs} ms`)), limits.stallMs);
  try {
    checkHead(response, url);
    return await take(response, () => timer.refresh());
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}

/** Node's own client, as fetch cannot be told what to connect to. A new connection each: an old one was looked up earlier. */
function get(url: URL, accept: string, signal: AbortSignal, lookup: LookupFunction): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = { headers: { accept, 'accept-encoding': 'identity' }, agent: false, lookup, signal };
  const send = url.protocol === 'https:' ? getHttps : getHttp;
  send(url, options, (response) => resolve(addAbortSignal(signal, response))).on('error', reject);
  return promise;
}

function checkHead({ statusCode = 0, headers }: IncomingMessage, url: URL): void {
  // Only a plain 200 is the whole of it; a 206 is a part nobody asked for.
  if (statusCode !== 200) {
    const kind = GONE.has(statusCode) ? 'refused' : 'later';
    throw new ProviderError(kind, `a file from ${url.host} was answered ${statusCode}`);
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new ProviderError('refused', `a file from ${url.host} came packed, unasked`);
}

/**
 * The parsed address when one of the origins (`https://host`, `https://*.host`, `http://127.0.0.1:PORT`) allows it.
 * The same parser serves the check and the request, so both see the same host. The wildcard stands for one label or
 * more, never for none.
 */
export function allowedUrl(address: string, origins: string[]): URL | undefined {
  const url = URL.parse(address);
  if (!url || url.username || url.password || /^\.|\.$/.test(url.hostname)) return undefined;
  // No name, so nothing will be looked up and checked; 127.0.0.1 is let through by its own form of origin alone.
  if (isIP(url.hostname) && url.protocol === 'https:' && !isPublicAddress(url.hostname)) return undefined;
  return origins.some((origin) => matches(url, origin)) ? url : undefined;
}

function matches(url: URL, origin: string): boolean {
  const wildcard = origin.startsWith('https://*.');
  const allowed = URL.parse(wildcard ? origin.replace('*.', '') : origin);
  if (!allowed || url.protocol !== allowed.protocol || url.port !== allowed.port) return false;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && url.hostname === '127.0.0.1')) return false;
  return wildcard ? url.hostname.endsWith(`.${allowed.hostname}`) : url.hostname === allowed.hostname;
}

/** What the log may say of a refused address: never its path, nor the megabytes of a data: address. */
function originOf(address: string): string {
  const url = URL.parse(address);
  return url ? `${url.protocol}//${url.host}`.slice(0, 200) : 'not an address';
}
