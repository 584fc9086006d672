// queued → preparing: the pictures are waited for, then packed and put where the provider can read them.
import type { TrainingRow } from '../database/tables.ts';
import { countWaitedFor, picturesOf, type TrainingPicture } from '../database/trainings.ts';
import { reach } from '../failpoints.ts';
import { readRecipe } from '../generation/recipe.ts';
import { ImageRejected, trainingPicture } from '../imaging/index.ts';
import { ProviderError } from '../providers/provider.ts';
import { ageMs, due, MINUTE, PATIENCE_MS, SECOND } from '../queue/clock.ts';
import { DamagedObject, StorageError } from '../storage/storage.ts';
import { type CaptionedPicture, captionOf, packPictures } from './archive.ts';
import type { TrainingMoves, TrainingParts } from './moves.ts';
import { LEAST_PICTURES } from './pictures.ts';

/** Half of the day that the provider keeps it. */
const ARCHIVE_LIFE_MS = 12 * 60 * MINUTE;
/** The waiting for pictures is the first tenth of a training. */
const WAITING_SHARE = 0.1;

export class Prepare {
  readonly #parts: TrainingParts;
  readonly #moves: TrainingMoves;

  constructor(parts: TrainingParts, moves: TrainingMoves) {
    this.#parts = parts;
    this.#moves = moves;
  }

  async gather(row: TrainingRow): Promise<void> {
    const ids = JSON.parse(row.generation_ids) as string[];
    const waiting = await countWaitedFor(this.#parts.db, ids);
    if (waiting > 0) {
      const progress = WAITING_SHARE * (1 - waiting / ids.length);
      await this.#moves.move(row, { progress, ...due(SECOND) });
      return;
    }
    await this.#moves.move(row, { status: 'preparing', tries: 0, progress: WAITING_SHARE, ...due(0) });
  }

  /** The row with an archive that the provider can still read; undefined when it was ended or put off instead. */
  async archived(row: TrainingRow): Promise<TrainingRow | undefined> {
    if (row.archived_at && Date.now() - Date.parse(row.archived_at) < ARCHIVE_LIFE_MS) return row;
    const archived_at = new Date().toISOString(); // before they are read: what is taken down from then on may be among them
    try {
      const pictures = await this.#pictures(row);
      if (pictures.length < LEAST_PICTURES) return void (await this.#moves.fail(row, 'not_enough_pictures'));
      const packed = packPictures(pictures);
      await reach('T3');
      const archive = await this.#parts.trainer.upload(packed);
      await reach('T4');
      return await this.#moves.move(row, { archive, archived_at, tries: 0 });
    } catch (error) {
      if (!(error instanceof ProviderError) && !(error instanceof StorageError)) throw error;
      return void (await this.#notArchived(row, error));
    }
  }

  async #notArchived(row: TrainingRow, error: ProviderError | StorageError): Promise<void> {
    this.#moves.log(row, error);
    const storage = error instanceof StorageError;
    if (!storage && error.kind === 'refused') return this.#moves.fail(row, 'provider_error');
    if (!storage && error.kind === 'unavailable') return this.#moves.fail(row, 'provider_unavailable');
    if (ageMs(row) <= PATIENCE_MS) return this.#moves.later(row, storage ? undefined : error.retryAfterMs);
    await this.#moves.fail(row, storage ? 'storage_failed' : 'provider_unavailable');
  }

  /** Those that are still there and whole. @throws StorageError when the storage cannot be asked */
  async #pictures(row: TrainingRow): Promise<CaptionedPicture[]> {
    const pictures: CaptionedPicture[] = [];
    for (const picture of await picturesOf(this.#parts.db, JSON.parse(row.generation_ids) as string[])) {
      const bytes = await this.#read(row, picture);
      if (bytes) pictures.push({ bytes, caption: captionOf(readRecipe(picture.recipe), row.trigger) });
    }
    return pictures;
  }

  async #read(row: TrainingRow, { image_key }: TrainingPicture): Promise<Buffer | undefined> {
    try {
      const object = await this.#parts.storage.get(image_key);
      return object && (await trainingPicture(object.bytes));
    } catch (error) {
      if (!(error instanceof DamagedObject) && !(error instanceof ImageRejected)) throw error;
      this.#moves.log(row, error);
      return undefined;
    }
  }
}
