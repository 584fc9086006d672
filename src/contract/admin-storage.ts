// What admins are told of the storage: a thorough look at it, the last comparison with the database, and broken pictures.
import { z } from 'zod';
import { Id, Time } from './fields.ts';

export const StorageCheck = z
  .object({
    ok: z.boolean().describe('False when a check of severity `error` has failed'),
    storage: z.enum(['s3', 'disk']),
    checks: z.array(
      z.object({
        name: z.string(),
        ok: z.boolean(),
        severity: z.enum(['error', 'warning']).describe('Of a failure'),
        message: z.string().describe('What was found, and what to mend'),
      }),
    ),
  })
  .meta({ id: 'StorageCheck' });

export const StorageReport = z
  .object({
    storage: z.enum(['s3', 'disk']),
    broken_files: z.int().describe('Pictures whose objects are missing or changed'),
    last_sweep: z
      .object({
        dry_run: z.boolean().describe('True when nothing was to be moved'),
        started_at: Time,
        finished_at: Time.nullable(),
        error: z.string().nullable().describe('Why it ended before its end'),
        objects: z.int(),
        orphans: z.int().describe('Objects older than 48 hours that no row names'),
        limit: z.int(),
        braked: z.boolean().describe('True when there were more orphans than the limit, so that none was moved'),
        quarantined: z.int(),
        checked: z.int(),
        newly_broken: z.int(),
        mended: z.int(),
        failures: z.int(),
      })
      .nullable()
      .describe('The last comparison of the storage with the database; null before the first'),
  })
  .meta({ id: 'StorageReport' });

export const BrokenFile = z
  .object({
    file_id: Id,
    generation_id: z.string(),
    reason: z.enum(['missing', 'size', 'sha256']),
    broken_at: Time.describe('When it was found'),
    image_key: z.string(),
    thumbnail_key: z.string(),
    user_id: Id.nullable(),
    game_id: Id.nullable(),
    post_image_id: Id.nullable(),
    reference_image_id: Id.nullable(),
    created_at: Time,
  })
  .meta({ id: 'BrokenFile' });

export type StorageCheck = z.output<typeof StorageCheck>;
export type StorageReport = z.output<typeof StorageReport>;
export type BrokenFile = z.output<typeof BrokenFile>;
