// The tables as TypeScript sees them: the forum's (read only, the columns we use), the two shared ones, and our own.

import type { ColumnType, Generated, Insertable, Selectable } from 'kysely';
import type { Mode } from '../contract.ts';

type Flag = 0 | 1;
/** JSON kept as text. */
type Json = string;
/** ISO 8601 UTC, except in rows of an older forum: SQLite's `YYYY-MM-DD HH:MM:SS`, or missing. */
type LegacyTime = ColumnType<string | null, string, string>;

interface Users {
  id: number;
  username: string;
  roles: string | null;
  is_admin: Flag | null;
}
interface Games {
  id: number;
  name: string;
}
interface Chapters {
  id: number;
  game_id: number;
  sequence_number: number | null;
}
interface Beats {
  id: number;
  chapter_id: number;
  sequence_number: number | null;
}
interface Posts {
  id: number;
  beat_id: number;
  author_id: number | null;
  /** HTML */
  content: string;
}

export interface CharacterProfiles {
  id: Generated<number>;
  user_id: number;
  game_id: number;
  name: string;
  base_description: string;
  style_modifiers: string | null;
  reference_seed: number | null;
  reference_image_url: string | null;
  created_at: LegacyTime;
}

export interface PostImages {
  id: Generated<number>;
  post_id: number;
  character_profile_id: number | null;
  prompt: string;
  negative_prompt: string | null;
  image_url: string;
  thumbnail_url: string | null;
  generation_params: Json | null;
  created_at: LegacyTime;
  /** Only in a table that an older forum made. */
  user_id?: number;
}

export interface CharacterSettings {
  character_profile_id: number;
  style: string | null;
  negative_prompt: string;
  usable_by: 'owner' | 'game';
  lora_weights: string | null;
  lora_scale: number | null;
  lora_trigger: string | null;
  reference_image_id: number | null;
  reference_revision: number;
  updated_at: string;
}

interface CharacterLooks {
  character_profile_id: number;
  name: string;
  description: string;
}

interface Files {
  id: Generated<number>;
  generation_id: string;
  image_key: string;
  thumbnail_key: string;
  width: number;
  height: number;
  image_bytes: number;
  thumbnail_bytes: number;
  image_sha256: string;
  created_at: string;
  deleted_at: string | null;
  broken_at: string | null;
  broken_reason: BrokenReason | null;
}
/** What is wrong with a stored picture: an object is not there, of another size, or of other bytes. */
export type BrokenReason = 'missing' | 'size' | 'sha256';

interface OrphanSweeps {
  id: Generated<number>;
  lease_until_ms: number;
  started_at: string;
  finished_at: string | null;
  succeeded: Generated<Flag>;
  report: Json | null;
}

interface ReferenceImages {
  id: Generated<number>;
  character_profile_id: number;
  generation_id: string;
  file_id: number;
  seed: number;
  revision: number | null;
  created_at: string;
}

interface PostDetails {
  post_image_id: number;
  generation_id: string;
  file_id: number;
  user_id: number;
  mode: Mode;
  scene: string;
  character_ids: Json;
  alt_text: string;
}

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

interface Generations {
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
}
export type GenerationRow = Selectable<Generations>;
export type NewGeneration = Insertable<Generations>;

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

interface LoraTrainings {
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

interface Spool {
  generation_id: string;
  image: Buffer;
  thumbnail: Buffer;
  width: number;
  height: number;
}

interface IdempotencyKeys {
  user_id: number;
  route: string;
  key: string;
  body_sha256: string;
  generation_ids: Json;
  created_at: string;
}

interface CreditEntries {
  id: Generated<number>;
  user_id: number;
  generation_id: string | null;
  kind: 'grant' | 'hold' | 'settle' | 'void' | 'adjust';
  amount: number;
  held: number;
  period: string | null;
  reason: string | null;
  created_at: string;
}
export type NewCreditEntry = Insertable<CreditEntries>;

interface CreditAccounts {
  user_id: number;
  balance: number;
  held: number;
}

interface PromptWritings {
  id: Generated<number>;
  user_id: number;
  game_id: number;
  model: string;
  cost_usd: number;
  finished_at: string;
}
export type NewPromptWriting = Insertable<PromptWritings>;

interface Reports {
  id: Generated<number>;
  post_image_id: number;
  user_id: number;
  reason: string;
  created_at: string;
}

export interface Tables {
  users: Users;
  games: Games;
  chapters: Chapters;
  beats: Beats;
  posts: Posts;
  character_profiles: CharacterProfiles;
  post_images: PostImages;
  image_character_settings: CharacterSettings;
  image_character_looks: CharacterLooks;
  image_files: Files;
  image_orphan_sweeps: OrphanSweeps;
  image_reference_images: ReferenceImages;
  image_post_details: PostDetails;
  image_generations: Generations;
  image_lora_trainings: LoraTrainings;
  image_spool: Spool;
  image_idempotency_keys: IdempotencyKeys;
  image_credit_entries: CreditEntries;
  image_credit_accounts: CreditAccounts;
  image_prompt_writings: PromptWritings;
  image_reports: Reports;
}
