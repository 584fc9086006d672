// The user's drafts of a game as they are seen from one place in a page, with what became of those that were begun there.
import type { Generation } from '../../contract.ts';
import { myGenerations } from './mine.ts';
import { drop, idsAt, type Place } from './places.ts';

/** Newest first, those that failed among them. What is in a post by now, or was deleted, is kept at the place no more. */
export async function draftsAt(place: Place, gameId: number): Promise<Generation[]> {
  const kept = idsAt(place); // as they are now: what is begun before the answer comes may not be in it
  const drafts = (await myGenerations()).filter((one) => isDraft(one) && one.game_id === gameId);
  for (const id of kept) if (!drafts.some((draft) => draft.id === id)) drop(place, id);
  return drafts;
}

function isDraft({ kind, post_image_id, status, image_url }: Generation): boolean {
  return kind === 'draft' && post_image_id === null && (status !== 'succeeded' || image_url !== null);
}

/** Whether there is a picture, or will be one. */
export function isUsable({ status }: Generation): boolean {
  return status !== 'failed' && status !== 'canceled';
}
