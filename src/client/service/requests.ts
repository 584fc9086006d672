// Asks for pictures so that nothing is paid twice and no answer is lost: a request is written down before it is sent, and sent
// again under the same key until it is answered, also after a reload.
import type { Generation } from '../../contract.ts';
import { ApiError, api } from './api.ts';
import { knownUser, readCredits } from './credits.ts';
import { newKey } from './key.ts';
import { announce, announceHere, hear } from './tabs.ts';
import { userChanged } from './user.ts';

/** How far a request is on its way; `waiting` for a network to go on. */
export type Sending = 'no' | 'yes' | 'waiting';

interface Sent {
  key: string;
  /** Whose request it is, such as a place in a page: after a reload nobody else takes it up. */
  owner: string;
  /** Who pays for it; null where the page had not heard who is logged in. */
  user: number | null;
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
/** Of this tab alone. */
let kept = stored();
const NEVER = new Promise<never>(() => {});

hear('user', () => {
  underWay.clear();
  keep([]);
});

/** @throws ApiError when the service refuses */
export function generate(owner: string, request: { path: string; body: unknown }): Promise<Generation[]> {
  const sent: Sent = { ...request, owner, user: knownUser(), key: newKey(), at: Date.now() };
  keep([...kept, sent]);
  return send(sent, () => post(sent));
}

/** What this owner has got no answer to yet, on this page or an earlier one: it goes on. */
export function resume(owner: string): { body: unknown; answer: Promise<Generation[]> }[] {
  return kept
    .filter((sent) => sent.owner === owner)
    .map((sent) => ({ body: sent.body, answer: underWay.get(sent.key)?.answer ?? send(sent, () => postAgain(sent)) }));
}

/** News of it is announced as `sending`. */
export function sendingOf(owner: string): Sending {
  const own = [...underWay.values()].filter((one) => one.owner === owner);
  if (own.length === 0) return 'no';
  return own.some(({ isWaiting }) => isWaiting) ? 'waiting' : 'yes';
}

/** Who asked is told of the end, unless it is somebody else by then who looks at the page. */
function send(sent: Sent, first: () => Promise<Generation[]>): Promise<Generation[]> {
  const answer = untilAnswered(sent, first).finally(() => (underWay.has(sent.key) ? end(sent) : NEVER));
  underWay.set(sent.key, { owner: sent.owner, isWaiting: false, answer });
  announceHere('sending');
  return answer;
}

async function post({ key, path, body }: Sent): Promise<Generation[]> {
  const headers = { 'Idempotency-Key': key };
  return [await api<Generation | Generation[]>(path, { method: 'POST', body, headers })].flat();
}

/** Somebody else may be logged in by now, who must not pay for it. */
async function postAgain(sent: Sent): Promise<Generation[]> {
  const { user_id } = await readCredits();
  if (sent.user !== null && sent.user !== user_id) userChanged();
  return underWay.has(sent.key) ? post(sent) : NEVER;
}

async function untilAnswered(sent: Sent, first: () => Promise<Generation[]>): Promise<Generation[]> {
  let attempt = first;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isLost(error)) throw error;
      // It may have got there all the same: nobody can say that it cost nothing.
      if (Date.now() - sent.at > FORGET_MS) throw new ApiError(0, { code: 'unanswered' });
      tellWaiting(sent);
      await reachable(pause);
      attempt = () => postAgain(sent);
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
