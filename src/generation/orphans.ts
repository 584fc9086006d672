// Compares the storage with the rows: objects that no row names go to the quarantine, pictures that are not there are marked.
import { createHash } from 'node:crypto';
import type { Db } from '../database/open.ts';
import {
  brokenFiles,
  countBroken,
  expectedObjects,
  markBroken,
  markWhole,
  type StoredFile,
  sampleFiles,
  shownFiles,
  unnamedAmong,
} from '../database/stored-objects.ts';
import type { BrokenReason } from '../database/tables.ts';
import { reach } from '../failpoints.ts';
import { DamagedObject, type ListedObject, type Storage, StorageError } from '../storage/storage.ts';
import { mostOrphans, NAMED, type OrphanReport } from './orphan-report.ts';

/** Longer than the longest generation, and than any two clocks are apart. */
const GRACE_MS = 48 * 3_600_000;
const BATCH = 500;
const SAMPLE = { share: 0.01, least: 5 };
/** After so many refusals the storage is taken to be out of order. */
const PATIENCE = 5;
/** Behind the key of every picture. */
const END = 'games/~';

export interface OrphanParts {
  db: Db;
  storage: Storage;
  /** Unix milliseconds. */
  now: () => number;
  /** Called before each piece of work. @throws when the sweep is to end */
  goOn: () => Promise<void>;
}

export class Orphans {
  readonly #parts: OrphanParts;
  readonly #report: OrphanReport;

  /** @param report is filled in as it goes on, so that it tells of a sweep that was broken off, too */
  constructor(parts: OrphanParts, report: OrphanReport) {
    this.#parts = parts;
    this.#report = report;
  }

  /** @throws StorageError when the storage cannot be listed, or refuses again and again: then nothing more is done */
  async sweep(): Promise<void> {
    const report = this.#report;
    await this.#lookAgain();
    await this.#compare();
    await this.#check(await sampleFiles(this.#parts.db, SAMPLE));
    report.broken = await countBroken(this.#parts.db);
    report.limit = mostOrphans(report.objects);
    report.braked = report.orphans > report.limit;
    if (!report.dry_run && !report.braked) await this.#quarantine();
  }

  /** Pages of the list, then the rows: whatever is on its way into the storage is named by a row before it gets there. */
  async #compare(): Promise<void> {
    let after = '';
    for await (const page of this.#parts.storage.list()) {
      await this.#parts.goOn();
      const upTo = page.at(-1)?.key ?? after;
      await this.#findMissing({ after, upTo }, page);
      await this.#findOrphans(page);
      after = upTo;
    }
    await this.#findMissing({ after, upTo: END }, []);
  }

  async #findOrphans(page: ListedObject[]): Promise<void> {
    const old = page.filter(({ lastModified }) => lastModified < this.#parts.now() - GRACE_MS);
    const orphans = await unnamedAmong(
      this.#parts.db,
      old.map(({ key }) => key),
    );
    const report = this.#report;
    report.objects += page.length;
    report.orphans += orphans.length;
    report.orphan_keys.push(...orphans.slice(0, NAMED - report.orphan_keys.length));
  }

  /** @param range the keys that the page speaks of: all of them that are stored are in it */
  async #findMissing(range: { after: string; upTo: string }, page: ListedObject[]): Promise<void> {
    const sizes = new Map(page.map(({ key, size }) => [key, size]));
    const { started_at: before } = this.#report;
    for (let { after } = range; after < range.upTo; ) {
      const expected = await expectedObjects(this.#parts.db, { after, upTo: range.upTo, before, limit: BATCH });
      const suspects = expected.filter(({ key, bytes }) => sizes.get(key) !== bytes);
      await this.#check([...new Set(suspects.map(({ file_id }) => file_id))]);
      after = expected.length < BATCH ? range.upTo : (expected.at(-1)?.key ?? range.upTo);
    }
  }

  /** Reads pictures, and marks those that are not as their rows say. A list alone is no proof. */
  async #check(ids: number[]): Promise<void> {
    if (ids.length === 0) return;
    const faults: { id: number; reason: BrokenReason }[] = [];
    for (const file of await shownFiles(this.#parts.db, ids)) {
      const reason = await this.#faultOf(file);
      if (reason) faults.push({ id: file.id, reason });
    }
    if (faults.length === 0) return;
    const at = new Date(this.#parts.now()).toISOString();
    const marked = await markBroken(this.#parts.db, faults, at);
    const named = this.#report.newly_broken_file_ids;
    named.push(...marked.slice(0, NAMED - named.length));
    this.#report.newly_broken += marked.length;
  }

  /** What was broken may have been put back by people. */
  async #lookAgain(): Promise<void> {
    let files: StoredFile[];
    let afterId = 0;
    do {
      files = await brokenFiles(this.#parts.db, { afterId, limit: BATCH });
      const whole: number[] = [];
      for (const file of files) if ((await this.#faultOf(file)) === null) whole.push(file.id);
      if (whole.length > 0) await markWhole(this.#parts.db, whole);
      this.#report.mended += whole.length;
      afterId = files.at(-1)?.id ?? afterId;
    } while (files.length === BATCH);
  }

  /** @returns null when it is as its row says; undefined when that cannot be told now */
  async #faultOf(file: StoredFile): Promise<BrokenReason | null | undefined> {
    await this.#parts.goOn();
    return this.#bearing(async () => {
      this.#report.checked++;
      return compareFile(this.#parts.storage, file);
    });
  }

  /** Once more against the rows, since the comparison may have taken a while. Unless it brakes, the report names them all. */
  async #quarantine(): Promise<void> {
    for (const key of await unnamedAmong(this.#parts.db, this.#report.orphan_keys)) {
      await this.#parts.goOn();
      await reach('K29');
      const moved = await this.#bearing(() => this.#parts.storage.quarantine(key));
      if (moved) this.#report.quarantined++;
    }
  }

  /** One object that cannot be had must not keep the others; many mean that nothing can. */
  async #bearing<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageError) || ++this.#report.failures >= PATIENCE) throw error;
      return undefined;
    }
  }
}

async function compareFile(storage: Storage, file: StoredFile): Promise<BrokenReason | null> {
  try {
    const thumbnail = await storage.get(file.thumbnail_key);
    const image = await storage.get(file.image_key);
    if (!thumbnail || !image) return 'missing';
    if (thumbnail.bytes.length !== file.thumbnail_bytes || image.bytes.length !== file.image_bytes) return 'size';
    return createHash('sha256').update(image.bytes).digest('hex') === file.image_sha256 ? null : 'sha256';
  } catch (error) {
    if (error instanceof DamagedObject) return 'sha256';
    throw error;
  }
}
