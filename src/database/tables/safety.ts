// Reports and the record of what admins and game masters did, as rows.
import type { Generated, Insertable } from 'kysely';
import type { Json } from './kinds.ts';

export interface Reports {
  id: Generated<number>;
  post_image_id: number;
  user_id: number;
  reason: string;
  created_at: string;
}

export interface AuditEntries {
  id: Generated<number>;
  at: string;
  actor_id: number;
  action: string;
  subject: string;
  user_id: number | null;
  reason: string | null;
  details: Json | null;
}
export type NewAuditEntry = Insertable<AuditEntries>;
