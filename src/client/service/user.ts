// Somebody else in the same page: nothing of the one before is shown, and nothing is sent in the other's name.
import { announce, type Topic } from './tabs.ts';

/** First what was sent and typed is forgotten, then all is read anew. */
const OF_A_USER = ['user', 'generations', 'pictures', 'characters'] as const satisfies readonly Topic[];

/** For a page to call when somebody has logged in or out without leaving it; the other tabs have the same login. */
export function userChanged(): void {
  for (const topic of OF_A_USER) announce(topic);
}
