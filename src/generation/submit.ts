// queued → submitting → generating: the one paid request, and the search for its answer when that was lost.
import { moveGeneration, predictionsSince } from '../database/generations.ts';
import { findReference } from '../database/references.ts';
import { isSpendingPaused } from '../database/spending.ts';
import type { GenerationRow } from '../database/tables.ts';
import { reach } from '../failpoints.ts';
import { fitReference, ImageRejected, lightenReference } from '../imaging/index.ts';
import { type PictureRequest, type Prediction, ProviderError } from '../providers/provider.ts';
import { StorageError } from '../storage/storage.ts';
import { MINUTE, type Moves, OUTPUT_LIFE_MS, PATIENCE_MS, SECOND, type StepParts } from './moves.ts';
import { type Recipe, readRecipe, requestOf } from './recipe.ts';

/** How long a lost answer is looked for before people have to. */
const SEARCH_MS = 10 * MINUTE;

/** A request that is not in the list after this much longer than it can have been under way did not arrive, … */
const ARRIVAL_MS = 2 * MINUTE;
/** … if it is not there this much later, either. */
const ABSENCE_MS = MINUTE;
/** Ends the nonce of the second try, which is the last. */
const SECOND_TRY = '.2';

/** The reference that the recipe names is not to be had any more. */
class ReferenceGoneError extends Error {}

export class Submit {
  readonly #parts: StepParts;
  readonly #moves: Moves;

  constructor(parts: StepParts, moves: Moves) {
    this.#parts = parts;
    this.#moves = moves;
  }

  /** Sends what waits for its turn. The row says so before: after a crash in between nothing is sent again. */
  async submit(row: GenerationRow): Promise<void> {
    if (row.cancel_requested) return this.#moves.fail(row, 'canceled');
    if (this.#moves.age(row) > PATIENCE_MS) return this.#moves.fail(row, 'provider_unavailable');
    const pause = this.#parts.breaker.remaining();
    if (pause > 0) return this.#moves.later(row, pause);
    const request = await this.#prepare(row);
    if (!request) return;
    const marked = await this.#mark(row);
    if (!marked) return; // taken over by another worker, or told to wait: nothing was sent
    if (marked.cancel_requested) return this.#moves.fail(marked, 'canceled');
    await reach('K5');
    await this.#post(marked, request);
  }

  /** The commit from which on it counts as sent. None is made while an admin has stopped all spending. */
  async #mark(row: GenerationRow): Promise<GenerationRow | undefined> {
    const { db, events } = this.#parts;
    const sent = { status: 'submitting', submitted_at: new Date().toISOString() } as const;
    const marked = await db
      .transaction()
      .execute(async (trx) =>
        (await isSpendingPaused(trx)) ? 'paused' : moveGeneration(trx, this.#moves.from(row), sent),
      );
    if (marked === 'paused') return void (await this.#moves.rest(row, SECOND));
    if (marked) events.changed(row.id);
    return marked;
  }

  async #post(row: GenerationRow, request: PictureRequest): Promise<void> {
    const { provider, breaker } = this.#parts;
    try {
      const attempt = { generationId: row.id, nonce: row.nonce, submittedAt: submittedAt(row) };
      const prediction = await provider.submit(request, attempt);
      await reach('K7');
      breaker.success();
      await this.#submitted(row, prediction);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#moves.log(row, error);
      await this.#notSubmitted(row, error);
    }
  }

  async #notSubmitted(row: GenerationRow, error: ProviderError): Promise<void> {
    const { breaker } = this.#parts;
    switch (error.kind) {
      case 'unknown': // it may be running and billed: from here on only looking is allowed
        breaker.failure();
        return this.#moves.later(row, 2 * SECOND);
      case 'later':
        if (error.retryAfterMs === undefined) breaker.failure();
        await this.#moves.move(row, {
          status: 'queued',
          submitted_at: null,
          ...this.#moves.retry(row, error.retryAfterMs),
        });
        return;
      case 'unavailable':
        breaker.trip();
        return this.#moves.fail(row, 'provider_unavailable');
      case 'refused':
        return this.#moves.fail(row, 'provider_error');
    }
  }

  /**
   * One prediction is one row's, looked up and written in one commit. Another row can hold it already only when both asked for
   * the very same picture and one of the answers was lost; then this row's own is still in the list, and looked for there.
   */
  async #submitted(row: GenerationRow, prediction: Prediction): Promise<void> {
    const written = await this.#parts.db.transaction().execute(async (trx) => {
      if ((await this.#taken(row, trx)).has(prediction.id)) return false;
      const changes = { prediction_id: prediction.id, model_version: prediction.modelVersion };
      const due = this.#moves.due(isUnderWay(prediction) ? this.#parts.provider.pollIntervalMs : 0);
      await moveGeneration(trx, this.#moves.from(row), { status: 'generating', tries: 0, ...changes, ...due });
      return true;
    });
    await reach('K8');
    if (written) this.#parts.events.changed(row.id);
    else await this.#moves.later(row);
  }

  /** Predictions of other rows that were sent at about the same time, within what the provider's own search allows for. */
  #taken(row: GenerationRow, db = this.#parts.db): Promise<Set<string>> {
    return predictionsSince(db, new Date(submittedAt(row).getTime() - SEARCH_MS).toISOString());
  }

  /** For a row whose answer to the request was lost. Looking is all that is allowed then. */
  async find(row: GenerationRow): Promise<void> {
    const sentAt = submittedAt(row);
    try {
      // What it was sent with is not needed to know it again, and the reference may be gone by now.
      const request = requestOf(readRecipe(row.recipe), null);
      const search = { taken: await this.#taken(row), hint: row.hinted_prediction_id ?? undefined };
      const attempt = { generationId: row.id, nonce: row.nonce, submittedAt: sentAt, ...search };
      const prediction = await this.#parts.provider.find(request, attempt);
      if (prediction) return await this.#submitted(row, prediction);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#moves.log(row, error);
      // A search that failed proves nothing; only one that was completed may end in giving up.
      if (this.#moves.age(row) < OUTPUT_LIFE_MS) return this.#moves.later(row, error.retryAfterMs);
    }
    if (Date.now() - sentAt.getTime() > SEARCH_MS) return this.#moves.fail(row, 'needs_review');
    await this.#absent(row, Date.now() - sentAt.getTime());
  }

  /** The list, read in full, does not hold it. Once that is certain it is sent again, as another attempt, and only once. */
  async #absent(row: GenerationRow, age: number): Promise<void> {
    // A webhook that knows the nonce was ordered with the request: that has arrived, whatever the list says.
    const hasArrived = row.hinted_prediction_id !== null;
    if (age < ARRIVAL_MS || hasArrived || row.nonce.endsWith(SECOND_TRY)) return this.#moves.later(row);
    const since = row.absent_since_ms ?? Date.now();
    const wait = since + ABSENCE_MS - Date.now();
    if (wait > 0) {
      await this.#moves.move(row, { absent_since_ms: since, ...this.#moves.retry(row, wait) });
      return;
    }
    const again = { status: 'queued', submitted_at: null, nonce: row.nonce + SECOND_TRY, tries: 0 } as const;
    await this.#moves.move(row, { ...again, ...this.#moves.due(0) });
  }

  /** The request as the provider gets it; undefined when its reference cannot be read and the row was moved instead. */
  async #prepare(row: GenerationRow): Promise<PictureRequest | undefined> {
    const recipe = readRecipe(row.recipe);
    try {
      return requestOf(recipe, await this.#reference(recipe));
    } catch (error) {
      const outage = error instanceof StorageError;
      if (!outage && !(error instanceof ReferenceGoneError) && !(error instanceof ImageRejected)) throw error;
      this.#moves.log(row, error);
      if (outage) await this.#moves.later(row);
      else await this.#moves.fail(row, 'provider_error');
      return undefined;
    }
  }

  async #reference(recipe: Recipe): Promise<Buffer | null> {
    if (recipe.reference_image_id === null) return null;
    const reference = await findReference(this.#parts.db, recipe.reference_image_id);
    const object = reference && (await this.#parts.storage.get(reference.image_key));
    if (!object) throw new ReferenceGoneError(`reference image ${recipe.reference_image_id} is gone`);
    return recipe.identity ? lightenReference(object.bytes) : fitReference(object.bytes, recipe);
  }
}

/** One whose answer was lost may have ended before it was found: there is nothing to wait for then, and nobody will call. */
function isUnderWay({ status }: Prediction): boolean {
  return status === 'starting' || status === 'processing' || status === 'unknown';
}

function submittedAt(row: GenerationRow): Date {
  return new Date(row.submitted_at ?? row.updated_at);
}
