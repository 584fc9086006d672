// The tables as TypeScript sees them: the forum's (read only, the columns we use), the two shared ones, and our own.
import type { CharacterLooks, CharacterProfiles, CharacterSettings, ReferenceImages } from './tables/characters.ts';
import type { CreditAccounts, CreditEntries, PromptWritings, SpendingSwitches } from './tables/credits.ts';
import type { Beats, Chapters, Games, Posts, Users } from './tables/forum.ts';
import type { Generations, IdempotencyKeys, Spool } from './tables/generations.ts';
import type { Files, OrphanSweeps, PostDetails, PostImages } from './tables/pictures.ts';
import type { Erasures } from './tables/privacy.ts';
import type { AuditEntries, Reports, Takedowns } from './tables/safety.ts';
import type { LoraTrainings } from './tables/trainings.ts';

export type { CharacterProfiles, CharacterSettings } from './tables/characters.ts';
export type { NewCreditEntry, NewPromptWriting } from './tables/credits.ts';
export type { GenerationKind, GenerationRow, GenerationStatus, NewGeneration } from './tables/generations.ts';
export type { BrokenReason, PostImages } from './tables/pictures.ts';
export type { ErasureRow } from './tables/privacy.ts';
export type { NewAuditEntry, NewTakedown, Resolution } from './tables/safety.ts';
export type { NewTraining, TrainingRow, TrainingStatus } from './tables/trainings.ts';

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
  image_spending_switch: SpendingSwitches;
  image_reports: Reports;
  image_audit: AuditEntries;
  image_erasures: Erasures;
  image_takedowns: Takedowns;
}
