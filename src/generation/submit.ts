// queued → submitting → generating: the one paid request, and the search for its answer when that was lost.
import { moveGeneration, predictionsSince } from '../database/generations.ts';
import { findReference } from '../database/references.ts';
import { isSpendingPaused } from '../database/spending.ts';
import type { GenerationRow } from '../database/tables.ts';
import { reach } from '../failpoints.ts';
import { fitReference, ImageRejected, lightenReference } from '../imaging/index.ts';
import type { PictureRequest, Prediction } from '../providers/provider.ts';
import { ageMs, due, PATIENCE_MS, SECOND } from '../queue/clock.ts';
import { PaidRequest, SEARCH_MS } from '../queue/paid-request.ts';
import { StorageError } from '../storage/storage.ts';
import { type Moves, OUTPUT_LIFE_MS, type StepParts } from './moves.ts';
import { type Recipe, readRecipe, requestOf } from './recipe.ts';

/** The reference that the recipe names is not to be had any more. */
class ReferenceGoneError extends Error {}

export class Submit {
  readonly #parts: StepParts;
  readonly #moves: Moves;
  readonly #paid: PaidRequest<GenerationRow>;

  constructor(parts: StepParts, moves: Moves) {
    this.#parts = parts;
    this.#moves = moves;
    const hint = (row: GenerationRow) => row.hinted_prediction_id;
    const { breaker } = parts;
    this.#paid = new PaidRequest({ moves, breaker, unsent: 'queued', hint, patienceMs: OUTPUT_LIFE_MS });
  }

  /** Sends what waits for its turn. The row says so before: after a crash in between nothing is sent again. */
  async submit(row: GenerationRow): Promise<void> {
    if (row.cancel_requested) return this.#moves.fail(row, 'canceled');
    if (ageMs(row) > PATIENCE_MS) return this.#moves.fail(row, 'provider_unavailable');
    const pause = this.#parts.breaker.remaining();
    if (pause > 0) return this.#moves.later(row, pause);
    const request = await this.#prepare(row);
    if (!request) return;
    const marked = await this.#mark(row);
    if (!marked) return; // taken over by another worker, or told to wait: nothing was sent
    if (marked.cancel_requested) return this.#moves.fail(marked, 'canceled');
    await reach('K5');
    await this.#paid.send(marked, () => this.#post(marked, request));
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
    const attempt = { generationId: row.id, nonce: row.nonce, submittedAt: submittedAt(row) };
    const prediction = await provider.submit(request, attempt);
    await reach('K7');
    breaker.success();
    await this.#submitted(row, prediction);
  }

  /**
   * One prediction is one row's, looked up and written in one commit. Another row can hold it already only when both asked for
   * the very same picture and one of the answers was lost; then this row's own is still in the list, and looked for there.
   */
  async #submitted(row: GenerationRow, prediction: Prediction): Promise<void> {
    const written = await this.#parts.db.transaction().execute(async (trx) => {
      if ((await this.#taken(row, trx)).has(prediction.id)) return false;
      const changes = { prediction_id: prediction.id, model_version: prediction.modelVersion };
      const next = due(isUnderWay(prediction) ? this.#parts.provider.pollIntervalMs : 0);
      await moveGeneration(trx, this.#moves.from(row), { status: 'generating', tries: 0, ...changes, ...next });
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

  /** For a row whose answer to the request was lost. */
  async find(row: GenerationRow): Promise<void> {
    await this.#paid.find(row, async () => {
      // What it was sent with is not needed to know it again, and the reference may be gone by now.
      const request = requestOf(readRecipe(row.recipe), null);
      const search = { taken: await this.#taken(row), hint: row.hinted_prediction_id ?? undefined };
      const attempt = { generationId: row.id, nonce: row.nonce, submittedAt: submittedAt(row), ...search };
      const prediction = await this.#parts.provider.find(request, attempt);
      if (prediction) await this.#submitted(row, prediction);
      return prediction !== undefined;
    });
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
