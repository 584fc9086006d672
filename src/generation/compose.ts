// Turns what somebody asked for into a recipe: characters, strategy, seed, size and the final prompt, checked before anything is spent.
import { loraOf } from '../characters/lora.ts';
import { type ComposedPrompt, composePrompt } from '../characters/prompt.ts';
import { randomSeed } from '../characters/seed.ts';
import { DEFAULT_STYLE, findStyle, type Style } from '../characters/styles.ts';
import type { PictureRequest, Strategy } from '../contract.ts';
import type { CharacterRow } from '../database/characters.ts';
import { invalidField } from '../errors.ts';
import { assertAllowed } from '../moderation/prompt-check.ts';
import { defaultAspectRatio, GUIDANCE_SCALE, PROMPT_STRENGTH, type Recipe, STEPS, sizeOf } from './recipe.ts';

export interface Ingredients {
  kind: 'reference' | 'picture';
  input: PictureRequest;
  /** In the order asked for; the first one leads: its seed, reference and weights are used. */
  characters: CharacterRow[];
  /** What the first character wears. */
  look: { name: string; description: string } | null;
  model: string;
}

/** @throws invalid_request, prompt_rejected */
export function composeRecipe(ingredients: Ingredients): Recipe {
  const { input, characters } = ingredients;
  const lead = characters[0];
  const strategy = chooseStrategy(ingredients, lead);
  const lora = strategy === 'lora' && lead ? loraOf(lead) : null;
  const style = chooseStyle(input, lead);
  const prompts = compose(ingredients, style, lora);
  const aspectRatio = input.aspect_ratio ?? defaultAspectRatio(input.mode);
  const byReference = strategy === 'reference';
  return {
    mode: input.mode,
    strategy,
    style: style.id,
    look: ingredients.look?.name ?? null,
    scene: input.scene ?? '',
    user_negative_prompt: input.negative_prompt ?? '',
    characters: characters.map(({ id, name, base_description }) => ({ id, name, base_description })),
    ...prompts,
    seed: chooseSeed(ingredients, lead),
    aspect_ratio: aspectRatio,
    ...sizeOf(aspectRatio),
    reference_image_id: byReference ? (lead?.reference_image_id ?? null) : null,
    reference_revision: byReference ? (lead?.reference_revision ?? null) : null,
    prompt_strength: byReference ? PROMPT_STRENGTH[input.mode] : null,
    lora,
    num_inference_steps: STEPS,
    guidance_scale: GUIDANCE_SCALE,
    model: ingredients.model,
  };
}

function compose(ingredients: Ingredients, style: Style, lora: Recipe['lora']): ComposedPrompt {
  const { kind, input, characters, look } = ingredients;
  const scene = input.scene ?? '';
  const prompts = composePrompt({
    kind,
    mode: input.mode,
    scene,
    style,
    negative_prompt: input.negative_prompt ?? '',
    characters: characters.map((character, index) => ({
      base_description: character.base_description,
      style_modifiers: character.style_modifiers ?? '',
      negative_prompt: character.negative_prompt,
      look: index === 0 ? (look?.description ?? null) : null,
      trigger: index === 0 ? (lora?.trigger ?? null) : null,
    })),
  });
  // The parts were checked alone when they were saved; only here do they meet.
  assertAllowed({ scene, prompt: prompts.prompt });
  return prompts;
}

function chooseStrategy({ kind, input }: Ingredients, lead: CharacterRow | undefined): Strategy {
  const hasLora = Boolean(lead?.lora_weights);
  const hasReference = lead?.reference_image_id != null;
  switch (input.strategy) {
    case undefined:
      if (hasLora) return 'lora';
      // A new candidate is a fresh look at the description, not a copy of the accepted one.
      return hasReference && kind === 'picture' ? 'reference' : 'prompt';
    case 'identity':
      throw invalidField('strategy', 'no identity model is configured here');
    case 'lora':
      if (!hasLora) throw invalidField('strategy', 'the character has no LoRA');
      return 'lora';
    case 'reference':
      if (!hasReference) throw invalidField('strategy', 'the character has no accepted reference image');
      return 'reference';
    case 'prompt':
      return 'prompt';
  }
}

function chooseStyle(input: PictureRequest, lead: CharacterRow | undefined): Style {
  const style = findStyle(input.style ?? lead?.style ?? DEFAULT_STYLE);
  if (!style) throw invalidField('style', 'is none of GET /api/image-styles');
  return style;
}

/** A scene keeps the seed of its character; a candidate gets a new one, or it would be the same picture again. */
function chooseSeed({ kind, input }: Ingredients, lead: CharacterRow | undefined): number {
  const kept = kind === 'picture' ? lead?.reference_seed : undefined;
  return input.seed ?? kept ?? randomSeed();
}
