// Puts a finished draft into a post.
import type { Generation } from '../../contract.ts';
import { ApiError, api } from './api.ts';
import { drop, type Place } from './places.ts';
import { announce } from './tabs.ts';

/** Safe to repeat: one that is in this post already, from a try whose answer was lost, is where it should be. */
async function attach(postId: number, generationId: string): Promise<void> {
  try {
    await api(`posts/${postId}/images`, { method: 'POST', body: { generation_id: generationId } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'conflict') throw error;
    const { post_id } = await api<Generation>(`generations/${encodeURIComponent(generationId)}`);
    if (post_id !== postId) throw error;
  }
}

/** Puts drafts that are kept at a place into a post; those that got there are kept no more, whatever becomes of the others. */
export async function attachAll(place: Place, postId: number, ids: readonly string[]): Promise<true> {
  try {
    for (const id of ids) {
      await attach(postId, id);
      drop(place, id);
    }
    return true;
  } finally {
    announce('pictures');
    announce('generations');
  }
}
