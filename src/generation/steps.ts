// The steps of a generation, one for each state a worker may find it in. A step leaves the row in the next state, or asks to
// be called again; whatever a crash interrupts, the row says where to go on. Effects come before the commit that names them,
// except the paid one: that is written down first, and never sent again while its outcome is unknown.
import type { Logger } from 'pino';
import { findSpooled, moveGeneration, predictionsSince, type SpooledPicture, spool } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import { findReference } from '../database/references.ts';
import type { GenerationRow } from '../database/tables.ts';
import { finishPicture, fitReference, ImageRejected } from '../imaging/index.ts';
import { type PictureRequest, type Prediction, type Provider, ProviderError } from '../providers/provider.ts';
import { type Storage, StorageError } from '../storage/storage.ts';
import type { Breaker } from './breaker.ts';
import type { Endings } from './endings.ts';
import type { GenerationEvents } from './events.ts';
import { type Recipe, readRecipe } from './recipe.ts';

export interface StepParts {
  db: Db;
  provider: Provider;
  storage: Storage;
  endings: Endings;
  events: GenerationEvents;
  breaker: Breaker;
  log: Logger;
  generationTimeoutS: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** How long a lost answer is looked for before people have to. */
const SEARCH_MS = 10 * MINUTE;
/** Replicate removes outputs after an hour. */
const OUTPUT_LIFE_MS = 60 * MINUTE;
/** How long finished bytes wait for the storage to come back. */
const SPOOL_MS = 24 * 60 * MINUTE;
/** How often a paid picture that came broken, or not at all, is fetched: what broke it may have been the way here. */
const FETCHES = 3;

/** The reference that the recipe names is not to be had any more. */
class ReferenceGoneError extends Error {}

export class Steps {
  readonly #parts: StepParts;
  readonly #owner: string;

  /** @param owner the lease that all steps work under */
  constructor(parts: StepParts, owner: string) {
    this.#parts = parts;
    this.#owner = owner;
  }

  /** Does the next step of a claimed row. Failures of the outside end here, in the row; only our own faults are thrown. */
  async advance(row: GenerationRow): Promise<void> {
    switch (row.status) {
      case 'queued':
        return this.#submit(row);
      case 'submitting':
        return this.#find(row);
      case 'generating':
        return this.#follow(row);
      case 'storing':
        return this.#store(row);
    }
  }

  /** After a fault of our own: later, but not for ever. */
  async putOff(row: GenerationRow): Promise<void> {
    if (this.#age(row) > SPOOL_MS) await this.#fail(row, 'needs_review');
    else await this.#later(row);
  }

  // queued → submitting → generating

  async #submit(row: GenerationRow): Promise<void> {
    if (row.cancel_requested) return this.#fail(row, 'canceled');
    const pause = this.#parts.breaker.remaining();
    if (pause > 0) return this.#later(row, pause);
    const request = await this.#prepare(row);
    if (!request) return;
    const marked = await this.#move(row, { status: 'submitting', submitted_at: new Date().toISOString() });
    if (!marked) return; // canceled in this moment, or taken over: nothing was sent
    await this.#post(marked, request);
  }

  async #post(row: GenerationRow, request: PictureRequest): Promise<void> {
    const { provider, breaker } = this.#parts;
    try {
      const attempt = { generationId: row.id, nonce: row.nonce, submittedAt: submittedAt(row) };
      const prediction = await provider.submit(request, attempt);
      breaker.success();
      await this.#submitted(row, prediction);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#log(row, error);
      await this.#notSubmitted(row, error);
    }
  }

  async #notSubmitted(row: GenerationRow, error: ProviderError): Promise<void> {
    const { breaker } = this.#parts;
    switch (error.kind) {
      case 'unknown': // it may be running and billed: from here on only looking is allowed
        breaker.failure();
        return this.#later(row, 2 * SECOND);
      case 'later':
        if (error.retryAfterMs === undefined) breaker.failure();
        await this.#move(row, { status: 'queued', submitted_at: null, ...this.#retry(row, error.retryAfterMs) });
        return;
      case 'unavailable':
        breaker.trip();
        return this.#fail(row, 'provider_unavailable');
      case 'refused':
        return this.#fail(row, 'provider_error');
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
      const due = this.#due(this.#parts.provider.pollIntervalMs);
      const from = { id: row.id, status: row.status, owner: this.#owner };
      await moveGeneration(trx, from, { status: 'generating', tries: 0, ...changes, ...due });
      return true;
    });
    if (written) this.#parts.events.changed(row.id);
    else await this.#later(row);
  }

  /** Predictions of other rows that were sent at about the same time, within what the provider's own search allows for. */
  #taken(row: GenerationRow, db = this.#parts.db): Promise<Set<string>> {
    return predictionsSince(db, new Date(submittedAt(row).getTime() - SEARCH_MS).toISOString());
  }

  // submitting, found by a worker: the answer to the POST was lost

  async #find(row: GenerationRow): Promise<void> {
    const sentAt = submittedAt(row);
    try {
      // What it was sent with is not needed to know it again, and the reference may be gone by now.
      const request = requestOf(readRecipe(row.recipe), null);
      const attempt = { generationId: row.id, nonce: row.nonce, submittedAt: sentAt, taken: await this.#taken(row) };
      const prediction = await this.#parts.provider.find(request, attempt);
      if (prediction) return await this.#submitted(row, prediction);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#log(row, error);
    }
    if (Date.now() - sentAt.getTime() > SEARCH_MS) return this.#fail(row, 'needs_review');
    await this.#later(row);
  }

  // generating → storing

  async #follow(row: GenerationRow): Promise<void> {
    const prediction = await this.#ask(row);
    if (!prediction) return;
    if (row.cancel_requested && prediction.status !== 'succeeded') return this.#cancel(row, prediction);
    switch (prediction.status) {
      case 'succeeded':
        await this.#move(row, {
          status: 'storing',
          progress: 0.95,
          tries: 0,
          ...this.#cost(prediction),
          ...this.#due(0),
        });
        return;
      case 'failed':
        return this.#fail(row, prediction.failure?.rejected ? 'output_rejected' : 'provider_error', prediction);
      case 'aborted':
        return this.#fail(row, 'timed_out', prediction);
      case 'canceled':
        return this.#fail(row, this.#isLate(row) ? 'timed_out' : 'canceled', prediction);
      default:
        return this.#wait(row, prediction);
    }
  }

  /** The prediction as it stands; undefined when the row was moved on or put off instead. */
  async #ask(row: GenerationRow): Promise<Prediction | undefined> {
    const { provider } = this.#parts;
    try {
      const prediction = await provider.get(row.prediction_id ?? '', requestOf(readRecipe(row.recipe), null));
      if (!prediction) await this.#fail(row, 'provider_error');
      return prediction;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#log(row, error);
      if (this.#age(row) > OUTPUT_LIFE_MS) await this.#fail(row, 'provider_unavailable');
      else await this.#later(row, error.retryAfterMs);
      return undefined;
    }
  }

  async #wait(row: GenerationRow, prediction: Prediction): Promise<void> {
    if (this.#isLate(row)) {
      await this.#stop(prediction.id);
      return this.#fail(row, 'timed_out', prediction);
    }
    const progress = Math.max(row.progress, Math.min(0.9, prediction.progress ?? 0));
    await this.#move(row, { progress, tries: 0, ...this.#due(this.#parts.provider.pollIntervalMs) });
  }

  async #cancel(row: GenerationRow, prediction: Prediction): Promise<void> {
    await this.#stop(prediction.id);
    await this.#fail(row, 'canceled', prediction);
  }

  /** Best effort: a prediction that will not stop ends by its own deadline, and its picture is never fetched. */
  async #stop(predictionId: string): Promise<void> {
    try {
      await this.#parts.provider.cancel(predictionId);
    } catch (error) {
      this.#parts.log.warn({ err: error, predictionId }, 'the provider could not be asked to cancel');
    }
  }

  // storing → succeeded

  async #store(row: GenerationRow): Promise<void> {
    if (row.cancel_requested) return this.#discard(row);
    const picture = (await findSpooled(this.#parts.db, row.id)) ?? (await this.#fetch(row));
    if (!picture) return;
    try {
      await this.#upload(row.thumbnail_key, picture.thumbnail);
      await this.#upload(row.image_key, picture.image);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return this.#keepSafe(row, picture, error);
    }
    const outcome = await this.#parts.endings.succeed(row, this.#owner, picture);
    if (outcome === 'canceled') await this.#discard(row);
  }

  /** Downloads and finishes the picture; undefined when the row was moved on or put off instead. */
  async #fetch(row: GenerationRow): Promise<SpooledPicture | undefined> {
    const prediction = await this.#ask(row);
    if (!prediction) return undefined;
    try {
      if (prediction.outputs.length === 0) throw new ProviderError('refused', 'succeeded without an output');
      const bytes = await this.#parts.provider.download(prediction, requestOf(readRecipe(row.recipe), null));
      return await finishPicture(bytes);
    } catch (error) {
      if (!(error instanceof ProviderError) && !(error instanceof ImageRejected)) throw error;
      this.#log(row, error);
      const broken = error instanceof ImageRejected || error.kind === 'refused';
      const hopeless = (broken && row.tries + 1 >= FETCHES) || this.#age(row) > OUTPUT_LIFE_MS;
      if (hopeless) await this.#fail(row, 'provider_error');
      else await this.#later(row);
      return undefined;
    }
  }

  /** The picture is paid: only the upload is tried again, from bytes that outlive this process and the provider's copy. */
  async #keepSafe(row: GenerationRow, picture: SpooledPicture, error: StorageError): Promise<void> {
    this.#log(row, error);
    if (this.#age(row) > SPOOL_MS) return this.#fail(row, 'storage_failed');
    await spool(this.#parts.db, row.id, picture);
    await this.#later(row);
  }

  /** Canceled after the picture had arrived: whatever was uploaded goes away again. */
  async #discard(row: GenerationRow): Promise<void> {
    try {
      await this.#parts.storage.delete([row.image_key, row.thumbnail_key]);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return this.#later(row);
    }
    await this.#fail(row, 'canceled');
  }

  #upload(key: string, bytes: Buffer): Promise<void> {
    return this.#parts.storage.put(key, { bytes, contentType: 'image/webp' });
  }

  // what the steps share

  /** The request as the provider gets it; undefined when its reference cannot be read and the row was moved instead. */
  async #prepare(row: GenerationRow): Promise<PictureRequest | undefined> {
    const recipe = readRecipe(row.recipe);
    try {
      return requestOf(recipe, await this.#reference(recipe));
    } catch (error) {
      const outage = error instanceof StorageError;
      if (!outage && !(error instanceof ReferenceGoneError) && !(error instanceof ImageRejected)) throw error;
      this.#log(row, error);
      if (outage) await this.#later(row);
      else await this.#fail(row, 'provider_error');
      return undefined;
    }
  }

  async #reference(recipe: Recipe): Promise<Buffer | null> {
    if (recipe.reference_image_id === null) return null;
    const reference = await findReference(this.#parts.db, recipe.reference_image_id);
    const object = reference && (await this.#parts.storage.get(reference.image_key));
    if (!object) throw new ReferenceGoneError(`reference image ${recipe.reference_image_id} is gone`);
    return fitReference(object.bytes, recipe);
  }

  async #move(row: GenerationRow, changes: Parameters<typeof moveGeneration>[2]): Promise<GenerationRow | undefined> {
    const moved = await moveGeneration(this.#parts.db, { id: row.id, status: row.status, owner: this.#owner }, changes);
    if (moved) this.#parts.events.changed(row.id);
    return moved;
  }

  async #fail(row: GenerationRow, code: Parameters<Endings['fail']>[2], prediction?: Prediction): Promise<void> {
    // A failed picture costs the user nothing, but it may have cost the operator: that is booked all the same.
    if (prediction) await this.#move(row, this.#cost(prediction));
    await this.#parts.endings.fail(row, this.#owner, code);
  }

  async #later(row: GenerationRow, waitMs?: number): Promise<void> {
    await this.#move(row, this.#retry(row, waitMs));
  }

  /** Doubling from one second to one minute, spread so that many do not come back together. */
  #retry(row: GenerationRow, waitMs?: number) {
    const backoff = Math.min(MINUTE, SECOND * 2 ** row.tries) * (0.75 + Math.random() / 2);
    return { tries: row.tries + 1, ...this.#due(waitMs ?? backoff) };
  }

  /** The last move of a step: when the next one is due, for whichever worker comes then. */
  #due(waitMs: number) {
    return { run_at_ms: Date.now() + Math.round(waitMs), lease_owner: null, lease_until_ms: 0 };
  }

  #cost({ predictSeconds }: Prediction) {
    if (predictSeconds === null) return {};
    return { predict_seconds: predictSeconds, cost_usd: predictSeconds * this.#parts.provider.usdPerSecond };
  }

  #isLate(row: GenerationRow): boolean {
    return this.#age(row) > this.#parts.generationTimeoutS * SECOND;
  }

  #age(row: GenerationRow): number {
    return Date.now() - new Date(row.submitted_at ?? row.created_at).getTime();
  }

  #log(row: GenerationRow, error: Error): void {
    this.#parts.log.warn({ err: error, generation: row.id, status: row.status }, 'a step did not go through');
  }
}

function submittedAt(row: GenerationRow): Date {
  return new Date(row.submitted_at ?? row.updated_at);
}

function requestOf(recipe: Recipe, reference: Buffer | null): PictureRequest {
  const { prompt, negative_prompt, seed, width, height, prompt_strength, lora } = recipe;
  const { num_inference_steps, guidance_scale } = recipe;
  return {
    prompt,
    negative_prompt,
    seed,
    width,
    height,
    reference,
    prompt_strength,
    lora: lora && { weights: lora.weights, scale: lora.scale },
    num_inference_steps,
    guidance_scale,
  };
}
