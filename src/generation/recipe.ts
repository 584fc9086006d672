// The recipe of a picture: everything that decided how it came out, fixed at the request and kept with it for good.
import type { Lora } from '../characters/lora.ts';
import type { AspectRatio, Mode, Strategy, Warning } from '../contract.ts';
import type { PictureRequest } from '../providers/provider.ts';

/** SDXL was trained on these sizes of about a megapixel; others come out worse (SDXL paper, appendix I). */
const SIZES: Record<AspectRatio, { width: number; height: number }> = {
  '1:1': { width: 1024, height: 1024 },
  '2:3': { width: 832, height: 1216 },
  '3:2': { width: 1216, height: 832 },
  '3:4': { width: 896, height: 1152 },
  '4:3': { width: 1152, height: 896 },
  '9:16': { width: 768, height: 1344 },
  '16:9': { width: 1344, height: 768 },
};

export function sizeOf(aspectRatio: AspectRatio): { width: number; height: number } {
  return SIZES[aspectRatio];
}

/** A portrait stands, a scene lies. */
export function defaultAspectRatio(mode: Mode): AspectRatio {
  return mode === 'character' ? '2:3' : '3:2';
}

/** How far img2img may leave the reference: a portrait stays near it, a scene needs room for another pose and place. */
export const PROMPT_STRENGTH: Record<Mode, number> = { character: 0.6, scene_with_character: 0.75, scene: 0.8 };

export const STEPS = 40;
export const GUIDANCE_SCALE = 7.5;

export interface Recipe {
  mode: Mode;
  strategy: Strategy;
  style: string;
  look: string | null;
  scene: string;
  /** As the request said them; the composed ones are below. */
  user_negative_prompt: string;
  characters: { id: number; name: string; base_description: string }[];
  prompt: string;
  negative_prompt: string;
  seed: number;
  aspect_ratio: AspectRatio;
  width: number;
  height: number;
  /** The accepted reference that img2img starts from, or that a model of identity draws its character by. */
  reference_image_id: number | null;
  reference_revision: number | null;
  prompt_strength: number | null;
  lora: Lora | null;
  /** For the strategy of that name; null for the others. */
  identity: {
    /** How much the reference counts; null where the model has no such lever. */
    strength: number | null;
    /** Of the reference. */
    seed: number | null;
  } | null;
  /** Null where the model has no such lever. */
  num_inference_steps: number | null;
  guidance_scale: number | null;
  /** As asked for; what answered is added when known. */
  model: string;
  model_version?: string;
  /** What its maker was told along with it. */
  warnings: Warning[];
}

export function readRecipe(json: string): Recipe {
  return { warnings: [], identity: null, ...JSON.parse(json) } as Recipe;
}

/** The recipe as a provider gets it. @param image of the reference, fit for what the strategy does with it */
export function requestOf(recipe: Recipe, image: Buffer | null): PictureRequest {
  const { model, prompt, negative_prompt, seed, aspect_ratio, width, height, prompt_strength, lora, identity } = recipe;
  const { num_inference_steps, guidance_scale } = recipe;
  return {
    model,
    prompt,
    negative_prompt,
    seed,
    aspect_ratio,
    width,
    height,
    reference: identity ? null : image,
    prompt_strength,
    lora: lora && { weights: lora.weights, scale: lora.scale },
    identity: identity && { ...identity, image },
    num_inference_steps,
    guidance_scale,
  };
}

/**
 * The recipe as it may be shown. Whose weights they are is not known here, and the address of weights is all that anybody needs
 * to use them: it stays with the generation.
 */
export function shownRecipe(recipe: Recipe): unknown {
  return { ...recipe, lora: recipe.lora && { scale: recipe.lora.scale, trigger: recipe.lora.trigger } };
}
