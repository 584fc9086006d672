// Generations as admins see them: whose they are, where they really stand, what they cost the operator.
import { z } from 'zod';
import { requiredText, Time } from './fields.ts';
import { Generation } from './generations.ts';

export const GENERATION_STATUSES = [
  'queued',
  'submitting',
  'generating',
  'storing',
  'succeeded',
  'failed',
  'canceled',
  'needs_review',
] as const;

export const AdminGeneration = Generation.omit({ status: true })
  .extend({
    status: z.enum(GENERATION_STATUSES).describe('With those that users see as another: submitting, needs_review'),
    user: z.object({
      id: z.int().nonnegative().describe('0 for one who was erased'),
      username: z.string().nullable().describe('Null for one whom the forum no longer has'),
    }),
    tries: z.int().describe('Of the step that it stands at'),
    model: z.string(),
    seed: z.int().nullable().describe('Null once its user was erased; the prompt is empty then'),
    prompt: z.string().describe('As it was sent; by it and the seed a lost one is found at the provider'),
    submitted_at: Time.nullable(),
    prediction_id: z.string().nullable().describe("The provider's; null as long as none is known"),
    predict_seconds: z.number().nullable(),
    cost_usd: z.number().nullable().describe('What the provider takes for it, once known'),
    retried_as: z.string().nullable().describe('The generation that an admin has had made in its place'),
  })
  .meta({ id: 'AdminGeneration' });

export const ActReason = z.strictObject({ reason: requiredText(500).optional() }).meta({ id: 'ActReason' });

export type AdminGeneration = z.output<typeof AdminGeneration>;
