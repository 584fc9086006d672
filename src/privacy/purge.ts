// The steps of an erasure, from whatever the rows say is left: the work is ended, then objects are deleted before the rows that
// name them, a few at a time. Each step can be repeated, so a crash or an outage only puts off the end.
import {
  belongingToOthers,
  blankGenerations,
  candidatesOf,
  charactersEver,
  disown,
  type ErasablePicture,
  type Erased,
  forgetCharacters,
  picturesOfOthers,
  picturesToErase,
  purgePictures,
  unfinishedOf,
  withdrawPictures,
} from '../database/erase-pictures.ts';
import {
  blankTraining,
  closeAccount,
  disownTraining,
  isAnythingLeft,
  ownCharacters,
  purgeCharacter,
  purgeTraces,
  trainingsToErase,
  unfinishedTrainingsOf,
} from '../database/erase-rest.ts';
import { countErased, endErasure } from '../database/erasure.ts';
import { generationQueue } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import type { ErasureRow, TrainingRow } from '../database/tables.ts';
import { areBeingMoved } from '../database/takedowns.ts';
import { trainingQueue } from '../database/trainings.ts';
import { reach } from '../failpoints.ts';
import type { Endings } from '../generation/endings.ts';
import { type Storage, StorageError } from '../storage/storage.ts';
import type { TrainingEndings } from '../training/endings.ts';
import { rowsWithoutCharacters } from './without-characters.ts';

/** Pictures in one commit: the forum waits for each. */
const PICTURES = 10;
const DAY_MS = 24 * 3_600_000;
/** Rows of one table in one commit. */
const ROWS = 50;

/** Awaited before each piece of work: others have their turn, to whom SQLite's calls give no way. Throws when there is to be no more. */
export type GoOn = () => Promise<void>;

export interface PurgeParts {
  db: Db;
  storage: Storage;
  endings: Endings;
  trainingEndings: TrainingEndings;
  /** Deletes the pages that show these characters, or that the user has paid. */
  deletePages: (erased: Erased) => Promise<void>;
  /** Somebody was told to stop. */
  wake: () => void;
}

export class Purge {
  readonly #parts: PurgeParts;
  /** Erasures whose characters are out of the pictures of others: that takes a look at every row. */
  readonly #forgotten = new Set<number>();

  constructor(parts: PurgeParts) {
    this.#parts = parts;
  }

  /**
   * Goes as far as it can.
   * @returns what it waits for; `done` when nothing is left
   * @throws StorageError when the storage is away
   */
  async run(erasure: ErasureRow, goOn: GoOn): Promise<'done' | 'provider' | 'storage'> {
    await reach('E2');
    const { db } = this.#parts;
    const erased = { userId: erasure.user_id, characterIds: await charactersEver(db, erasure.user_id) };
    const waiting = await this.#stopWork(erased);
    if (waiting) return waiting;
    await this.#leavePicturesOfOthers(erasure.id, erased, goOn);
    await this.#purgePictures(erasure, goOn);
    await this.#purgeTrainings(erasure, erased, goOn);
    await this.#parts.deletePages(erased);
    await this.#purgeCharacters(erasure, goOn);
    await reach('E8');
    await this.#purgeTraces(erasure, goOn);
    if (!(await this.#end(erasure))) return this.run(erasure, goOn); // a request of the last moment
    this.#forgotten.delete(erasure.id);
    return 'done';
  }

  /**
   * What runs ends without a picture, as if it were canceled. So does what others have waiting with one of the characters: it may wait
   * for as long as spending is stopped, and nothing new is to be made of the user. What was already sent for them is waited for.
   */
  async #stopWork(erased: Erased): Promise<'provider' | 'storage' | undefined> {
    const { db, endings, wake } = this.#parts;
    const rows = await unfinishedOf(db, erased);
    const trainings = await unfinishedTrainingsOf(db, erased);
    if (rows.length === 0 && trainings.length === 0) return undefined;
    for (const row of rows) {
      const untouched = row.status === 'queued' && (await endings.fail(row, null, 'canceled'));
      const isTheirs = row.user_id === erased.userId || row.kind === 'reference';
      if (isTheirs && !untouched && !row.cancel_requested) await generationQueue.flagCancel(db, row.id);
    }
    for (const training of trainings) await this.#stopTraining(training);
    await reach('E3');
    wake();
    return [...rows, ...trainings].some(({ status }) => status === 'storing') ? 'storage' : 'provider';
  }

  /** By whoever works on it; where nothing was sent yet, or nobody has worked on it for a day, by us. */
  async #stopTraining(row: TrainingRow): Promise<void> {
    const { db, trainingEndings } = this.#parts;
    const isUnsent = row.status === 'queued' || row.status === 'preparing';
    const isLeft = Date.now() - Date.parse(row.updated_at) > DAY_MS;
    const code = isUnsent ? 'canceled' : 'needs_review';
    if ((isUnsent || isLeft) && (await trainingEndings.fail(row, null, code))) return;
    if (!row.cancel_requested) await trainingQueue.flagCancel(db, row.id);
  }

  async #leavePicturesOfOthers(id: number, erased: Erased, goOn: GoOn): Promise<void> {
    if (this.#forgotten.has(id)) return;
    const characters = new Set(erased.characterIds);
    for await (const row of picturesOfOthers(this.#parts.db, erased)) {
      await goOn();
      const left = rowsWithoutCharacters(row, characters);
      await this.#parts.db.transaction().execute((trx) => forgetCharacters(trx, left));
    }
    this.#forgotten.add(id);
  }

  async #purgePictures(erasure: ErasureRow, goOn: GoOn): Promise<void> {
    const { db } = this.#parts;
    for (;;) {
      await goOn();
      const pictures = await picturesToErase(db, erasure.user_id, PICTURES);
      if (pictures.length === 0) return;
      const ids = pictures.map(({ generation_id }) => generation_id);
      const kept = await belongingToOthers(db, erasure.user_id, ids);
      await this.#deleteObjects(pictures.filter(({ generation_id }) => !kept.has(generation_id)));
      await db.transaction().execute(async (trx) => {
        const gone = ids.filter((id) => !kept.has(id));
        await purgePictures(trx, gone);
        const count = (await blankGenerations(trx, gone)) + (await disown(trx, [...kept]));
        await countErased(trx, erasure.id, 'generations', count);
        await reach('E6');
      });
    }
  }

  /** Marked first, so that nobody takes them for broken. Also where there is no file: an upload may have been cut off. */
  async #deleteObjects(pictures: ErasablePicture[]): Promise<void> {
    if (pictures.length === 0) return;
    const { db, storage } = this.#parts;
    const ids = pictures.map(({ generation_id }) => generation_id);
    await db.transaction().execute((trx) => withdrawPictures(trx, ids));
    await reach('E4');
    if (await areBeingMoved(db, ids)) throw new StorageError('Pictures that were taken down are just being moved.');
    await storage.delete(pictures.flatMap(({ image_key, thumbnail_key }) => [image_key, thumbnail_key]));
    await reach('E5');
  }

  async #purgeTrainings(erasure: ErasureRow, erased: Erased, goOn: GoOn): Promise<void> {
    const { db, storage } = this.#parts;
    for (;;) {
      const trainings = await trainingsToErase(db, erased, ROWS);
      if (trainings.length === 0) return;
      for (const { id, user_id, character_profile_id, weights_key } of trainings) {
        await goOn();
        if (!erased.characterIds.includes(character_profile_id)) {
          await db.transaction().execute((trx) => disownTraining(trx, id));
          continue;
        }
        await storage.delete([weights_key]);
        await reach('E7');
        await db.transaction().execute(async (trx) => {
          await blankTraining(trx, { id, isOwn: user_id === erased.userId });
          await countErased(trx, erasure.id, 'trainings', 1);
        });
      }
    }
  }

  /** With the candidates that others, as admins may, have made for them. */
  async #purgeCharacters(erasure: ErasureRow, goOn: GoOn): Promise<void> {
    const { db } = this.#parts;
    for (const character of await ownCharacters(db, erasure.user_id)) {
      await goOn();
      const candidates = await candidatesOf(db, character);
      await this.#deleteObjects(candidates);
      await db.transaction().execute(async (trx) => {
        await purgePictures(
          trx,
          candidates.map(({ generation_id }) => generation_id),
        );
        await countErased(trx, erasure.id, 'characters', await purgeCharacter(trx, character));
      });
    }
  }

  async #purgeTraces({ user_id }: ErasureRow, goOn: GoOn): Promise<void> {
    for (let rows = 1; rows > 0; ) {
      await goOn();
      rows = await this.#parts.db.transaction().execute((trx) => purgeTraces(trx, user_id, ROWS));
    }
  }

  /** @returns false when something has come meanwhile */
  #end({ id, user_id }: ErasureRow): Promise<boolean> {
    return this.#parts.db.transaction().execute(async (trx) => {
      if (await isAnythingLeft(trx, user_id)) return false;
      await closeAccount(trx, user_id);
      await endErasure(trx, id);
      await reach('E9');
      return true;
    });
  }
}
