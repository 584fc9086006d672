// The trained weights that a character, or an art style, may have.
import type { Character } from '../contract.ts';
import type { CharacterRow } from '../database/characters.ts';
import { invalidField } from '../errors.ts';
import { mayBePublic } from '../providers/safe-address.ts';

export type Lora = NonNullable<Character['lora']>;

/** Strong enough to hold a face, weak enough to let the scene change it; cog-sdxl's own default is 0.6. */
const SCALE = 0.8;
/** The word that Replicate's trainer uses unless told otherwise. */
const TRIGGER = 'TOK';

/** By the id of the style: weights that an admin has chosen for it. */
export type StyleLoras = Readonly<Record<string, Lora>>;

export function loraOf(character: Pick<CharacterRow, 'lora_weights' | 'lora_scale' | 'lora_trigger'>): Lora | null {
  const { lora_weights: weights, lora_scale: scale, lora_trigger: trigger } = character;
  return weights ? { weights, scale: scale ?? SCALE, trigger: trigger ?? TRIGGER } : null;
}

/** The provider loads them, on our account: nobody is to look around in a network by it. @throws invalid_request */
export function assertPublicWeights(address: string): void {
  if (!mayBePublic(new URL(address))) throw invalidField('lora.weights', 'must be an address on the public internet');
}
