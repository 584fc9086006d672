// The pictures of posts, for all elements of a page with as few requests as the service allows.
import type { PostImage } from '../../contract.ts';
import { api } from './api.ts';
import { hear } from './tabs.ts';

/** As many posts as one request may name. */
const BATCH = 100;

/** Others add pictures as well: for so long what was read is taken for what is there. */
const FRESH_MS = 60_000;
/** An element that is made after a page has loaded its pictures finds them, however old: nothing moves then. */
const LOADED_MS = FRESH_MS / 2;

const known = new Map<number, Known>();
let waiting: Wanted[] = [];
// They have changed, or somebody else looks at them: whoever asks next, elements among them, is told what is there now.
hear('pictures', () => known.clear());

interface Known {
  images: Promise<PostImage[]>;
  /** Unix milliseconds. */
  at: number;
}

interface Wanted {
  postId: number;
  resolve: (images: PostImage[]) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads the pictures of many posts at once, so that elements for these posts have theirs from the start and nothing on the page
 * moves when they come.
 */
export async function loadPostImages(postIds: readonly number[]): Promise<void> {
  await Promise.all(postIds.map((id) => picturesOf(id, LOADED_MS)));
}

/** What is asked for at the same moment becomes one request. */
export function picturesOf(postId: number, freshMs = FRESH_MS): Promise<PostImage[]> {
  const earlier = known.get(postId);
  if (earlier && Date.now() - earlier.at < freshMs) return earlier.images;
  if (waiting.length === 0) queueMicrotask(ask);
  const { promise, resolve, reject } = Promise.withResolvers<PostImage[]>();
  waiting.push({ postId, resolve, reject });
  const now: Known = { images: promise, at: Date.now() };
  known.set(postId, now);
  promise.catch(() => {
    if (known.get(postId) === now) known.delete(postId); // a failure is not worth remembering
  });
  return promise;
}

async function ask(): Promise<void> {
  const asked = waiting;
  waiting = [];
  for (let at = 0; at < asked.length; at += BATCH) void askFor(asked.slice(at, at + BATCH));
}

async function askFor(wanted: Wanted[]): Promise<void> {
  try {
    const ids = wanted.map(({ postId }) => postId).join(',');
    const found = await api<Record<string, PostImage[]>>(`post-images?post_ids=${ids}`);
    for (const { postId, resolve } of wanted) resolve(found[postId] ?? []);
  } catch (error) {
    for (const { reject } of wanted) reject(error);
  }
}
