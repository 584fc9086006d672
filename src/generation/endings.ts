// The two ways a generation ends, each in one commit: with a picture and a settled hold, or without one and the hold voided.
import { createHash } from 'node:crypto';
import type { Ledger } from '../credits/ledger.ts';
import { findCharacters } from '../database/characters.ts';
import { insertFile } from '../database/files.ts';
import { postExists } from '../database/forum-queries.ts';
import { findGeneration, moveGeneration, type SpooledPicture, unspool } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import { insertPostImage } from '../database/post-images.ts';
import { insertReference } from '../database/references.ts';
import type { GenerationRow } from '../database/tables.ts';
import type { FailureCode } from '../errors.ts';
import { reach } from '../failpoints.ts';
import { isUnwanted } from '../moderation/taken-down.ts';
import type { Storage } from '../storage/storage.ts';
import type { GenerationEvents } from './events.ts';
import { type Recipe, readRecipe, shownRecipe } from './recipe.ts';

/** What people read when there is no picture. Each says what it cost. */
const MESSAGES: Record<FailureCode, string> = {
  output_rejected: 'The safety filter refused the picture. Try other words. You were not charged.',
  taken_down: 'A moderator does not allow this picture, or what it is made from. You were not charged.',
  provider_error: 'The picture could not be made. You were not charged.',
  provider_unavailable: 'The picture service is not available just now. You were not charged.',
  timed_out: 'The picture took too long. You were not charged.',
  storage_failed: 'The picture could not be saved. You were not charged.',
  canceled: 'Canceled. You were not charged.',
  needs_review: 'The picture got lost on the way. You were not charged, and an admin will look into it.',
};

export interface EndingParts {
  db: Db;
  ledger: Ledger;
  storage: Storage;
  events: GenerationEvents;
  /** Never rejects: what cannot be deleted now is tried again later. */
  deleteFiles(ids: readonly number[]): Promise<void>;
}

export class Endings {
  readonly #db: Db;
  readonly #ledger: Ledger;
  readonly #storage: Storage;
  readonly #events: GenerationEvents;
  readonly #deleteFiles: EndingParts['deleteFiles'];

  constructor(parts: EndingParts) {
    this.#db = parts.db;
    this.#ledger = parts.ledger;
    this.#storage = parts.storage;
    this.#events = parts.events;
    this.#deleteFiles = parts.deleteFiles;
  }

  /** Ends without a picture and gives the credits back. @returns whether it was ended by this call */
  async fail(row: GenerationRow, owner: string | null, code: FailureCode): Promise<boolean> {
    const status = code === 'canceled' || code === 'needs_review' ? code : 'failed';
    let discardedFile: number | undefined;
    const ended = await this.#db.transaction().execute(async (trx) => {
      const moved = await moveGeneration(
        trx,
        { id: row.id, status: row.status, owner },
        {
          status,
          error_code: code,
          error_message: MESSAGES[code],
          ...finishedNow(),
        },
      );
      if (!moved) return false;
      if (row.status === 'storing' && code !== 'canceled') discardedFile = await insertFile(trx, discarded(row));
      await this.#ledger.void(trx, row.id);
      await unspool(trx, row.id);
      await reach('K19');
      return true;
    });
    if (ended) this.#events.changed(row.id);
    if (ended) this.#events.ended(code);
    if (ended && discardedFile !== undefined) await this.#deleteFiles([discardedFile]);
    return ended;
  }

  /**
   * Records a picture whose objects are both stored: the file, where it belongs, the charge and the state, all or nothing.
   * @returns `canceled` when somebody asked for that, or has deleted the character, meanwhile: the objects are then to be deleted;
   *   `taken_down` when it is, or is made from, what was taken down meanwhile; `lost` when another worker has it now: the objects
   *   are that worker's
   */
  async succeed(
    row: GenerationRow,
    owner: string,
    picture: SpooledPicture,
  ): Promise<'recorded' | 'canceled' | 'taken_down' | 'lost'> {
    const file = fileOf(row, picture); // hashed before the transaction, which nothing slow may hold open
    const outcome = await this.#db.transaction().execute((trx) => this.#record(trx, row, owner, file));
    await reach('K18');
    if (outcome === 'recorded') this.#events.changed(row.id);
    if (outcome === 'recorded') this.#events.ended('succeeded');
    return outcome;
  }

  async #record(trx: Db, row: GenerationRow, owner: string, file: ReturnType<typeof fileOf>) {
    const current = await findGeneration(trx, row.id);
    if (current?.status !== 'storing' || current.lease_owner !== owner) return 'lost';
    const recipe = { ...readRecipe(row.recipe), model_version: row.model_version ?? undefined };
    if (current.cancel_requested || (await hasNoOwner(trx, row, recipe))) return 'canceled';
    if (await isUnwanted(trx, recipe, file.image_sha256)) return 'taken_down';
    const fileId = await insertFile(trx, file);
    const place = await this.#place(trx, row, recipe, fileId);
    await moveGeneration(
      trx,
      { id: row.id, status: 'storing', owner },
      { ...place, status: 'succeeded', progress: 1, file_id: fileId, recipe: JSON.stringify(recipe), ...finishedNow() },
    );
    await this.#ledger.settle(trx, row.id);
    await unspool(trx, row.id);
    await reach('K17');
    return 'recorded';
  }

  /** Where the picture belongs. A post that was deleted meanwhile leaves its maker a draft. */
  async #place(trx: Db, row: GenerationRow, recipe: Recipe, fileId: number) {
    if (row.kind === 'reference') return this.#placeCandidate(trx, row, recipe, fileId);
    if (row.post_id === null) return {};
    if (!(await postExists(trx, row.post_id))) return { kind: 'draft' as const, post_id: null };
    return { post_image_id: await this.attachTo(trx, row, recipe, row.post_id, fileId) };
  }

  async #placeCandidate(trx: Db, row: GenerationRow, recipe: Recipe, fileId: number) {
    const character = recipe.characters[0]?.id ?? 0;
    const candidate = { character_profile_id: character, generation_id: row.id, file_id: fileId, seed: recipe.seed };
    return { reference_image_id: await insertReference(trx, candidate) };
  }

  /** Puts a finished picture into a post: one part of the caller's commit. @returns the id of the post image */
  async attachTo(trx: Db, row: GenerationRow, recipe: Recipe, postId: number, fileId: number): Promise<number> {
    const lead = recipe.characters[0];
    const [character] = lead ? await findCharacters(trx, [lead.id]) : [];
    return insertPostImage(
      trx,
      {
        post_id: postId,
        character_profile_id: character?.id ?? null,
        prompt: recipe.prompt,
        negative_prompt: recipe.negative_prompt,
        image_url: this.#storage.publicUrl(row.image_key),
        thumbnail_url: this.#storage.publicUrl(row.thumbnail_key),
        generation_params: JSON.stringify(shownRecipe(recipe)),
      },
      {
        generation_id: row.id,
        file_id: fileId,
        user_id: row.user_id,
        mode: row.mode,
        scene: row.scene,
        character_ids: row.character_ids,
        alt_text: row.alt_text,
      },
    );
  }
}

/** A candidate for a character that was deleted meanwhile is nobody's. */
async function hasNoOwner(trx: Db, row: GenerationRow, recipe: Recipe): Promise<boolean> {
  if (row.kind !== 'reference') return false;
  return (await findCharacters(trx, [recipe.characters[0]?.id ?? 0])).length === 0;
}

function finishedNow() {
  return { finished_at: new Date().toISOString(), lease_owner: null, lease_until_ms: 0 };
}

/** What was uploaded before the end, perhaps by a process that died, is for the sweep to delete. A cancel has done so itself. */
function discarded(row: GenerationRow) {
  const nothing = { image: Buffer.alloc(0), thumbnail: Buffer.alloc(0), width: 0, height: 0 };
  return { ...fileOf(row, nothing), deleted_at: new Date().toISOString() };
}

function fileOf(row: GenerationRow, picture: SpooledPicture) {
  return {
    generation_id: row.id,
    image_key: row.image_key,
    thumbnail_key: row.thumbnail_key,
    width: picture.width,
    height: picture.height,
    image_bytes: picture.image.length,
    thumbnail_bytes: picture.thumbnail.length,
    image_sha256: createHash('sha256').update(picture.image).digest('hex'),
    created_at: new Date().toISOString(),
    deleted_at: null,
  };
}
