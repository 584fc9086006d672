// What the shapes on the wire share: texts, ids, times, and the words with a fixed choice.
import { z } from 'zod';

/** No control signs but line breaks and tabs, no half characters: neither helps a picture, and both upset databases and logs. */
const CLEAN = /^[^\p{Cc}]*$/u;
export const text = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .refine(
      (value) => value.isWellFormed() && CLEAN.test(value.replace(/[\n\r\t]/g, '')),
      'has signs that are no text',
    );
export const requiredText = (max: number) => text(max).min(1, 'must not be empty');

export const ASPECT_RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9'] as const;
export const STRATEGIES = ['prompt', 'reference', 'lora', 'identity'] as const;
export const MODES = ['character', 'scene_with_character', 'scene'] as const;
export const AspectRatio = z.enum(ASPECT_RATIOS);
export const Strategy = z.enum(STRATEGIES);
/** Seeds are below this: the whole range of SDXL's sampler, whose schema names none. */
export const SEED_LIMIT = 2 ** 32;
export const Seed = z
  .int()
  .min(0)
  .max(SEED_LIMIT - 1);
export const Id = z.int().positive();
export const Time = z.iso.datetime();

export type AspectRatio = z.output<typeof AspectRatio>;
export type Strategy = z.output<typeof Strategy>;
export type Mode = (typeof MODES)[number];
