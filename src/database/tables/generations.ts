// Generations and what they keep on their way, as rows.
import type { Generated, Insertable, Selectable } from 'kysely';
import type { Mode } from '../../contract.ts';
import type { Flag, Json } from './kinds.ts';

export type GenerationKind = 'reference' | 'post' | 'draft';
export type GenerationStatus =
  | 'queued'
  | 'submitting'
  | 'generating'
  | 'storing'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'needs_review';

export interface Generations {
  id: string;
  kind: GenerationKind;
  user_id: number;
  game_id: number;
  post_id: number | null;
  mode: Mode;
  character_ids: Json;
  scene: string;
  alt_text: string;
  recipe: Json;
  status: GenerationStatus;
  progress: Generated<number>;
  version: Generated<number>;
  cancel_requested: Generated<Flag>;
  nonce: string;
  image_key: string;
  thumbnail_key: string;
  submitted_at: string | null;
  prediction_id: string | null;
  hinted_prediction_id: string | null;
  absent_since_ms: number | null;
  model_version: string | null;
  predict_seconds: number | null;
  estimated_usd: Generated<number>;
  cost_usd: number | null;
  file_id: number | null;
  post_image_id: number | null;
  reference_image_id: number | null;
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
  retried_as: string | null;
}
export type GenerationRow = Selectable<Generations>;
export type NewGeneration = Insertable<Generations>;

export interface Spool {
  generation_id: string;
  image: Buffer;
  thumbnail: Buffer;
  width: number;
  height: number;
  signed: Generated<Flag>;
}

export interface IdempotencyKeys {
  user_id: number;
  route: string;
  key: string;
  body_sha256: string;
  generation_ids: Json;
  created_at: string;
}
