// The forum's tables as TypeScript sees them: read only, the columns we use.
import type { Flag } from './kinds.ts';

export interface Users {
  id: number;
  username: string;
  roles: string | null;
  is_admin: Flag | null;
}
export interface Games {
  id: number;
  name: string;
}
export interface Chapters {
  id: number;
  game_id: number;
  sequence_number: number | null;
}
export interface Beats {
  id: number;
  chapter_id: number;
  sequence_number: number | null;
}
export interface Posts {
  id: number;
  beat_id: number;
  author_id: number | null;
  /** HTML */
  content: string;
}
