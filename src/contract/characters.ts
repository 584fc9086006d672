// Characters, their looks and reference images, and the art styles, as they cross the wire.
import { z } from 'zod';
import { AspectRatio, Id, requiredText, Seed, Strategy, Time, text } from './fields.ts';
import { Takedown } from './moderation.ts';

export const ImageStyle = z
  .object({ id: z.string(), name: z.string(), description: z.string() })
  .meta({ id: 'ImageStyle' });

const Lora = z.strictObject({
  weights: z
    .url({ protocol: /^https$/, error: 'must be the https address of a trained_model.tar' })
    .max(500)
    .describe('Weights of a LoRA that was trained on Replicate'),
  scale: z.number().min(0).max(1).optional(),
  trigger: z
    .string()
    .regex(/^[A-Za-z0-9_-]{2,30}$/, 'must be one word of 2–30 letters or digits')
    .optional(),
});

const characterFields = {
  name: requiredText(100),
  base_description: requiredText(1000),
  style: z.string().max(50).nullable().optional(),
  style_modifiers: text(300).optional(),
  negative_prompt: text(500).optional(),
  reference_seed: Seed.optional(),
  usable_by: z.enum(['owner', 'game']).optional(),
};
export const NewCharacter = z.strictObject(characterFields).meta({ id: 'NewCharacter' });
export const CharacterChanges = z
  .strictObject({ ...characterFields, lora: Lora.nullable() })
  .partial()
  .meta({ id: 'CharacterChanges' });

export const Character = z
  .object({
    id: Id,
    user_id: Id,
    game_id: Id,
    name: z.string(),
    base_description: z.string(),
    style: z.string().nullable(),
    style_modifiers: z.string(),
    negative_prompt: z.string(),
    reference_seed: z.int().nullable(),
    reference_image_url: z.string().nullable(),
    reference_thumbnail_url: z.string().nullable(),
    reference_revision: z.int().describe('How many references were accepted before and with this one; 0 for none'),
    usable_by: z.enum(['owner', 'game']),
    lora: z
      .object({ weights: z.string(), scale: z.number(), trigger: z.string() })
      .nullable()
      .describe('Only for those who may edit the character'),
    created_at: Time.nullable(),
    updated_at: Time.nullable(),
    can_edit: z.boolean(),
    can_use: z.boolean(),
  })
  .meta({ id: 'Character' });

export const Look = z.object({ name: z.string(), description: z.string() }).meta({ id: 'Look' });
/** The name is also a segment of a path, and proxies disagree on what an encoded slash means. */
const lookName = requiredText(50).refine((name) => !/[/\\]/.test(name), 'must not have a slash');
export const LookInput = z.strictObject({ name: lookName, description: requiredText(300) }).meta({ id: 'LookInput' });

export const ReferenceRequest = z
  .strictObject({
    seed: Seed.optional(),
    aspect_ratio: AspectRatio.optional(),
    strategy: Strategy.optional(),
    count: z.int().min(1).max(4).optional(),
  })
  .meta({ id: 'ReferenceRequest' });
export const AcceptReference = z.strictObject({ reference_image_id: Id }).meta({ id: 'AcceptReference' });

export const ReferenceImage = z
  .object({
    id: Id,
    character_id: Id,
    generation_id: z.string(),
    image_url: z.string().nullable().describe('Null while it is taken down'),
    thumbnail_url: z.string().nullable(),
    takedown: Takedown.nullable(),
    width: z.int(),
    height: z.int(),
    seed: z.int(),
    accepted: z.boolean(),
    revision: z.int().nullable(),
    ai_generated: z.literal(true),
    created_at: Time,
  })
  .meta({ id: 'ReferenceImage' });

export type ImageStyle = z.output<typeof ImageStyle>;
export type NewCharacter = z.output<typeof NewCharacter>;
export type CharacterChanges = z.output<typeof CharacterChanges>;
export type Character = z.output<typeof Character>;
export type Look = z.output<typeof Look>;
export type ReferenceRequest = z.output<typeof ReferenceRequest>;
export type ReferenceImage = z.output<typeof ReferenceImage>;
