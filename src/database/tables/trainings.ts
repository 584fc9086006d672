// LoRA trainings as rows.
import type { Insertable, Selectable } from 'kysely';
import type { Json } from './kinds.ts';
import type { Queued } from './queue.ts';

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

export interface LoraTrainings extends Queued<TrainingStatus> {
  character_profile_id: number;
  weights_key: string;
  trigger: string;
  seed: number;
  steps: number;
  generation_ids: Json;
  archive: string | null;
  archived_at: string | null;
  training_id: string | null;
  hinted_training_id: string | null;
  train_seconds: number | null;
  weights_bytes: number | null;
  weights_sha256: string | null;
}
export type TrainingRow = Selectable<LoraTrainings>;
export type NewTraining = Insertable<LoraTrainings>;
