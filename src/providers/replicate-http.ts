// One exchange with the Replicate API: one request, a deadline, a size limit, and every failure turned into what is known about it.
import { z } from 'zod';
import { ProviderError, type ProviderErrorKind } from './provider.ts';
import { unquoted } from './unquoted.ts';

const MAX_WAIT_MS = 5 * 60_000;
const MIN_WAIT_MS = 1000;
/** Used when a 429 names no time: the slowest published limit is six creates a minute. */
const DEFAULT_WAIT_MS = 10_000;

export interface Exchange {
  /** `paid`: when its answer is lost nobody knows whether it took effect. `free`: it can simply be repeated. */
  stakes: 'paid' | 'free';
  token: string;
  deadlineMs: number;
  maxBytes: number;
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
}

/** The API answered, and said no. */
export class StatusError extends ProviderError {
  readonly status: number;

  constructor(status: number, kind: ProviderErrorKind, message: string, retryAfterMs?: number) {
    super(kind, message, { retryAfterMs });
    this.status = status;
  }
}

/** More bytes came than are ever needed. */
export class TooLargeError extends Error {}

/**
 * Sends one request and reads its whole answer.
 * Redirects are errors: the API has none, and following one would carry the token somewhere else.
 * @throws ProviderError for anything but a complete 2xx
 */
export async function exchange(url: string | URL, init: RequestInit, about: Exchange): Promise<Reply> {
  const what = `${init.method ?? 'GET'} ${new URL(url).pathname}`;
  const sent = typeof init.body === 'string' ? init.body : '';
  let answered: Response | undefined;
  let text: string;
  try {
    answered = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(about.deadlineMs) });
    text = (await readAtMost(answered.body ?? [], about.maxBytes)).toString('utf8');
  } catch (cause) {
    // A refusal stays a refusal when only its explanation is lost.
    if (answered && !answered.ok) throw statusError(answered, '', what, about);
    throw transportError(cause, what, about.stakes);
  }
  if (!answered.ok) throw statusError(answered, text, what, about, sent);
  return { status: answered.status, headers: answered.headers, text };
}

/** A body as it comes; one of fetch is counted unpacked. @throws TooLargeError past `maxBytes` */
export async function readAtMost(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
  onBytes = () => {},
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    onBytes();
    size += chunk.length;
    if (size > maxBytes) throw new TooLargeError(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function transportError(cause: unknown, what: string, stakes: Exchange['stakes']): ProviderError {
  const kind = stakes === 'free' || neverSent(cause) ? 'later' : 'unknown';
  return new ProviderError(kind, `${what}: ${reason(cause)}`, { cause });
}

/** Whether the failure came before any byte could leave: while resolving the name or opening the connection. */
export function neverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(neverSent);
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT') return true;
  return neverSent(error.cause);
}

/** "fetch failed" tells nothing; what lies beneath it does. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  return error.cause instanceof Error ? reason(error.cause) : error.message || error.name;
}

function statusError(response: Response, text: string, what: string, about: Exchange, sent = ''): StatusError {
  const kind = kindOf(response.status, about.stakes);
  const said = unquoted(explanation(text), sent).replaceAll(about.token, '[token]');
  const message = `${what} was answered ${response.status}${said && `: ${said}`}`;
  const wait = response.status === 429 ? retryAfterMs(response.headers, text) : undefined;
  return new StatusError(response.status, kind, message, wait);
}

function kindOf(status: number, stakes: Exchange['stakes']): ProviderErrorKind {
  if (status === 429) return 'later';
  if (status === 401 || status === 402 || status === 403) return 'unavailable';
  // 408 is sent by what stands in between, and says nothing about what lies behind it.
  if (status >= 400 && status < 500 && status !== 408) return 'refused';
  return stakes === 'paid' ? 'unknown' : 'later';
}

const Problem = z.object({
  title: z.string().catch(''),
  detail: z.string().catch(''),
  retry_after: z.number().optional().catch(undefined),
  invalid_fields: z
    .array(z.object({ field: z.string(), type: z.string() }))
    .optional()
    .catch(undefined),
});

function problem(text: string): z.output<typeof Problem> | undefined {
  try {
    return Problem.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Of a refused input only which field and what rule: the sentence about it may repeat what somebody has written. */
function explanation(text: string): string {
  const { title, detail, invalid_fields } = problem(text) ?? {};
  const fields = invalid_fields?.map(({ field, type }) => `${field} (${type})`).join(', ');
  const said = [title, fields ?? detail].filter(Boolean).join(': ').replaceAll(/\s+/g, ' ').trim();
  return said.slice(0, 300);
}

/** Header as seconds or as a date, then the body's number, then its sentence; never less than 1 s nor more than 5 min. */
function retryAfterMs(headers: Headers, text: string): number {
  const body = problem(text);
  const sentence = /resets in ~(\d+)s/.exec(body?.detail ?? text)?.[1];
  const seconds = [headerSeconds(headers), body?.retry_after, sentence === undefined ? undefined : Number(sentence)];
  const wait = seconds.find((value) => value !== undefined && Number.isFinite(value));
  if (wait === undefined) return DEFAULT_WAIT_MS;
  return Math.min(Math.max(Math.ceil(wait * 1000), MIN_WAIT_MS), MAX_WAIT_MS);
}

function headerSeconds(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  // Date.parse takes almost anything for a date ("-5" is a month of 2001); an HTTP date starts with the day's name.
  return /^[A-Za-z]{3,9},? /.test(value) ? (Date.parse(value) - Date.now()) / 1000 : undefined;
}
