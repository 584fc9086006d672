// Credits and their entries, as they cross the wire.
import { z } from 'zod';
import { Id, Time } from './fields.ts';

export const Credits = z
  .object({
    user_id: Id.describe('Whose they are'),
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

export type Credits = z.output<typeof Credits>;
export type CreditEntry = z.output<typeof CreditEntry>;
