// Takes pictures down and brings them back: decided in one commit with its entry in the record, and then done in the storage.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Takedown, TakedownRequest } from '../contract.ts';
import { recordAct } from '../database/audit.ts';
import type { Db } from '../database/open.ts';
import { resolveReportsOf } from '../database/reports.ts';
import {
  bringBack,
  findPictureFile,
  findTakedown,
  type HeldPicture,
  isAccepted,
  letGo,
  type PictureFile,
  takeDown,
  takeOver,
} from '../database/takedowns.ts';
import { conflict, notFound, ServiceError } from '../errors.ts';
import { reach } from '../failpoints.ts';
import type { Permissions } from '../forum/permissions.ts';
import { type Storage, StorageError } from '../storage/storage.ts';
import type { Quarantine } from './quarantine.ts';
import { type DrawnBy, recipeDigest } from './taken-down.ts';

/** How long an answer waits for the storage; what is not moved by then is moved all the same. */
const ANSWER_MS = 10_000;

const BEING_MOVED = 'The files of this picture are just being moved. Please try again in a moment.';

/** What a moderator looks at. */
export interface Moderated {
  kind: 'post_image' | 'reference_image';
  id: number;
  game_id: number;
  /** Null for a picture that an older forum made. */
  file_id: number | null;
  /** Its maker. */
  user_id: number | null;
}

export class Takedowns {
  readonly #db: Db;
  readonly #storage: Storage;
  readonly #quarantine: Quarantine;

  constructor(parts: { db: Db; storage: Storage; quarantine: Quarantine }) {
    this.#db = parts.db;
    this.#storage = parts.storage;
    this.#quarantine = parts.quarantine;
  }

  /** What a game master has taken down an admin takes over. @throws conflict when it is down already */
  async takeDown({ user }: Permissions, picture: Moderated, wish: TakedownRequest): Promise<void> {
    const hold = this.#quarantine.newHold();
    const fileId = await this.#db.transaction().execute(async (trx) => {
      const file = await fileOf(trx, picture);
      const known = await findTakedown(trx, file.file_id);
      if (known && (known.by_admin || !user.is_admin)) throw conflict('This picture is taken down already.');
      if (known?.held_by) throw conflict(BEING_MOVED);
      const by_admin = user.is_admin ? (1 as const) : (0 as const);
      const row = { ...hold, ...(await takedownOf(trx, file, wish)), by_admin };
      await (known ? takeOver : takeDown)(
        trx,
        file,
        row,
        `The moderators have taken this picture down: ${wish.reason}`,
      );
      const reports = picture.kind === 'post_image' ? await resolveReportsOf(trx, picture.id, 'taken_down') : 0;
      const details = JSON.stringify({ category: wish.category ?? null, reports });
      await recordAct(trx, { ...act(user.id, picture, 'takedown'), reason: wish.reason, details });
      await reach('M1');
      return known ? null : file.file_id;
    });
    await reach('M2');
    if (fileId === null) return; // its files are in the quarantine, or on their way
    const hidden = this.#quarantine.hide({ file_id: fileId, held_by: hold.held_by });
    await Promise.race([hidden, sleep(ANSWER_MS, undefined, { ref: false })]);
  }

  /**
   * The objects first and the rows after: who is interrupted leaves a picture that is still down.
   * @throws conflict when it is not down, or not to be had any more; forbidden when it is an admin's to do; storage_unavailable
   */
  async restore(permissions: Permissions, picture: Moderated, reason: string): Promise<void> {
    const { file_id: fileId } = await fileOf(this.#db, picture);
    const takedown = await findTakedown(this.#db, fileId);
    if (!takedown) throw conflict('This picture is not taken down.');
    if (takedown.by_admin) await permissions.assert('overrule_admin', picture);
    const held = await this.#quarantine.hold(fileId);
    if (!held) throw conflict(BEING_MOVED);
    try {
      if (!(await this.#quarantine.show(held))) throw conflict('The files of this picture are not kept any more.');
      await reach('M6');
      const judged = { ...held, by_admin: takedown.by_admin };
      await this.#db.transaction().execute((trx) => this.#record(trx, permissions.user.id, picture, judged, reason));
    } catch (error) {
      await letGo(this.#db, held, Date.now()); // what is back already is hidden again by the loop
      if (error instanceof StorageError) throw unavailable(error);
      throw error;
    }
  }

  async #record(trx: Db, actorId: number, picture: Moderated, held: JudgedPicture, reason: string): Promise<void> {
    const file = await fileOf(trx, picture);
    const takedown = await findTakedown(trx, file.file_id);
    if (takedown?.held_by !== held.held_by) throw unavailable();
    if (takedown.by_admin !== held.by_admin) throw conflict('An admin has taken this picture down meanwhile.');
    const urls = {
      image_url: this.#storage.publicUrl(file.image_key),
      thumbnail_url: this.#storage.publicUrl(file.thumbnail_key),
    };
    await bringBack(trx, file, takedown.was_accepted === 1, urls);
    await recordAct(trx, { ...act(actorId, picture, 'restore'), reason });
  }
}

/** Held for a restore, and by whose takedown that was allowed. */
interface JudgedPicture extends HeldPicture {
  by_admin: 0 | 1;
}

/** @throws not_found when it was deleted meanwhile */
async function fileOf(db: Db, { file_id }: Moderated): Promise<PictureFile> {
  if (file_id === null) throw conflict('This service does not keep the files of this picture. Delete it instead.');
  const file = await findPictureFile(db, file_id);
  if (!file) throw notFound('The picture');
  return file;
}

async function takedownOf(trx: Db, file: PictureFile, { reason, category }: TakedownRequest) {
  const recipe = JSON.parse(file.recipe) as DrawnBy;
  return {
    file_id: file.file_id,
    image_sha256: file.image_sha256,
    recipe_sha256: recipeDigest(recipe),
    seed: recipe.seed,
    reason,
    category: category ?? null,
    at: new Date().toISOString(),
    was_accepted: (await isAccepted(trx, file.reference_id)) ? (1 as const) : (0 as const),
  };
}

function act(actorId: number, { kind, id, user_id }: Moderated, verb: 'takedown' | 'restore') {
  return { actor_id: actorId, action: `${kind}.${verb}`, subject: `${kind}:${id}`, user_id };
}

function unavailable(cause?: unknown): ServiceError {
  const message = 'The picture store could not do it just now. The picture is still down; please try again.';
  return new ServiceError('storage_unavailable', message, { retryAfter: 10, cause });
}

/** The columns of a takedown beside its picture's; all null while it is not down. */
export interface TakedownColumns {
  taken_down_at: string | null;
  takedown_reason: string | null;
  takedown_category: string | null;
  hide_at_ms: number | null;
}

export function presentTakedown(row: TakedownColumns): Takedown | null {
  if (row.taken_down_at === null) return null;
  return {
    reason: row.takedown_reason ?? '',
    category: row.takedown_category,
    at: row.taken_down_at,
    complete: row.hide_at_ms === null,
  };
}
