// Takedowns as they cross the wire: what a moderator sends, and what those see who miss the picture.
import { z } from 'zod';
import { requiredText, Time } from './fields.ts';

export const TAKEDOWN_CATEGORIES = [
  'sexual_minors',
  'sexual',
  'violence',
  'hate',
  'real_person',
  'copyright',
  'other',
] as const;

const reason = requiredText(500);
export const TakedownRequest = z
  .strictObject({ reason: reason.describe('Its maker is told'), category: z.enum(TAKEDOWN_CATEGORIES).optional() })
  .meta({ id: 'TakedownRequest' });
export const ModerationReason = z.strictObject({ reason }).meta({ id: 'ModerationReason' });

export const Takedown = z
  .object({
    reason: z.string(),
    category: z.string().nullable(),
    at: Time,
    complete: z
      .boolean()
      .describe('Whether its files are out of public reach; while the storage is down that is tried again and again'),
  })
  .meta({ id: 'Takedown' });

export type TakedownRequest = z.output<typeof TakedownRequest>;
export type Takedown = z.output<typeof Takedown>;
