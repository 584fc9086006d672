// Generations as their makers see them: one, a page of them, canceled.
import type { Generation } from '../contract.ts';
import { recordActOnOthers } from '../database/audit.ts';
import { isErased } from '../database/erasure.ts';
import { findGeneration, generationQueue, generationsOf } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import type { GenerationRow } from '../database/tables.ts';
import { conflict, notFound } from '../errors.ts';
import type { Permissions } from '../forum/permissions.ts';
import type { Storage } from '../storage/storage.ts';
import type { Endings } from './endings.ts';
import type { GenerationEvents } from './events.ts';
import { readRecipe } from './recipe.ts';

/** How long a cancel waits for the provider to have been asked, ms; after that it is answered as it stands. */
const CANCEL_WAIT_MS = 3000;

export class Generations {
  readonly #db: Db;
  readonly #storage: Storage;
  readonly #endings: Endings;
  readonly #events: GenerationEvents;
  readonly #wake: () => void;

  constructor(parts: { db: Db; storage: Storage; endings: Endings; events: GenerationEvents; wake: () => void }) {
    this.#db = parts.db;
    this.#storage = parts.storage;
    this.#endings = parts.endings;
    this.#events = parts.events;
    this.#wake = parts.wake;
  }

  async get(permissions: Permissions, id: string): Promise<Generation> {
    return this.present(await this.visible(permissions, id));
  }

  /** The user's own, newest first. */
  async list(permissions: Permissions, page: Parameters<typeof generationsOf>[2]): Promise<GenerationRow[]> {
    return generationsOf(this.#db, permissions.user.id, page);
  }

  /** @throws conflict when it has ended already */
  async cancel(permissions: Permissions, id: string): Promise<Generation> {
    const row = await this.visible(permissions, id);
    await permissions.assert('cancel_generation', row);
    if (isFinal(row)) throw conflict('This picture is finished already.');
    await this.#ask(permissions, row);
    const untouched = row.status === 'queued' && (await this.#endings.fail(row, null, 'canceled'));
    if (!untouched) {
      this.#wake();
      await this.#settled(id);
    }
    const ended = await this.get(permissions, id);
    if (ended.status === 'succeeded') throw conflict('This picture was finished before it could be canceled.');
    return ended;
  }

  /** From this commit on it will be canceled, by whoever works on it if not by us. */
  #ask({ user }: Permissions, { id, user_id }: GenerationRow): Promise<void> {
    const act = { actor_id: user.id, action: 'generation.cancel', subject: `generation:${id}`, user_id };
    return this.#db.transaction().execute(async (trx) => {
      await generationQueue.flagCancel(trx, id);
      await recordActOnOthers(trx, act);
    });
  }

  /** For a watcher: the row if it is newer than the version that was seen, `gone` when it is, or when it is not to be seen any more. */
  async newer(permissions: Permissions, id: string, version: number): Promise<GenerationRow | 'gone' | undefined> {
    const row = await findGeneration(this.#db, id);
    if (!row) return 'gone';
    if (row.version <= version) return undefined;
    // A stream is open for long, and a role may have been taken away meanwhile.
    const now = await permissions.renewed();
    return (await now?.may('see_generation', row)) ? row : 'gone';
  }

  /** @throws not_found also when the user may not know of it */
  async visible(permissions: Permissions, id: string): Promise<GenerationRow> {
    const row = await findGeneration(this.#db, id);
    if (!row || (await isErased(this.#db, row.user_id))) throw notFound('The picture');
    await permissions.assert('see_generation', row);
    return row;
  }

  present(row: GenerationRow): Generation {
    const { seed, warnings } = readRecipe(row.recipe);
    const stored = row.status === 'succeeded' && row.file_id !== null;
    return {
      id: row.id,
      kind: row.kind,
      status: publicStatus(row),
      progress: row.progress,
      mode: row.mode,
      game_id: row.game_id,
      post_id: row.post_id,
      character_ids: JSON.parse(row.character_ids) as number[],
      alt_text: row.alt_text,
      seed,
      image_url: stored ? this.#storage.publicUrl(row.image_key) : null,
      thumbnail_url: stored ? this.#storage.publicUrl(row.thumbnail_key) : null,
      post_image_id: row.post_image_id,
      reference_image_id: row.reference_image_id,
      error: row.error_code ? { code: row.error_code, message: row.error_message ?? '' } : null,
      cost: { credits: row.credits, charged: row.status === 'succeeded' },
      warnings,
      created_at: row.created_at,
      updated_at: row.updated_at,
      finished_at: row.finished_at,
    };
  }

  /** Waits until the generation has ended, or long enough. */
  async #settled(id: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => void findGeneration(this.#db, id).then((row) => row && isFinal(row) && resolve(), resolve);
    const stop = this.#events.watch(id, look);
    const timer = setTimeout(resolve, CANCEL_WAIT_MS);
    look(); // it may have ended before anybody watched
    await promise;
    clearTimeout(timer);
    stop();
  }
}

export function isFinal(row: GenerationRow): boolean {
  return row.finished_at !== null;
}

/** Two states matter only inside: whether the request is on its way, and whether people must look. */
function publicStatus({ status }: GenerationRow): Generation['status'] {
  if (status === 'submitting') return 'generating';
  return status === 'needs_review' ? 'failed' : status;
}
