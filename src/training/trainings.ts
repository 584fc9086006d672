// Trainings as those see them who may edit the character: all of it, one, canceled.
import { setTimeout as sleep } from 'node:timers/promises';
import { act, type Profiles } from '../characters/profiles.ts';
import type { LoraTraining } from '../contract.ts';
import { recordActOnOthers } from '../database/audit.ts';
import type { CharacterRow } from '../database/characters.ts';
import { findGenerations, generationQueue } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import type { TrainingRow } from '../database/tables.ts';
import { findTraining, trainingQueue, trainingsOf } from '../database/trainings.ts';
import { conflict, notFound } from '../errors.ts';
import type { Permissions } from '../forum/permissions.ts';
import type { Act } from '../forum/policy.ts';
import type { Endings } from '../generation/endings.ts';
import type { TrainingEndings } from './endings.ts';

/** How long a cancel waits for the provider to have been asked; after that it is answered as it stands. */
const CANCEL_WAIT_MS = 3000;
const LOOK_EVERY_MS = 50;

export interface TrainingsParts {
  db: Db;
  profiles: Profiles;
  endings: TrainingEndings;
  /** Of the pictures that are made for a training. */
  pictureEndings: Endings;
  /** The address that the provider loads stored weights from. */
  weightsUrl: (key: string) => string;
  /** Something is to be done for a training, and for its pictures. */
  wake: () => void;
}

export class Trainings {
  readonly #parts: TrainingsParts;

  constructor(parts: TrainingsParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  async list(permissions: Permissions, characterId: number): Promise<LoraTraining[]> {
    await this.#parts.profiles.find(permissions, characterId, 'see_workshop');
    return (await trainingsOf(this.#parts.db, characterId)).map((row) => this.present(row));
  }

  async get(permissions: Permissions, characterId: number, id: string): Promise<LoraTraining> {
    return this.present((await this.#find(permissions, characterId, id, 'see_workshop')).row);
  }

  /** Also the pictures that are still being made for it. @throws conflict when it has ended already */
  async cancel(permissions: Permissions, characterId: number, id: string): Promise<LoraTraining> {
    const { db, endings, wake } = this.#parts;
    const { row, character } = await this.#find(permissions, characterId, id, 'edit_character');
    if (row.finished_at !== null) throw conflict('This training is finished already.');
    const pictures = JSON.parse(row.generation_ids) as string[];
    await db.transaction().execute(async (trx) => {
      for (const picture of pictures) await generationQueue.flagCancel(trx, picture);
      await trainingQueue.flagCancel(trx, id);
      await recordActOnOthers(trx, act(permissions, character, 'training.cancel'));
    });
    if (row.status === 'queued') await endings.fail(row, null, 'canceled'); // unless a worker has taken it up just now
    await this.#endWaiting(pictures);
    wake();
    await this.#settled(id);
    const ended = await this.get(permissions, characterId, id);
    if (ended.status === 'succeeded') throw conflict('This training was finished before it could be canceled.');
    return ended;
  }

  /** Those that wait end at once: while spending is stopped no worker takes them on. */
  async #endWaiting(pictures: string[]): Promise<void> {
    const { db, pictureEndings } = this.#parts;
    for (const picture of await findGenerations(db, pictures))
      if (picture.status === 'queued') await pictureEndings.fail(picture, null, 'canceled');
  }

  present(row: TrainingRow): LoraTraining {
    const succeeded = row.status === 'succeeded';
    return {
      id: row.id,
      character_id: row.character_profile_id,
      status: publicStatus(row),
      progress: row.progress,
      generation_ids: JSON.parse(row.generation_ids) as string[],
      trigger: row.trigger,
      weights: succeeded && row.weights_sha256 !== null ? this.#parts.weightsUrl(row.weights_key) : null,
      error: row.error_code ? { code: row.error_code, message: row.error_message ?? '' } : null,
      cost: { credits: row.credits, charged: succeeded },
      created_at: row.created_at,
      updated_at: row.updated_at,
      finished_at: row.finished_at,
    };
  }

  async #find(
    permissions: Permissions,
    characterId: number,
    id: string,
    act: Act,
  ): Promise<{ row: TrainingRow; character: CharacterRow }> {
    const character = await this.#parts.profiles.find(permissions, characterId, act);
    const row = await findTraining(this.#parts.db, id);
    if (row?.character_profile_id !== characterId) throw notFound('The training');
    return { row, character };
  }

  async #settled(id: string): Promise<void> {
    const deadline = Date.now() + CANCEL_WAIT_MS;
    while (Date.now() < deadline) {
      if ((await findTraining(this.#parts.db, id))?.finished_at) return;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/** Two states matter only inside: whether the request is on its way, and whether people must look. */
function publicStatus({ status }: TrainingRow): LoraTraining['status'] {
  if (status === 'submitting') return 'preparing';
  return status === 'needs_review' ? 'failed' : status;
}
