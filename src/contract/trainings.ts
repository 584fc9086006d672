// LoRA trainings, as they cross the wire.
import { z } from 'zod';
import { Id, Time } from './fields.ts';

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

export type LoraTrainingRequest = z.output<typeof LoraTrainingRequest>;
export type LoraTraining = z.output<typeof LoraTraining>;
