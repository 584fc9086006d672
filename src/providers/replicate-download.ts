// Fetches a finished picture from an allowed origin only, within time and size limits: the address comes from outside.
import { ProviderError } from './provider.ts';
import { readAtMost, reason, TooLargeError } from './replicate-http.ts';

export const MAX_PICTURE_BYTES = 16 * 1024 * 1024;

/** Signed and cleaned-up addresses answer these for good. */
const GONE = new Set([403, 404, 410]);

export interface DownloadLimits {
  /** For everything, the connection included. */
  totalMs: number;
  /** Between two pieces of the body. */
  stallMs: number;
}

/** @throws ProviderError `refused` for an address not allowed, gone or too large; else `later` */
export async function downloadPicture(address: string, origins: string[], limits: DownloadLimits): Promise<Buffer> {
  const url = allowedUrl(address, origins);
  if (!url) throw new ProviderError('refused', `not an allowed origin for pictures: ${originOf(address)}`);
  try {
    return await fetchBytes(url, limits);
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    const kind = cause instanceof TooLargeError ? 'refused' : 'later';
    throw new ProviderError(kind, `picture from ${url.host}: ${reason(cause)}`, { cause });
  }
}

/** No credentials are sent, and no redirect is followed: it would lead around the list of origins. */
async function fetchBytes(url: URL, limits: DownloadLimits): Promise<Buffer> {
  const stalled = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(limits.totalMs), stalled.signal]);
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'image/*' } });
  // Only a plain 200 is the whole picture; a 206 is a part nobody asked for.
  if (response.status !== 200) await refuse(response, url);
  const timer = setTimeout(() => stalled.abort(new Error(`no bytes for ${limits.stallMs} ms`)), limits.stallMs);
  try {
    return await readAtMost(response, MAX_PICTURE_BYTES, () => timer.refresh());
  } finally {
    clearTimeout(timer);
  }
}

async function refuse(response: Response, url: URL): Promise<never> {
  await response.body?.cancel();
  const kind = GONE.has(response.status) ? 'refused' : 'later';
  throw new ProviderError(kind, `picture from ${url.host} was answered ${response.status}`);
}

/**
 * The parsed address when one of the origins (`https://host`, `https://*.host`, `http://127.0.0.1:PORT`) allows it.
 * The same parser serves the check and the request, so both see the same host. The wildcard stands for one label or
 * more, never for none.
 */
export function allowedUrl(address: string, origins: string[]): URL | undefined {
  const url = URL.parse(address);
  if (!url || url.username || url.password || /^\.|\.$/.test(url.hostname)) return undefined;
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
