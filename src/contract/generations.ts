// Generations and their warnings, as they cross the wire, with what is told before there is one: the prompt and a scene.
import { z } from 'zod';
import { Id, MODES, Strategy, Time, text } from './fields.ts';

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
    alt_text: z.string(),
    seed: z.int(),
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

export type Warning = z.output<typeof Warning>;
export type Generation = z.output<typeof Generation>;
export type PromptPreview = z.output<typeof PromptPreview>;
export type SceneSuggestionRequest = z.output<typeof SceneSuggestionRequest>;
export type SceneSuggestion = z.output<typeof SceneSuggestion>;
