// Pictures in posts and in the storage, as rows.
import type { Generated } from 'kysely';
import type { Mode } from '../../contract.ts';
import type { Flag, Json, LegacyTime } from './kinds.ts';

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

export interface PostDetails {
  post_image_id: number;
  generation_id: string;
  file_id: number;
  user_id: number;
  mode: Mode;
  scene: string;
  character_ids: Json;
  alt_text: string;
}

export interface Files {
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

export interface OrphanSweeps {
  id: Generated<number>;
  lease_until_ms: number;
  started_at: string;
  finished_at: string | null;
  succeeded: Generated<Flag>;
  report: Json | null;
}
