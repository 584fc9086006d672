// What one element changed, the others on the page and in other tabs hear of.

/**
 * What there is news of: who is logged in, the user's own generations, how far requests for more are on their way, the pictures
 * of posts, characters, or whether pictures are hidden.
 */
export type Topic = 'user' | 'generations' | 'sending' | 'pictures' | 'characters' | 'hidden';

const channel = new BroadcastChannel('forum-images');
const local = new EventTarget();
channel.onmessage = ({ data }) => local.dispatchEvent(new Event(String(data)));

/** To this page alone: the others notice for themselves. */
export function announceHere(topic: Topic): void {
  local.dispatchEvent(new Event(topic));
}

export function announce(topic: Topic): void {
  announceHere(topic);
  channel.postMessage(topic);
}

/** @returns what ends the listening */
export function hear(topic: Topic, listener: () => void): () => void {
  local.addEventListener(topic, listener);
  return () => local.removeEventListener(topic, listener);
}
