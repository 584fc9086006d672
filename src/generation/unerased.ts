// Composing takes a while. What was composed before an erasure must not be written after it.
import { findCharacters } from '../database/characters.ts';
import { latestErasure } from '../database/erasure.ts';
import type { Db } from '../database/open.ts';
import { conflict } from '../errors.ts';

export interface Composed {
  userId: number;
  /** The id of the user's last erasure when the composing began. */
  erasureId: number | undefined;
  characterIds: readonly number[];
}

/** In the commit of the request. @throws conflict when its user, or the owner of a character in it, was erased meanwhile */
export async function assertUnerased(trx: Db, { userId, erasureId, characterIds }: Composed): Promise<void> {
  const last = await latestErasure(trx, userId);
  if (last?.finished_at === null || last?.id !== erasureId) throw conflict('This user was erased here meanwhile.');
  const wanted = new Set(characterIds);
  if ((await findCharacters(trx, [...wanted])).length < wanted.size) {
    throw conflict('A character of this picture was deleted meanwhile.');
  }
}
