// The ledger and what else was paid, as rows.
import type { Generated, Insertable } from 'kysely';
import type { Flag } from './kinds.ts';

export interface CreditEntries {
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

export interface CreditAccounts {
  user_id: number;
  balance: number;
  held: number;
}

export interface PromptWritings {
  id: Generated<number>;
  user_id: number;
  game_id: number;
  model: string;
  cost_usd: number;
  finished_at: string;
}
export type NewPromptWriting = Insertable<PromptWritings>;

export interface SpendingSwitches {
  id: 1;
  paused: Flag;
  since: string;
  by_user_id: number;
  reason: string;
}
