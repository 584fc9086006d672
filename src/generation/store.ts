// storing → succeeded: the picture is paid; it is fetched, finished, uploaded and recorded, and no failure here makes a second one.
import { findSpooled, type SpooledPicture, spool } from '../database/generations.ts';
import type { GenerationRow } from '../database/tables.ts';
import { reach } from '../failpoints.ts';
import { finishPicture, ImageRejected, measurePicture, SigningError } from '../imaging/index.ts';
import { isUnwanted, sha256 } from '../moderation/taken-down.ts';
import { ProviderError } from '../providers/provider.ts';
import { ageMs, PATIENCE_MS } from '../queue/clock.ts';
import { StorageError } from '../storage/storage.ts';
import type { Follow } from './follow.ts';
import { type Moves, OUTPUT_LIFE_MS, type StepParts } from './moves.ts';
import { readRecipe, requestOf } from './recipe.ts';
import { signed } from './signing.ts';
import { NoVerdict } from './verdicts.ts';

/** How often a picture that came broken, or not at all, is fetched: what broke it may have been the way here. */
const FETCHES = 3;

export class Store {
  readonly #parts: StepParts;
  readonly #moves: Moves;
  readonly #follow: Follow;
  /** How often what came for a row was broken. A restart forgets it: then it is fetched some more times. */
  readonly #broken = new Map<string, number>();

  constructor(parts: StepParts, moves: Moves, follow: Follow) {
    this.#parts = parts;
    this.#moves = moves;
    this.#follow = follow;
  }

  async store(row: GenerationRow): Promise<void> {
    if (row.cancel_requested) return this.#discard(row);
    const finished = await this.#picture(row);
    if (!finished) return;
    if (await isUnwanted(this.#parts.db, readRecipe(row.recipe), sha256(finished.image)))
      return this.#moves.fail(row, 'taken_down');
    let picture = finished;
    try {
      if (!(await this.#mayBeSeen(row, finished))) return this.#moves.fail(row, 'output_rejected');
      await reach('K13');
      picture = await signed(this.#parts.db, this.#parts.signer, row.id, finished);
      await this.#upload(row.thumbnail_key, picture.thumbnail);
      await reach('K14');
      await this.#upload(row.image_key, picture.image);
    } catch (error) {
      if (!isPassing(error)) throw error;
      return this.#keepSafe(row, picture, error);
    }
    await reach('K16');
    const outcome = await this.#parts.endings.succeed(row, this.#moves.owner, picture);
    if (outcome === 'canceled') await this.#discard(row);
    if (outcome === 'taken_down') await this.#moves.fail(row, 'taken_down');
  }

  /** Asked before every upload, and so again after a crash: what is in the storage can be seen. @throws NoVerdict */
  async #mayBeSeen(row: GenerationRow, picture: SpooledPicture): Promise<boolean> {
    const category = await this.#parts.gates.verdictOn(picture.image);
    if (category) this.#parts.log.warn({ generation: row.id, category }, 'a finished picture was refused');
    return category === null;
  }

  /** From wherever it is to be had; undefined when the row was moved on or put off instead. */
  async #picture(row: GenerationRow): Promise<SpooledPicture | undefined> {
    const spooled = await findSpooled(this.#parts.db, row.id);
    if (spooled || ageMs(row) <= OUTPUT_LIFE_MS) return spooled ?? this.#fetch(row);
    try {
      return (await this.#stored(row)) ?? (await this.#fetch(row));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      await this.#putOff(row, error);
      return undefined;
    }
  }

  /** What was uploaded whole before the service died, and stayed down until the provider's copy was gone. */
  async #stored(row: GenerationRow): Promise<SpooledPicture | undefined> {
    const image = await this.#parts.storage.get(row.image_key);
    const thumbnail = image && (await this.#parts.storage.get(row.thumbnail_key));
    if (!thumbnail) return undefined;
    try {
      return { image: image.bytes, thumbnail: thumbnail.bytes, ...(await measurePicture(image.bytes)) };
    } catch (error) {
      if (error instanceof ImageRejected) return undefined;
      throw error;
    }
  }

  /** Downloads and finishes the picture; undefined when the row was moved on or put off instead. */
  async #fetch(row: GenerationRow): Promise<SpooledPicture | undefined> {
    const prediction = await this.#follow.ask(row);
    if (!prediction) return undefined;
    try {
      if (prediction.outputs.length === 0) throw new ProviderError('refused', 'succeeded without an output');
      const bytes = await this.#parts.provider.download(prediction, requestOf(readRecipe(row.recipe), null));
      await reach('K12');
      const picture = await finishPicture(bytes, readRecipe(row.recipe).model);
      this.#broken.delete(row.id);
      return picture;
    } catch (error) {
      if (!(error instanceof ProviderError) && !(error instanceof ImageRejected)) throw error;
      this.#moves.log(row, error);
      const hopeless = this.#isBrokenAgain(row, error) || ageMs(row) > OUTPUT_LIFE_MS;
      if (hopeless) await this.#moves.fail(row, 'provider_error');
      else await this.#moves.later(row);
      return undefined;
    }
  }

  /** Counted apart from the row's tries: an outage on the way says nothing about the picture. */
  #isBrokenAgain(row: GenerationRow, error: ProviderError | ImageRejected): boolean {
    if (!(error instanceof ImageRejected) && error.kind !== 'refused') return false;
    const times = (this.#broken.get(row.id) ?? 0) + 1;
    if (times < FETCHES) this.#broken.set(row.id, times);
    else this.#broken.delete(row.id);
    return times >= FETCHES;
  }

  /** The picture is paid: only what comes after is tried again, from bytes that outlive this process and the provider's copy. */
  async #keepSafe(row: GenerationRow, picture: SpooledPicture, error: Error): Promise<void> {
    await spool(this.#parts.db, row.id, picture);
    await this.#putOff(row, error);
  }

  async #putOff(row: GenerationRow, error: Error): Promise<void> {
    this.#moves.log(row, error);
    const end = error instanceof NoVerdict ? 'needs_review' : 'storage_failed';
    if (ageMs(row) > PATIENCE_MS) await this.#moves.fail(row, end);
    else await this.#moves.later(row);
  }

  /** Canceled after the picture had arrived: whatever was uploaded goes away again. */
  async #discard(row: GenerationRow): Promise<void> {
    try {
      await this.#parts.storage.delete([row.image_key, row.thumbnail_key]);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return this.#moves.later(row);
    }
    await reach('K20');
    await this.#moves.fail(row, 'canceled');
  }

  #upload(key: string, bytes: Buffer): Promise<void> {
    return this.#parts.storage.put(key, { bytes, contentType: 'image/webp' });
  }
}

/** Something outside is not to be had: the picture waits for it. */
function isPassing(error: unknown): error is Error {
  return error instanceof StorageError || error instanceof SigningError || error instanceof NoVerdict;
}
