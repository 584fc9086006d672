// Asks for pictures so that nothing is paid twice and no answer is lost: a request is written down before it is sent, and sent
// again under the same key until it is answered, also after a reload.
import type { Generation } from '../../contract.ts';
import { ApiError, api } from './api.ts';
import { newKey } from './key.ts';
import { announce, announceHere, hear } from './tabs.ts';

/** How far a request is on its way; `waiting` for a network to go on. */
export type Sending = 'no' | 'yes' | 'waiting';

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

interface UnderWay {
  owner: string;
  isWaiting: boolean;
  answer: Promise<Generation[]>;
}

/** By key: nothing is sent by two at once. */
const underWay = new Map<string, UnderWay>();
/** Of this tab alone: another one may show a page of somebody else by now, who must not pay for it. */
let kept = stored();
const NEVER = new Promise<never>(() => {});

hear('user', () => {
  underWay.clear();
  keep([]);
});

/** @throws ApiError when the service refuses */
export function generate(owner: string, request: { path: string; body: unknown }): Promise<Generation[]> {
  const sent: Sent = { ...request, owner, key: newKey(), at: Date.now() };
  keep([...kept, sent]);
  return send(sent);
}

/** What this owner has got no answer to yet, on this page or an earlier one: it goes on. */
export function resume(owner: string): { body: unknown; answer: Promise<Generation[]> }[] {
  return kept
    .filter((sent) => sent.owner === owner)
    .map((sent) => ({ body: sent.body, answer: underWay.get(sent.key)?.answer ?? send(sent) }));
}

/** News of it is announced as `sending`. */
export function sendingOf(owner: string): Sending {
  const own = [...underWay.values()].filter((one) => one.owner === owner);
  if (own.length === 0) return 'no';
  return own.some(({ isWaiting }) => isWaiting) ? 'waiting' : 'yes';
}

/** Who asked is told of the end, unless it is somebody else by then who looks at the page. */
function send(sent: Sent): Promise<Generation[]> {
  const answer = untilAnswered(sent).finally(() => (underWay.has(sent.key) ? end(sent) : NEVER));
  underWay.set(sent.key, { owner: sent.owner, isWaiting: false, answer });
  announceHere('sending');
  return answer;
}

async function untilAnswered(sent: Sent): Promise<Generation[]> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      const headers = { 'Idempotency-Key': sent.key };
      const answer = await api<Generation | Generation[]>(sent.path, { method: 'POST', body: sent.body, headers });
      return [answer].flat();
    } catch (error) {
      if (!isLost(error)) throw error;
      // It may have got there all the same: nobody can say that it cost nothing.
      if (Date.now() - sent.at > FORGET_MS) throw new ApiError(0, { code: 'unanswered' });
      tellWaiting(sent);
      await reachable(pause);
      if (!underWay.has(sent.key)) throw error; // somebody else would pay
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'offline' || error.status === 502 || error.status === 504);
}

function tellWaiting({ key }: Sent): void {
  const own = underWay.get(key);
  if (own) own.isWaiting = true;
  announceHere('sending');
}

/** A moment from now, and not before the browser has a network. */
function reachable(pauseMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const soon = () => setTimeout(resolve, pauseMs);
  if (navigator.onLine) soon();
  else addEventListener('online', soon, { once: true });
  return promise;
}

/** The credits, for one, are not what the page took them for. */
function end({ key }: Sent): void {
  underWay.delete(key);
  keep(kept.filter((other) => other.key !== key));
  announceHere('sending');
  announce('generations');
}

function stored(): Sent[] {
  try {
    const found = JSON.parse(sessionStorage.getItem(STORE) ?? '[]') as Sent[];
    return found.filter(({ at }) => Date.now() - at < FORGET_MS);
  } catch {
    return []; // a browser may be told to store nothing: then only this page knows
  }
}

function keep(sent: Sent[]): void {
  kept = sent;
  try {
    sessionStorage.setItem(STORE, JSON.stringify(sent));
  } catch {
    return; // as above
  }
}
