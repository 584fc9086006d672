// Which pictures a character's weights are trained from, and how the missing ones are to look.
import type { LoraTrainingRequest, PictureRequest } from '../contract.ts';
import type { CharacterRow } from '../database/characters.ts';
import type { Db } from '../database/open.ts';
import { portraitsOf } from '../database/trainings.ts';
import { invalidField } from '../errors.ts';

/** Fewer teach the trainer a picture rather than a character. */
export const LEAST_PICTURES = 10;
/** More make it no better at the same number of steps. */
export const MOST_PICTURES = 20;

/** Alike in who they show and in nothing else: what changes from picture to picture is not learned. */
const SHOTS = [
  'head and shoulders, front view, neutral expression, plain background',
  'head and shoulders, three-quarter view, slight smile, soft indoor light',
  'full body, standing, plain background',
  'close-up of the face, serious, dramatic side light',
  'half body, arms crossed, daylight, outdoors',
  'head and shoulders, side view, profile, plain background',
  'full body, walking, forest path',
  'half body, sitting at a table, candlelight',
  'looking over the shoulder, seen from behind, evening light',
  'full body, crouching, stone floor',
];

/**
 * The generations whose pictures are to be learned from, at most MOST_PICTURES; those asked for or, without any, the accepted
 * references, newest first, and then whatever else shows the character alone.
 * @throws invalid_request when one of those asked for is no reference image of the character
 */
export async function choosePictures(
  db: Db,
  character: Pick<CharacterRow, 'id' | 'user_id'>,
  wanted: LoraTrainingRequest['reference_image_ids'],
): Promise<string[]> {
  const portraits = await portraitsOf(db, { characterId: character.id, userId: character.user_id });
  if (!wanted) return portraits.slice(0, MOST_PICTURES).map(({ generation_id }) => generation_id);
  return wanted.map((id, index) => {
    const portrait = portraits.find(({ reference_image_id }) => reference_image_id === id);
    if (!portrait) throw invalidField(`reference_image_ids.${index}`, 'is no reference image of this character');
    return portrait.generation_id;
  });
}

/** Requests for the missing pictures: each another shot with another seed, from the accepted reference where there is one. */
export function missingShots(character: CharacterRow, seed: number, count: number): PictureRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    mode: 'character',
    character_ids: [character.id],
    scene: SHOTS[index % SHOTS.length],
    aspect_ratio: '1:1',
    strategy: character.reference_image_id === null ? 'prompt' : 'reference',
    seed: seed + index,
  }));
}
