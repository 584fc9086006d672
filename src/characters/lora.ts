// The trained weights that a character may have.
import type { Character } from '../contract.ts';
import type { CharacterRow } from '../database/characters.ts';

export type Lora = NonNullable<Character['lora']>;

/** Strong enough to hold a face, weak enough to let the scene change it; cog-sdxl's own default is 0.6. */
const SCALE = 0.8;
/** The word that Replicate's trainer uses unless told otherwise. */
const TRIGGER = 'TOK';

export function loraOf(character: Pick<CharacterRow, 'lora_weights' | 'lora_scale' | 'lora_trigger'>): Lora | null {
  const { lora_weights: weights, lora_scale: scale, lora_trigger: trigger } = character;
  return weights ? { weights, scale: scale ?? SCALE, trigger: trigger ?? TRIGGER } : null;
}
