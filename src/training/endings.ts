// The two ways a training ends, each in one commit: with weights and a settled hold, or without and the hold voided.
import type { Ledger } from '../credits/ledger.ts';
import { findCharacter, updateCharacter } from '../database/characters.ts';
import type { Db } from '../database/open.ts';
import type { TrainingRow } from '../database/tables.ts';
import { findTraining, moveTraining } from '../database/trainings.ts';
import type { FailureCode } from '../errors.ts';
import { reach } from '../failpoints.ts';

export type TrainingFailure = Exclude<FailureCode, 'output_rejected' | 'taken_down'> | 'not_enough_pictures';

/** What people read when there are no weights. Each says what it cost. */
const MESSAGES: Record<TrainingFailure, string> = {
  not_enough_pictures: 'Too few of the pictures could be made or read. The training was not charged.',
  provider_error: 'The training failed. It was not charged.',
  provider_unavailable: 'The training service is not available just now. It was not charged.',
  timed_out: 'The training took too long. It was not charged.',
  storage_failed: 'What was trained could not be saved. It was not charged.',
  canceled: 'Canceled. The training was not charged.',
  needs_review: 'The training got lost on the way. It was not charged, and an admin will look into it.',
};

export class TrainingEndings {
  readonly #db: Db;
  readonly #ledger: Ledger;
  readonly #weightsUrl: (key: string) => string;

  /** @param parts.weightsUrl the address that the provider loads stored weights from */
  constructor(parts: { db: Db; ledger: Ledger; weightsUrl: (key: string) => string }) {
    this.#db = parts.db;
    this.#ledger = parts.ledger;
    this.#weightsUrl = parts.weightsUrl;
  }

  /** Ends without weights and gives the credits back. @returns whether it was ended by this call */
  fail(row: TrainingRow, owner: string | null, code: TrainingFailure): Promise<boolean> {
    const status = code === 'canceled' || code === 'needs_review' ? code : 'failed';
    const ending = { status, error_code: code, error_message: MESSAGES[code], ...finishedNow() } as const;
    return this.#db.transaction().execute(async (trx) => {
      if (!(await moveTraining(trx, { id: row.id, status: row.status, owner }, ending))) return false;
      await this.#ledger.void(trx, row.id);
      await reach('T13');
      return true;
    });
  }

  /**
   * Gives the character the stored weights, charges for them and ends the training, all or nothing.
   * @returns `canceled` when somebody asked for that, or has deleted the character, meanwhile; `lost` when another worker has it
   */
  succeed(row: TrainingRow, owner: string): Promise<'recorded' | 'canceled' | 'lost'> {
    return this.#db.transaction().execute(async (trx) => {
      const current = await findTraining(trx, row.id);
      if (current?.status !== 'storing' || current.lease_owner !== owner) return 'lost';
      if (!(await isWanted(trx, current))) return 'canceled';
      const weights = { lora_weights: this.#weightsUrl(row.weights_key), lora_scale: null, lora_trigger: row.trigger };
      await updateCharacter(trx, row.character_profile_id, {}, weights);
      const from = { id: row.id, status: row.status, owner };
      await moveTraining(trx, from, { status: 'succeeded', progress: 1, ...finishedNow() });
      await this.#ledger.settle(trx, row.id);
      await reach('T11');
      return 'recorded';
    });
  }
}

/** Somebody may have canceled it, or deleted the character, since. */
export async function isWanted(db: Db, row: TrainingRow): Promise<boolean> {
  return row.cancel_requested === 0 && (await findCharacter(db, row.character_profile_id)) !== undefined;
}

function finishedNow() {
  return { finished_at: new Date().toISOString(), lease_owner: null, lease_until_ms: 0 };
}
