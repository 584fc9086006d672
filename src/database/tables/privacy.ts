// Erasures of users, as rows.
import type { Generated, Selectable } from 'kysely';
import type { Json } from './kinds.ts';

export interface Erasures {
  id: Generated<number>;
  user_id: number;
  requested_at: string;
  finished_at: string | null;
  credits_left: number | null;
  rejections: Generated<Json>;
  waiting_for: 'provider' | 'storage' | null;
  characters: Generated<number>;
  generations: Generated<number>;
  trainings: Generated<number>;
}
export type ErasureRow = Selectable<Erasures>;
