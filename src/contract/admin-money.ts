// What admins send and read about credits and about the provider's money, as it crosses the wire.
import { z } from 'zod';
import { Credits } from './credits.ts';
import { Id, requiredText, Time } from './fields.ts';

const MOST_CREDITS = 1_000_000;
const Reason = requiredText(500);

export const CreditAdjustment = z
  .strictObject({
    amount: z
      .int()
      .min(-MOST_CREDITS)
      .max(MOST_CREDITS)
      .refine((amount) => amount !== 0, 'must not be 0')
      .describe('Below 0 takes credits away, as far as they are free'),
    reason: Reason.describe('Shown to the user, too'),
  })
  .meta({ id: 'CreditAdjustment' });

export const UserCredits = Credits.extend({ username: z.string() }).meta({ id: 'UserCredits' });

export const SpendingOrder = z.strictObject({ paused: z.boolean(), reason: Reason }).meta({ id: 'SpendingOrder' });

export const SpendingState = z
  .object({
    paused: z.boolean(),
    since: Time.nullable().describe('When the switch was turned last'),
    by: z
      .object({ id: Id, username: z.string().nullable() })
      .nullable()
      .describe('Null as well for one who was erased'),
    reason: z.string().nullable(),
    spent_usd: z.number().describe('Known to be paid today (UTC)'),
    expected_usd: z.number().describe('At a guess, for what is under way or was lost after it had been sent'),
    budget_usd: z.number().nullable().describe('For a day; null for no limit'),
    resets_at: Time,
  })
  .meta({ id: 'SpendingState' });

const figures = {
  pictures: z.int(),
  failed: z.int(),
  canceled: z.int(),
  trainings: z.int(),
  credits: z.int().describe('What users were charged, for pictures and trainings'),
  cost_usd: z.number().describe('What the provider was paid, also for what failed or was canceled'),
};

export const Usage = z
  .object({
    from: Time,
    to: Time.describe('The end, no part of it'),
    totals: z.object(figures),
    items: z.array(
      z.object({
        key: z.union([z.int(), z.string()]).describe('The id of the user or game; the day (UTC)'),
        name: z.string().nullable(),
        ...figures,
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'Usage' });

export type CreditAdjustment = z.output<typeof CreditAdjustment>;
export type UserCredits = z.output<typeof UserCredits>;
export type SpendingOrder = z.output<typeof SpendingOrder>;
export type SpendingState = z.output<typeof SpendingState>;
export type Usage = z.output<typeof Usage>;
