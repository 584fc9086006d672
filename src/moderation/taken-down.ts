// Knows a picture that was taken down again: by its bytes, by the recipe and seed it is drawn by, by the reference it starts from.
import { createHash } from 'node:crypto';
import type { Db } from '../database/open.ts';
import { isTakenDown } from '../database/takedowns.ts';
import { conflict } from '../errors.ts';

/** All of a recipe that decides how a picture comes out. */
export interface DrawnBy {
  prompt: string;
  negative_prompt: string;
  seed: number;
  width: number;
  height: number;
  reference_image_id: number | null;
  prompt_strength: number | null;
  lora: { weights: string; scale: number } | null;
  identity?: { strength: number | null; seed: number | null } | null;
  num_inference_steps: number | null;
  guidance_scale: number | null;
  model: string;
}

/** Of everything but the seed. */
export function recipeDigest(recipe: DrawnBy): string {
  const { prompt, negative_prompt, width, height, reference_image_id, prompt_strength, lora, identity } = recipe;
  const decides = [
    [prompt, negative_prompt, width, height],
    [reference_image_id, prompt_strength, lora && [lora.weights, lora.scale]],
    [identity ? [identity.strength, identity.seed] : null],
    [recipe.num_inference_steps, recipe.guidance_scale, recipe.model],
  ];
  return sha256(JSON.stringify(decides));
}

/** Before anything is spent. @throws conflict when this would draw the very picture that was taken down */
export async function assertNotTakenDown(db: Db, recipe: DrawnBy): Promise<void> {
  if (!(await isTakenDown(db, { ...drawn(recipe), imageSha256: undefined }))) return;
  throw conflict('The moderators have taken this very picture down. Change the scene or the seed.');
}

/** @throws conflict when a picture by this recipe was taken down, whatever its seed */
export async function assertReusable(db: Db, recipe: DrawnBy): Promise<void> {
  if (!(await isTakenDown(db, { ...drawn(recipe), seed: undefined, imageSha256: undefined }))) return;
  throw conflict('The moderators have taken this picture down, so it cannot be made again.');
}

/** @param imageSha256 of the finished picture, before it is stored or shown */
export function isUnwanted(db: Db, recipe: DrawnBy, imageSha256: string): Promise<boolean> {
  return isTakenDown(db, { ...drawn(recipe), imageSha256 });
}

function drawn(recipe: DrawnBy) {
  return { recipeSha256: recipeDigest(recipe), seed: recipe.seed, referenceImageId: recipe.reference_image_id };
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
