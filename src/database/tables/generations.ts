// Generations and what they keep on their way, as rows.
import type { Generated, Insertable, Selectable } from 'kysely';
import type { Mode } from '../../contract.ts';
import type { Flag, Json } from './kinds.ts';
import type { Queued } from './queue.ts';

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

export interface Generations extends Queued<GenerationStatus> {
  kind: GenerationKind;
  post_id: number | null;
  mode: Mode;
  character_ids: Json;
  scene: string;
  alt_text: string;
  recipe: Json;
  version: Generated<number>;
  image_key: string;
  thumbnail_key: string;
  prediction_id: string | null;
  hinted_prediction_id: string | null;
  predict_seconds: number | null;
  file_id: number | null;
  post_image_id: number | null;
  reference_image_id: number | null;
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
