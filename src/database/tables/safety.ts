// Reports and the record of what admins and game masters did, as rows.
import type { Generated, Insertable } from 'kysely';
import type { Flag, Json } from './kinds.ts';

export interface Reports {
  id: Generated<number>;
  post_image_id: number;
  user_id: number;
  reason: string;
  created_at: string;
  resolved_at: string | null;
  resolution: Resolution | null;
}
/** What became of a report. */
export type Resolution = 'dismissed' | 'taken_down' | 'deleted';

export interface Takedowns {
  file_id: number;
  image_sha256: string;
  recipe_sha256: string;
  seed: number;
  reason: string;
  category: string | null;
  at: string;
  was_accepted: Flag;
  by_admin: Flag;
  hide_at_ms: number | null;
  held_by: string | null;
}
export type NewTakedown = Insertable<Takedowns>;

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
