// Asks for pictures so that nothing is paid twice and no answer is lost: a request is written down before it is sent, and sent
// again under the same key until it is answered, also after a reload.
import type { Generation } from '../../contract.ts';
import { ApiError, api } from './api.ts';
import { announce } from './tabs.ts';

interface Sent {
  key: string;
  path: string;
  body: unknown;
  /** Unix milliseconds. */
  at: number;
}

const STORE = 'forum-images.sent';
/** Somebody who comes back later than this has other plans; the service would still know the key for a day. */
const FORGET_MS = 10 * 60_000;
const RETRY_MS = 3000;

/** @throws ApiError when the service refuses; while it cannot be reached, the request waits */
export function generate(path: string, body: unknown): Promise<Generation[]> {
  const sent: Sent = { key: crypto.randomUUID(), path, body, at: Date.now() };
  write([...read(), sent]);
  return send(sent);
}

/** Sends once more what an earlier page sent to this path and got no answer to. */
export function resume(path: string): Promise<Generation[]>[] {
  return read()
    .filter((sent) => sent.path === path)
    .map(send);
}

async function send(sent: Sent): Promise<Generation[]> {
  for (;;) {
    try {
      const headers = { 'Idempotency-Key': sent.key };
      const answer = await api<Generation | Generation[]>(sent.path, { method: 'POST', body: sent.body, headers });
      forget(sent);
      announce('generations');
      return [answer].flat();
    } catch (error) {
      const lost =
        error instanceof ApiError && (error.code === 'offline' || error.status === 502 || error.status === 504);
      if (!lost || Date.now() - sent.at > FORGET_MS) {
        forget(sent);
        throw error;
      }
      await reachable();
    }
  }
}

/** A moment from now, and not before the browser has a network. */
function reachable(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const soon = () => setTimeout(resolve, RETRY_MS);
  if (navigator.onLine) soon();
  else addEventListener('online', soon, { once: true });
  return promise;
}

function read(): Sent[] {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? '[]') as Sent[];
    return kept.filter(({ at }) => Date.now() - at < FORGET_MS);
  } catch {
    return []; // private windows may have no storage: then only this page knows
  }
}

function write(sent: Sent[]): void {
  try {
    localStorage.setItem(STORE, JSON.stringify(sent));
  } catch {
    return; // as above
  }
}

function forget({ key }: Sent): void {
  write(read().filter((other) => other.key !== key));
}
