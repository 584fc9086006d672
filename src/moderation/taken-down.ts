// Knows a picture that was taken down again: by its bytes, by the recipe and seed it is drawn by, by the reference it starts from.
import { createHash } from 'node:crypto';
import type { Db } from '../database/open.ts';
import { findPictureFile, isTakenDown } from '../database/takedowns.ts';
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
  if (!(await isUnwanted(db, recipe))) return;
  throw conflict('The moderators have taken this very picture down. Change the scene or the seed.');
}

/** @param recipe of a finished picture @throws conflict when it, or the one it is a copy of, was taken down */
export async function assertReusable(db: Db, recipe: DrawnBy): Promise<void> {
  if (!(await isUnwanted(db, recipe))) return;
  throw conflict('The moderators have taken this picture down, so it cannot be made again.');
}

/** Before others get to see a stored picture. @throws conflict when it is a copy of one that was taken down */
export async function assertNoCopy(db: Db, fileId: number): Promise<void> {
  const file = await findPictureFile(db, fileId);
  if (!file || !(await isUnwanted(db, JSON.parse(file.recipe) as DrawnBy, file.image_sha256))) return;
  throw conflict('The moderators have taken this very picture down.');
}

/** @param imageSha256 once the picture is finished; it is asked before it is stored, and again before it is shown */
export function isUnwanted(db: Db, recipe: DrawnBy, imageSha256?: string): Promise<boolean> {
  return isTakenDown(db, {
    recipeSha256: recipeDigest(recipe),
    seed: recipe.seed,
    referenceImageId: recipe.reference_image_id,
    imageSha256,
  });
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
