// Asks for pictures so that nothing is paid twice and no answer is lost: a request is written down before it is sent, and sent
// again under the same key until it is answered, also after a reload.
import type { Generation } from '../../contract.ts';
import { ApiError, api } from './api.ts';
import { announce } from './tabs.ts';

interface Sent {
  key: string;
  /** Whose request it is, such as a place in a page: after a reload nobody else takes it up. */
  owner: string;
  path: string;
  body: unknown;
  /** Unix milliseconds. */
  at: number;
}

const STORE = 'forum-images.sent';
/** Somebody who comes back later than this has other plans; the service would still know the key for a day. */
const FORGET_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

/** What this page is waiting for: nothing is sent by two at once. */
const underWay = new Map<string, Promise<Generation[]>>();

/**
 * @param waiting is called when there was no answer, and the request will be sent again
 * @throws ApiError when the service refuses
 */
export function generate(
  owner: string,
  request: { path: string; body: unknown },
  waiting: () => void = () => {},
): Promise<Generation[]> {
  const sent: Sent = { ...request, owner, key: crypto.randomUUID(), at: Date.now() };
  write([...read(), sent]);
  return send(sent, waiting);
}

/** Sends once more what an earlier page of this owner got no answer to. */
export function resume(owner: string): { body: unknown; answer: Promise<Generation[]> }[] {
  return read()
    .filter((sent) => sent.owner === owner)
    .map((sent) => ({ body: sent.body, answer: send(sent, () => {}) }));
}

function send(sent: Sent, waiting: () => void): Promise<Generation[]> {
  const sending = underWay.get(sent.key) ?? untilAnswered(sent, waiting).finally(() => underWay.delete(sent.key));
  underWay.set(sent.key, sending);
  return sending;
}

async function untilAnswered(sent: Sent, waiting: () => void): Promise<Generation[]> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      const headers = { 'Idempotency-Key': sent.key };
      const answer = await api<Generation | Generation[]>(sent.path, { method: 'POST', body: sent.body, headers });
      forget(sent);
      announce('generations');
      return [answer].flat();
    } catch (error) {
      if (!isLost(error) || Date.now() - sent.at > FORGET_MS) {
        forget(sent);
        announce('generations'); // the credits, for one, are not what the page took them for
        throw error;
      }
      waiting();
      await reachable(pause);
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'offline' || error.status === 502 || error.status === 504);
}

/** A moment from now, and not before the browser has a network. */
function reachable(pauseMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const soon = () => setTimeout(resolve, pauseMs);
  if (navigator.onLine) soon();
  else addEventListener('online', soon, { once: true });
  return promise;
}

/** Of this tab: another one may show a page of somebody else by now, who must not pay for it. */
function read(): Sent[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(STORE) ?? '[]') as Sent[];
    return kept.filter(({ at }) => Date.now() - at < FORGET_MS);
  } catch {
    return []; // a browser may be told to store nothing: then only this page knows
  }
}

function write(sent: Sent[]): void {
  try {
    sessionStorage.setItem(STORE, JSON.stringify(sent));
  } catch {
    return; // as above
  }
}

function forget({ key }: Sent): void {
  write(read().filter((other) => other.key !== key));
}
