// Makes and recognises object keys; the random name is all that keeps a picture of a public bucket from being guessed.
import { randomBytes } from 'node:crypto';

export interface PictureOwner {
  gameId: number;
  /** Null for a scene without a character. */
  characterId: number | null;
}

/** Where all pictures are. */
export const PICTURES = 'games/';
/** Before the key of a picture that is out of sight; never public. */
export const QUARANTINE = 'quarantine/';

/** No dot but the ending's and no empty part: nothing that matches can climb out of a folder or be read as another path. */
const PICTURE_KEY = /^games\/[1-9]\d{0,15}\/(?:characters\/[1-9]\d{0,15}|scenes)\/[A-Za-z0-9_-]{1,64}\.webp$/;

const WEIGHTS_KEY = /^games\/[1-9]\d{0,15}\/characters\/[1-9]\d{0,15}\/[0-9a-f]{32}\.tar$/;

/** The names that newPictureKeys makes, and none that a person or another program would. */
const GENERATED_NAME = /\/[0-9a-f]{32}(?:_thumb)?\.webp$/;

/**
 * Two new keys in one folder: `<random>.webp` and `<random>_thumb.webp`.
 * The 128 random bits are written as hex, so keys stay apart on disks that ignore the case of letters.
 */
export function newPictureKeys({ gameId, characterId }: PictureOwner): { image: string; thumbnail: string } {
  const place = characterId === null ? 'scenes' : `characters/${checkedId(characterId)}`;
  const stem = `games/${checkedId(gameId)}/${place}/${randomBytes(16).toString('hex')}`;
  return { image: `${stem}.webp`, thumbnail: `${stem}_thumb.webp` };
}

/** A new key for the weights of a character's LoRA: `<random>.tar`, beside the pictures and no picture's key. */
export function newWeightsKey({ gameId, characterId }: { gameId: number; characterId: number }): string {
  const name = randomBytes(16).toString('hex');
  return `games/${checkedId(gameId)}/characters/${checkedId(characterId)}/${name}.tar`;
}

export function isWeightsKey(key: string): boolean {
  return WEIGHTS_KEY.test(key);
}

/** Whether the key is in the shape of a picture's. Refuse what does not match, never mend it. */
export function isPictureKey(key: string): boolean {
  return PICTURE_KEY.test(key);
}

/** Whether newPictureKeys could have made it: what is moved unasked must be ours beyond doubt. */
export function isGeneratedKey(key: string): boolean {
  return isPictureKey(key) && GENERATED_NAME.test(key);
}

/** Wherever an object of this key may lie. */
export function placesOf(key: string): string[] {
  return isGeneratedKey(key) ? [key, `${QUARANTINE}${key}`] : [key];
}

function checkedId(id: number): number {
  if (!Number.isSafeInteger(id) || id < 1) throw new RangeError(`${id} is not an id`);
  return id;
}
