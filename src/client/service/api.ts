// Talks to the service that this module was loaded from, with the forum's own login cookie.
import type { ErrorReply } from '../../contract.ts';

/** The service's routes: this module is `<routes>/image-client/forum-images.js`. */
export const ROUTES = new URL('..', import.meta.url).href;

/** A refusal, in the words of the service: `code` is a machine word, `offline` when nothing was answered. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: NonNullable<ErrorReply['details']>;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | null;

  constructor(status: number, reply: Partial<ErrorReply>, retryAfter: number | null = null) {
    super(reply.error ?? '');
    this.name = 'ApiError';
    this.status = status;
    this.code = reply.code ?? (status === 0 ? 'offline' : 'internal');
    this.details = reply.details ?? [];
    this.retryAfter = retryAfter;
  }
}

/** A little longer than what stands between the page and the service waits for an answer. */
const DEADLINE_MS = 40_000;

interface Call {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** @throws ApiError */
export async function api<T>(path: string, { method = 'GET', body, headers = {} }: Call = {}): Promise<T> {
  const response = await fetch(ROUTES + path, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch(unanswered);
  // What is cut off on its way is as good as not answered; what a proxy says in HTML has no words for people.
  const read = response.status === 204 ? null : response.json();
  if (response.ok) return (await read?.catch(unanswered)) as T;
  const reply = await read?.catch(() => null);
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  throw new ApiError(response.status, reply ?? {}, Number.isNaN(retryAfter) ? null : retryAfter);
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

function unanswered(): never {
  throw new ApiError(0, {});
}

/** `?a=1&b=2` of what is given. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return given.length > 0 ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
}
