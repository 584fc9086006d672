// The erasure of a user and the export of what there is of one, as they cross the wire.
import { z } from 'zod';
import { Id, requiredText, Time } from './fields.ts';

export const EraseMe = z
  .strictObject({ confirm: z.literal('erase').describe('So that no stray request erases anybody') })
  .meta({ id: 'EraseMe' });
export const EraseUser = z.strictObject({ reason: requiredText(500).optional() }).meta({ id: 'EraseUser' });

export const Erasure = z
  .object({
    id: Id,
    user_id: Id,
    status: z.enum(['running', 'done']),
    requested_at: Time,
    finished_at: Time.nullable(),
    waiting_for: z.enum(['provider', 'storage']).nullable().describe('What holds it up; it goes on by itself'),
    erased: z.object({ characters: z.int(), generations: z.int(), trainings: z.int() }).describe('So far'),
  })
  .meta({ id: 'Erasure' });

const Row = z.record(z.string(), z.unknown());
export const UserExport = z
  .object({
    user_id: Id,
    exported_at: Time,
    characters: z.array(Row).describe('With their settings and looks'),
    reference_images: z.array(Row),
    trainings: z.array(Row),
    generations: z.array(Row).describe('With their scenes and recipes'),
    post_images: z.array(Row),
    credit_entries: z.array(Row),
    prompt_writings: z.array(Row),
    reports: z.array(Row).describe('That the user has made'),
    audit: z.array(Row).describe('What admins did that concerns the user'),
  })
  .meta({ id: 'UserExport' });

export type Erasure = z.output<typeof Erasure>;
