// The storage as admins look after it: tried through and through, and what the daily comparison has found.
import type { Logger } from 'pino';
import type { BrokenFile, StorageCheck, StorageReport } from '../contract.ts';
import { recordAct } from '../database/audit.ts';
import { brokenFilesOf, lastSweepReport } from '../database/broken-files.ts';
import type { Db } from '../database/open.ts';
import { countBroken } from '../database/stored-objects.ts';
import type { OrphanReport } from '../generation/orphan-report.ts';
import type { Storage } from '../storage/storage.ts';

export class StorageDesk {
  readonly #db: Db;
  readonly #storage: Storage;
  readonly #log: Logger;

  constructor(parts: { db: Db; storage: Storage; log: Logger }) {
    this.#db = parts.db;
    this.#storage = parts.storage;
    this.#log = parts.log;
  }

  /** Writes a few test objects and deletes them again, which goes on record. @param origin where files of the disk storage are asked for */
  async check(adminId: number, origin: string): Promise<StorageCheck> {
    const checks = await this.#storage.inspect(origin);
    const failed = checks.filter(({ ok }) => !ok);
    const ok = failed.every(({ severity }) => severity === 'warning');
    const details = JSON.stringify({ ok, failed: failed.map(({ name }) => name) });
    const act = {
      actor_id: adminId,
      action: 'storage.check',
      subject: 'storage',
      user_id: null,
      reason: null,
      details,
    };
    // A disk that is full may be what the check is about: the answer does not wait for the record.
    await recordAct(this.#db, act).catch((error: unknown) =>
      this.#log.error({ err: error, act }, 'an act is not on record'),
    );
    return { ok, storage: this.#storage.kind, checks };
  }

  async report(): Promise<StorageReport> {
    const [broken_files, report] = await Promise.all([countBroken(this.#db), lastSweepReport(this.#db)]);
    return { storage: this.#storage.kind, broken_files, last_sweep: report ? shown(JSON.parse(report)) : null };
  }

  broken(page: Parameters<typeof brokenFilesOf>[1]): Promise<BrokenFile[]> {
    return brokenFilesOf(this.#db, page) as Promise<BrokenFile[]>;
  }
}

/** Without the names of orphans, which are all that keeps those from being found, and without what the list says better. */
function shown(report: OrphanReport): StorageReport['last_sweep'] {
  const { orphan_keys: _, newly_broken_file_ids: __, broken: ___, ...numbers } = report;
  return numbers;
}
