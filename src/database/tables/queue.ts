// The columns of what is worked off step by step: generations and trainings.
import type { Generated, Selectable } from 'kysely';
import type { Flag } from './kinds.ts';

export interface Queued<Status extends string> {
  id: string;
  user_id: number;
  game_id: number;
  status: Status;
  progress: Generated<number>;
  cancel_requested: Generated<Flag>;
  /** Goes with the paid request, which is known by it again. */
  nonce: string;
  submitted_at: string | null;
  /** Since when the provider's list, read in full, does not hold the request. */
  absent_since_ms: number | null;
  model_version: string | null;
  estimated_usd: Generated<number>;
  cost_usd: number | null;
  credits: number;
  error_code: string | null;
  error_message: string | null;
  run_at_ms: number;
  /** Since something last went as it should. */
  tries: Generated<number>;
  lease_owner: string | null;
  lease_until_ms: Generated<number>;
  created_at: string;
  updated_at: string;
  finished_at: string | null;
}
export type QueuedRow = Selectable<Queued<string>>;
