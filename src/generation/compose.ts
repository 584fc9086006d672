// Turns what somebody asked for into a recipe: characters, strategy, seed, size and the final prompt, checked before anything is spent.
import { loraOf, type StyleLoras } from '../characters/lora.ts';
import { type ComposedPrompt, composePrompt } from '../characters/prompt.ts';
import { randomSeed } from '../characters/seed.ts';
import { DEFAULT_STYLE, findStyle, type Style } from '../characters/styles.ts';
import type { PictureRequest, Strategy } from '../contract.ts';
import type { CharacterRow } from '../database/characters.ts';
import { invalidField } from '../errors.ts';
import { assertAllowed } from '../moderation/prompt-check.ts';
import type { IdentityModel } from '../providers/provider.ts';
import { defaultAspectRatio, GUIDANCE_SCALE, PROMPT_STRENGTH, type Recipe, STEPS, sizeOf } from './recipe.ts';
import { castWarnings, identityWarnings, loraWarnings, promptWarnings } from './warnings.ts';

export interface Ingredients {
  kind: 'reference' | 'picture';
  input: PictureRequest;
  /** What happens, in the words that the model is given; the recipe keeps those of the request, too. */
  scene: string;
  /** In the order asked for; the first one leads: its seed, reference and weights are used. */
  characters: CharacterRow[];
  /** What the first character wears. */
  look: { name: string; description: string } | null;
  model: string;
  /** Left out: nobody can be drawn by a picture of them. */
  identity?: IdentityModel | null;
  /** Left out: no style has weights of its own. */
  styleLoras?: StyleLoras;
}

/** @throws invalid_request, prompt_rejected */
export function composeRecipe(ingredients: Ingredients): Recipe {
  const { input, characters } = ingredients;
  const lead = characters[0];
  const strategy = chooseStrategy(ingredients, lead);
  const identity = strategy === 'identity' ? (ingredients.identity ?? null) : null;
  const style = chooseStyle(input, lead);
  const ofCharacter = strategy === 'lora' && lead ? loraOf(lead) : null;
  // A model of identity takes no weights: it draws the style from words.
  const ofStyle = identity ? null : (ingredients.styleLoras?.[style.id] ?? null);
  // SDXL loads one set of weights at a time, and who it is matters more than how it is drawn.
  const lora = ofCharacter ?? ofStyle;
  const aspectRatio = input.aspect_ratio ?? defaultAspectRatio(input.mode);
  const size = sizeOf(aspectRatio);
  const composed = compose(ingredients, {
    style:
      ofStyle && !ofCharacter ? { ...style, prompt: `in the style of ${ofStyle.trigger}, ${style.prompt}` } : style,
    trigger: identity ? identityTrigger(identity, lead) : (ofCharacter?.trigger ?? null),
    upright: size.height > size.width,
  });
  const byReference = strategy === 'reference';
  const withReference = byReference || identity !== null;
  return {
    mode: input.mode,
    strategy,
    style: style.id,
    look: ingredients.look?.name ?? null,
    scene: input.scene ?? '',
    user_negative_prompt: input.negative_prompt ?? '',
    characters: characters.map(({ id, name, base_description }) => ({ id, name, base_description })),
    prompt: sayOnce(identity, composed.prompt),
    negative_prompt: sayNever(identity, composed.negative_prompt),
    seed: seedFor(identity, seedOf(ingredients) ?? randomSeed()),
    aspect_ratio: aspectRatio,
    ...size,
    reference_image_id: withReference ? (lead?.reference_image_id ?? null) : null,
    reference_revision: withReference ? (lead?.reference_revision ?? null) : null,
    prompt_strength: byReference ? PROMPT_STRENGTH[input.mode] : null,
    lora,
    identity: identity && { strength: identity.strength, seed: lead?.reference_seed ?? null },
    num_inference_steps: identity ? identity.num_inference_steps : STEPS,
    guidance_scale: identity ? identity.guidance_scale : GUIDANCE_SCALE,
    model: identity?.model ?? ingredients.model,
    warnings: [
      ...castWarnings(
        characters.map(({ name }) => name),
        strategy,
      ),
      ...(ofCharacter && ofStyle ? loraWarnings(lead?.name ?? '', style.name) : []),
      ...(identity ? identityWarnings(identity, input) : []),
      ...promptWarnings(composed),
    ],
  };
}

function compose(
  ingredients: Ingredients,
  { style, trigger, upright }: { style: Style; trigger: string | null; upright: boolean },
): ComposedPrompt {
  const { kind, input, scene, characters, look } = ingredients;
  const composed = composePrompt({
    kind,
    mode: input.mode,
    upright,
    scene,
    style,
    negative_prompt: input.negative_prompt ?? '',
    characters: characters.map((character, index) => ({
      base_description: character.base_description,
      style_modifiers: character.style_modifiers ?? '',
      negative_prompt: character.negative_prompt,
      look: index === 0 ? (look?.description ?? null) : null,
      trigger: index === 0 ? trigger : null,
    })),
  });
  // The parts were checked alone when they were saved; only here do they meet. What found no room counts as well: the
  // reference or the trained weights may show what the prompt does not say.
  const written = characters.flatMap(({ base_description, style_modifiers }) => [base_description, style_modifiers]);
  const prompt = [...written, look?.description, scene, composed.prompt].filter(Boolean).join(', ');
  const unwanted = [input.negative_prompt, ...characters.map((character) => character.negative_prompt)];
  assertAllowed({ scene: input.scene, prompt }, { negative_prompt: unwanted.filter(Boolean).join(', ') });
  return composed;
}

function chooseStrategy({ kind, input, identity }: Ingredients, lead: CharacterRow | undefined): Strategy {
  const hasLora = Boolean(lead?.lora_weights);
  const hasReference = lead?.reference_image_id != null;
  switch (input.strategy) {
    case undefined:
      if (hasLora) return 'lora';
      // A new candidate is a fresh look at the description, not a copy of the accepted one.
      return hasReference && kind === 'picture' ? 'reference' : 'prompt';
    case 'identity':
      if (!identity) throw invalidField('strategy', 'no identity model is configured here');
      if (!hasReference) throw invalidField('strategy', 'the character has no accepted reference image');
      return 'identity';
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

/**
 * A scene keeps the seed of its character; a candidate gets a new one, or it would be the same picture again.
 * @returns null where each picture gets its own
 */
export function seedOf({ kind, input, characters }: Ingredients): number | null {
  const kept = kind === 'picture' ? characters[0]?.reference_seed : null;
  return input.seed ?? kept ?? null;
}

/** The seed that is promised is the seed that is sent, also to a model with fewer of them. */
export function seedFor(identity: Pick<IdentityModel, 'seeds'> | null, seed: number): number {
  return identity ? seed % identity.seeds : seed;
}

/** Who somebody is, in the one word that a model's own word for the image has to follow: "a woman img". */
const WHO = /\b(?:wo)?man\b|\bgirl\b|\bboy\b/i;

function identityTrigger({ trigger }: IdentityModel, lead: CharacterRow | undefined): string | null {
  const who = WHO.exec(lead?.base_description ?? '')?.[0].toLowerCase() ?? 'person';
  return trigger && `a ${who} ${trigger}`;
}

/** The model's own word marks one person, in whatever case: a prompt that says it again is refused. */
function sayOnce(identity: IdentityModel | null, prompt: string): string {
  if (!identity?.trigger) return prompt;
  const end = prompt.indexOf(identity.trigger) + identity.trigger.length;
  return prompt.slice(0, end) + sayNever(identity, prompt.slice(end));
}

function sayNever(identity: IdentityModel | null, text: string): string {
  return identity?.trigger ? text.replaceAll(new RegExp(`\\b${identity.trigger}\\b`, 'gi'), 'image') : text;
}
