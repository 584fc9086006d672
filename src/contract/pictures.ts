// Pictures in posts and what is asked for to have them, as they cross the wire.
import { z } from 'zod';
import { AspectRatio, Id, MODES, requiredText, Seed, Strategy, text } from './fields.ts';
import { Takedown } from './moderation.ts';

const pictureFields = {
  character_ids: z
    .array(Id)
    .max(4)
    .refine((ids) => new Set(ids).size === ids.length, 'names a character twice')
    .optional(),
  look: text(50).optional(),
  scene: text(1000).optional(),
  aspect_ratio: AspectRatio.optional(),
  style: z.string().max(50).optional(),
  negative_prompt: text(500).optional(),
  strategy: Strategy.optional(),
};
export const PictureRequest = z
  .strictObject({ mode: z.enum(MODES), ...pictureFields, seed: Seed.optional() })
  .superRefine((picture, context) => {
    const named = picture.character_ids?.length ?? 0;
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (picture.mode === 'scene' && named > 0) fault('character_ids', 'must be empty when mode is scene');
    if (picture.mode !== 'scene' && named === 0)
      fault('character_ids', `must name a character when mode is ${picture.mode}`);
    if (picture.mode === 'scene' && !picture.scene) fault('scene', 'must say what is seen when mode is scene');
  })
  .meta({ id: 'PictureRequest' });
export const AttachDraft = z.strictObject({ generation_id: z.string().min(1).max(64) }).meta({ id: 'AttachDraft' });
export const AgainRequest = z
  .strictObject({ ...pictureFields, seed: z.union([z.literal('same'), z.literal('new'), Seed]).optional() })
  .meta({ id: 'AgainRequest' });
export const Report = z.strictObject({ reason: requiredText(500) }).meta({ id: 'Report' });

export const PostImage = z
  .object({
    id: Id,
    post_id: Id,
    game_id: Id,
    story: z
      .object({ chapter_id: z.int(), chapter_number: z.int(), beat_id: z.int(), beat_number: z.int() })
      .describe('Where its post stands; a number is 0 where the forum gives none'),
    character_profile_id: Id.nullable(),
    character_ids: z.array(Id),
    prompt: z.string().describe('The final prompt for its maker, game masters and admins; the scene for others'),
    negative_prompt: z.string().nullable(),
    image_url: z.string().nullable().describe('Null while it is taken down'),
    thumbnail_url: z.string().nullable(),
    takedown: Takedown.nullable().describe('Why there is no picture, for its maker, game masters and admins'),
    width: z.int().nullable(),
    height: z.int().nullable(),
    alt_text: z.string(),
    ai_generated: z.literal(true),
    generation_params: z.unknown().describe('The recipe; null for those who may not see it'),
    created_at: z.string().nullable(),
    can_delete: z.boolean(),
    can_regenerate: z.boolean(),
  })
  .meta({ id: 'PostImage' });

export const PostPlace = z.object({ post_id: Id, game_id: Id, can_illustrate: z.boolean() }).meta({ id: 'PostPlace' });

export type PictureRequest = z.output<typeof PictureRequest>;
export type AgainRequest = z.output<typeof AgainRequest>;
export type PostPlace = z.output<typeof PostPlace>;
export type PostImage = z.output<typeof PostImage>;
