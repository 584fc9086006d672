// Characters and what belongs to them, as rows.
import type { Generated } from 'kysely';
import type { LegacyTime } from './kinds.ts';

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

export interface CharacterLooks {
  character_profile_id: number;
  name: string;
  description: string;
}

export interface ReferenceImages {
  id: Generated<number>;
  character_profile_id: number;
  generation_id: string;
  file_id: number;
  seed: number;
  revision: number | null;
  created_at: string;
}
