// The last change to a finished picture: the host's signature on both files, made once and kept, so that every try stores the same.
import { findSpooled, type SpooledPicture, spoolSigned } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import { type Signer, signPicture } from '../imaging/index.ts';

/**
 * Signs what has not been signed yet. The signed bytes are written down before anything is uploaded: signed anew after a crash
 * they would be others, and the storage holds for another picture's what a try before has stored.
 * @throws SigningError when it cannot be signed now
 */
export async function signed(
  db: Db,
  signer: Signer | undefined,
  generationId: string,
  picture: SpooledPicture,
): Promise<SpooledPicture> {
  if (!signer) return picture;
  const kept = await findSpooled(db, generationId);
  if (kept?.signed) return kept;
  const image = await signPicture(signer, picture.image);
  const thumbnail = await signPicture(signer, picture.thumbnail);
  await spoolSigned(db, generationId, { ...picture, image, thumbnail });
  return { ...picture, image, thumbnail };
}
