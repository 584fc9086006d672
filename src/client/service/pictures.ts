// The pictures of posts, for all elements of a page with as few requests as the service allows.
import type { PostImage } from '../../contract.ts';
import { api } from './api.ts';
import { hear } from './tabs.ts';

/** As many posts as one request may name. */
const BATCH = 100;

const known = new Map<number, Promise<PostImage[]>>();
let waiting: Wanted[] = [];
// They have changed: whoever asks next, elements among them, is told what is there now.
hear('pictures', () => known.clear());

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
  await Promise.all(postIds.map((id) => picturesOf(id)));
}

/** What is asked for at the same moment becomes one request. */
export function picturesOf(postId: number): Promise<PostImage[]> {
  const earlier = known.get(postId);
  if (earlier) return earlier;
  if (waiting.length === 0) queueMicrotask(ask);
  const { promise, resolve, reject } = Promise.withResolvers<PostImage[]>();
  waiting.push({ postId, resolve, reject });
  known.set(postId, promise);
  promise.catch(() => known.delete(postId)); // a failure is not worth remembering
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
