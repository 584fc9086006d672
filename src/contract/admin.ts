// What admins send and read, as it crosses the wire.
import { z } from 'zod';
import { Id, Time } from './fields.ts';

export const AuditEntry = z
  .object({
    id: Id,
    at: Time,
    actor_id: z.int().nonnegative().describe('Who did it; 0 for somebody who was erased'),
    action: z.string().describe('Such as `credits.grant`'),
    subject: z.string().describe('What it was done to, such as `user:7`'),
    user_id: Id.nullable().describe('The user it concerns; null for none, and for one who was erased'),
    reason: z.string().nullable(),
    details: z.unknown(),
  })
  .meta({ id: 'AuditEntry' });

export type AuditEntry = z.output<typeof AuditEntry>;
