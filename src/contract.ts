// The shapes that cross the wire, as zod schemas: what validates a request also makes the OpenAPI document and the types.
import { z } from 'zod';

/** No control signs but line breaks and tabs, no half characters: neither helps a picture, and both upset databases and logs. */
const CLEAN = /^[^\p{Cc}]*$/u;
const text = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .refine(
      (value) => value.isWellFormed() && CLEAN.test(value.replace(/[\n\r\t]/g, '')),
      'has signs that are no text',
    );
const requiredText = (max: number) => text(max).min(1, 'must not be empty');

export const ASPECT_RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9'] as const;
export const STRATEGIES = ['prompt', 'reference', 'lora', 'identity'] as const;
export const MODES = ['character', 'scene_with_character', 'scene'] as const;
const AspectRatio = z.enum(ASPECT_RATIOS);
const Strategy = z.enum(STRATEGIES);
/** Seeds are below this: the whole range of SDXL's sampler, whose schema names none. */
export const SEED_LIMIT = 2 ** 32;
const Seed = z
  .int()
  .min(0)
  .max(SEED_LIMIT - 1);
const Id = z.int().positive();
const Time = z.iso.datetime();

// Styles

export const ImageStyle = z
  .object({ id: z.string(), name: z.string(), description: z.string() })
  .meta({ id: 'ImageStyle' });

// Characters

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
    image_url: z.string(),
    thumbnail_url: z.string(),
    width: z.int(),
    height: z.int(),
    seed: z.int(),
    accepted: z.boolean(),
    revision: z.int().nullable(),
    ai_generated: z.literal(true),
    created_at: Time,
  })
  .meta({ id: 'ReferenceImage' });

// Pictures

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
    character_profile_id: Id.nullable(),
    character_ids: z.array(Id),
    prompt: z.string().describe('The final prompt for its maker, game masters and admins; the scene for others'),
    negative_prompt: z.string().nullable(),
    image_url: z.string(),
    thumbnail_url: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    alt_text: z.string(),
    ai_generated: z.literal(true),
    generation_params: z.unknown().describe('The recipe; null for those who may not see it'),
    created_at: z.string().nullable(),
  })
  .meta({ id: 'PostImage' });

// Generations

export const Warning = z
  .object({
    code: z.string(),
    message: z.string().describe('A sentence for a person'),
    left_out: z.array(z.string()).optional().describe('What the model is not told, as it was written'),
  })
  .meta({ id: 'Warning' });

export const Generation = z
  .object({
    id: z.string(),
    kind: z.enum(['reference', 'post', 'draft']),
    status: z.enum(['queued', 'generating', 'storing', 'succeeded', 'failed', 'canceled']),
    progress: z.number().min(0).max(1),
    mode: z.enum(MODES),
    game_id: Id,
    post_id: Id.nullable(),
    character_ids: z.array(Id),
    image_url: z.string().nullable(),
    thumbnail_url: z.string().nullable(),
    post_image_id: Id.nullable(),
    reference_image_id: Id.nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    cost: z.object({ credits: z.int(), charged: z.boolean() }),
    warnings: z.array(Warning).describe('What the picture will not show, or not as may be expected'),
    created_at: Time,
    updated_at: Time,
    finished_at: Time.nullable(),
  })
  .meta({ id: 'Generation' });

export const PromptPreview = z
  .object({
    prompt: z.string(),
    negative_prompt: z.string(),
    tokens: z.int().describe('Of the prompt, as the model counts them'),
    negative_tokens: z.int(),
    limit: z.int().describe('What the model reads of either, in tokens'),
    strategy: Strategy,
    seed: z.int().optional().describe('Where it is certain; otherwise each picture gets one of its own'),
    warnings: z.array(Warning),
    credits: z.int().describe('What the request would cost'),
  })
  .meta({ id: 'PromptPreview' });

export const SceneSuggestionRequest = z
  .strictObject({ text: text(4000).optional(), post_id: Id.optional(), mode: z.enum(MODES).optional() })
  .refine((asked) => asked.text || asked.post_id, { path: ['text'], message: 'or post_id must say what to read' })
  .meta({ id: 'SceneSuggestionRequest' });
export const SceneSuggestion = z
  .object({
    scene: z.string().describe('For the request of a picture, when the user agrees'),
    language: z.string().describe('Of the text, as ISO 639-1; `und` where it says too little'),
    written: z.boolean().describe('Whether a language model wrote the scene; otherwise it is the text as it is'),
    characters: z
      .array(z.object({ id: Id, name: z.string(), reference_thumbnail_url: z.string().nullable() }))
      .describe('Named in the text, of this game, and for the user to use'),
    warnings: z.array(Warning),
  })
  .meta({ id: 'SceneSuggestion' });

// LoRA trainings

export const LoraTrainingRequest = z
  .strictObject({
    reference_image_ids: z
      .array(Id)
      .min(1)
      .max(20)
      .refine((ids) => new Set(ids).size === ids.length, 'names a picture twice')
      .optional()
      .describe('Left out: the accepted references, then the other pictures of the character alone'),
    generate_missing: z
      .boolean()
      .optional()
      .describe('Whether pictures that are missing may be made first, as candidates at their usual price'),
  })
  .meta({ id: 'LoraTrainingRequest' });

export const LoraTraining = z
  .object({
    id: z.string(),
    character_id: Id,
    status: z.enum(['queued', 'preparing', 'training', 'storing', 'succeeded', 'failed', 'canceled']),
    progress: z.number().min(0).max(1),
    generation_ids: z
      .array(z.string())
      .describe('Whose pictures it learns from; those not finished yet are waited for'),
    trigger: z.string().describe('The word that stands for the character in prompts'),
    weights: z.string().nullable().describe('The address of our own copy, once there is one'),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    cost: z.object({ credits: z.int(), charged: z.boolean() }).describe('Of the training alone'),
    created_at: Time,
    updated_at: Time,
    finished_at: Time.nullable(),
  })
  .meta({ id: 'LoraTraining' });

// Credits

export const Credits = z
  .object({
    available: z.int(),
    held: z.int(),
    allowance: z.int(),
    resets_at: Time,
    prices: z.object({ reference: z.int(), post: z.int(), draft: z.int(), training: z.int() }),
  })
  .meta({ id: 'Credits' });
export const CreditEntry = z
  .object({
    id: Id,
    generation_id: z.string().nullable().describe('Of the generation or the training'),
    kind: z.enum(['grant', 'hold', 'settle', 'void', 'adjust']),
    amount: z.int().describe('What moved the balance'),
    held: z.int().describe('What moved the reserved part'),
    reason: z.string().nullable(),
    created_at: Time,
  })
  .meta({ id: 'CreditEntry' });

// Errors

export const ErrorReply = z
  .object({
    error: z.string().describe('A sentence for a person'),
    code: z.string(),
    details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    request_id: z.string(),
  })
  .meta({ id: 'Error' });

export type AspectRatio = z.output<typeof AspectRatio>;
export type Strategy = z.output<typeof Strategy>;
export type Mode = (typeof MODES)[number];
export type ImageStyle = z.output<typeof ImageStyle>;
export type NewCharacter = z.output<typeof NewCharacter>;
export type CharacterChanges = z.output<typeof CharacterChanges>;
export type Character = z.output<typeof Character>;
export type Look = z.output<typeof Look>;
export type ReferenceRequest = z.output<typeof ReferenceRequest>;
export type ReferenceImage = z.output<typeof ReferenceImage>;
export type PictureRequest = z.output<typeof PictureRequest>;
export type AgainRequest = z.output<typeof AgainRequest>;
export type PostImage = z.output<typeof PostImage>;
export type Warning = z.output<typeof Warning>;
export type Generation = z.output<typeof Generation>;
export type PromptPreview = z.output<typeof PromptPreview>;
export type SceneSuggestionRequest = z.output<typeof SceneSuggestionRequest>;
export type SceneSuggestion = z.output<typeof SceneSuggestion>;
export type LoraTrainingRequest = z.output<typeof LoraTrainingRequest>;
export type LoraTraining = z.output<typeof LoraTraining>;
export type Credits = z.output<typeof Credits>;
export type CreditEntry = z.output<typeof CreditEntry>;
export type ErrorReply = z.output<typeof ErrorReply>;
