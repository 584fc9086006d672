// Makes and recognises object keys; the random name is all that keeps a picture of a public bucket from being guessed.
import { randomBytes } from 'node:crypto';

export interface PictureOwner {
  gameId: number;
  /** Null for a scene without a character. */
  characterId: number | null;
}

/** No dot but the ending's and no empty part: nothing that matches can climb out of a folder or be read as another path. */
const PICTURE_KEY = /^games\/[1-9]\d{0,15}\/(?:characters\/[1-9]\d{0,15}|scenes)\/[A-Za-z0-9_-]{1,64}\.webp$/;

/**
 * Two new keys in one folder: `<random>.webp` and `<random>_thumb.webp`.
 * The 128 random bits are written as hex, so keys stay apart on disks that ignore the case of letters.
 */
export function newPictureKeys({ gameId, characterId }: PictureOwner): { image: string; thumbnail: string } {
  const place = characterId === null ? 'scenes' : `characters/${checkedId(characterId)}`;
  const stem = `games/${checkedId(gameId)}/${place}/${randomBytes(16).toString('hex')}`;
  return { image: `${stem}.webp`, thumbnail: `${stem}_thumb.webp` };
}

/** Whether the key has exactly the shape that newPictureKeys gives. Refuse what does not match, never mend it. */
export function isPictureKey(key: string): boolean {
  return PICTURE_KEY.test(key);
}

function checkedId(id: number): number {
  if (!Number.isSafeInteger(id) || id < 1) throw new RangeError(`${id} is not an id`);
  return id;
}
