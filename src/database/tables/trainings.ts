// LoRA trainings as rows.
import type { Generated, Insertable, Selectable } from 'kysely';
import type { Flag, Json } from './kinds.ts';

export type TrainingStatus =
  | 'queued'
  | 'preparing'
  | 'submitting'
  | 'training'
  | 'storing'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'needs_review';

export interface LoraTrainings {
  id: string;
  character_profile_id: number;
  user_id: number;
  game_id: number;
  status: TrainingStatus;
  progress: Generated<number>;
  cancel_requested: Generated<Flag>;
  nonce: string;
  weights_key: string;
  trigger: string;
  seed: number;
  steps: number;
  generation_ids: Json;
  archive: string | null;
  archived_at: string | null;
  submitted_at: string | null;
  training_id: string | null;
  hinted_training_id: string | null;
  absent_since_ms: number | null;
  model_version: string | null;
  train_seconds: number | null;
  estimated_usd: Generated<number>;
  cost_usd: number | null;
  weights_bytes: number | null;
  weights_sha256: string | null;
  credits: number;
  error_code: string | null;
  error_message: string | null;
  run_at_ms: number;
  tries: Generated<number>;
  lease_owner: string | null;
  lease_until_ms: Generated<number>;
  created_at: string;
  updated_at: string;
  finished_at: string | null;
}
export type TrainingRow = Selectable<LoraTrainings>;
export type NewTraining = Insertable<LoraTrainings>;
