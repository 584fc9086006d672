// Moves the objects of pictures that were taken down out of public reach, in the request or, whatever comes between, soon after.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Db } from '../database/open.ts';
import { findDue, type HeldPicture, hold, keysOfFile, letGo, renewHold } from '../database/takedowns.ts';
import { reach } from '../failpoints.ts';
import type { Storage } from '../storage/storage.ts';

/** Who died holding a picture is replaced after this; who lives says so three times in it. */
const LEASE_MS = 9000;
const HEARTBEAT_MS = 3000;
/** After a failure of the storage. */
const RETRY_MS = 5000;
/** How often it is looked for what others have left undone. */
const LOOK_MS = 1000;
/** How long a stop waits for what is being moved. */
const DRAIN_MS = 5000;

export interface QuarantineParts {
  db: Db;
  storage: Storage;
  log: Logger;
  /** Of those among the files that are marked for it. Never rejects. */
  deleteFiles: (ids: readonly number[]) => Promise<void>;
}

export class Quarantine {
  readonly #parts: QuarantineParts;
  readonly #inHand = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(parts: QuarantineParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const all = Promise.allSettled([this.#loop, ...this.#inHand]);
    await Promise.race([all, sleep(DRAIN_MS, undefined, { ref: false })]);
  }

  /** A hold for the row of a takedown that is about to be written. */
  newHold() {
    return { held_by: randomBytes(9).toString('base64url'), hide_at_ms: Date.now() + LEASE_MS };
  }

  /** @returns undefined while another moves it */
  hold(fileId: number): Promise<HeldPicture | undefined> {
    return hold(this.#parts.db, fileId, this.newHold());
  }

  /** Moves both objects of a picture out of reach, or leaves that to the loop. Never rejects. */
  hide(picture: HeldPicture): Promise<void> {
    return this.#track(this.#hide(picture));
  }

  /**
   * Moves both objects of a picture back; the hold stays with the caller.
   * @returns false when they are not to be had any more
   */
  show(picture: HeldPicture): Promise<boolean> {
    return this.#track(this.#holding(picture, () => this.#show(picture)));
  }

  async #hide(picture: HeldPicture): Promise<void> {
    const { db, log, deleteFiles } = this.#parts;
    try {
      const isHidden = await this.#holding(picture, () => this.#moveAway(picture));
      await reach('M4');
      await letGo(db, picture, isHidden ? null : Date.now() + RETRY_MS);
      await deleteFiles([picture.file_id]); // it may have been deleted meanwhile, and waited for this
    } catch (error) {
      log.error({ err: error, file: picture.file_id }, 'a takedown could not be ended; its hold runs out by itself');
    }
  }

  /** Each by itself: one that cannot be moved must not keep the other in the open. @returns whether both are out of reach */
  async #moveAway(picture: HeldPicture): Promise<boolean> {
    const { db, storage, log } = this.#parts;
    let isHidden = true;
    for (const key of await keysOfFile(db, picture.file_id)) {
      try {
        await storage.quarantine(key);
        await reach('M3');
      } catch (error) {
        isHidden = false;
        log.warn({ err: error, file: picture.file_id }, 'a picture that was taken down is still in reach');
      }
    }
    return isHidden;
  }

  async #show(picture: HeldPicture): Promise<boolean> {
    const { db, storage } = this.#parts;
    const keys = await keysOfFile(db, picture.file_id);
    for (const key of keys) {
      const isBack = (await storage.restore(key)) || (await storage.get(key)) !== undefined;
      if (!isBack) return false;
      await reach('M5');
    }
    return keys.length > 0;
  }

  async #holding<T>(picture: HeldPicture, work: () => Promise<T>): Promise<T> {
    const beat = setInterval(() => void renewHold(this.#parts.db, picture, LEASE_MS).catch(() => {}), HEARTBEAT_MS);
    try {
      return await work();
    } finally {
      clearInterval(beat);
    }
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#inHand.add(work);
    const forget = () => void this.#inHand.delete(work);
    work.then(forget, forget);
    return work;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#hideDue().catch((error: unknown) => {
        this.#parts.log.error({ err: error }, 'it could not be looked for takedowns that are not done');
      });
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #hideDue(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const fileId = await findDue(this.#parts.db);
      if (fileId === undefined) return;
      const picture = await this.hold(fileId);
      if (picture) await this.hide(picture);
    }
  }
}
