// The audit trail as admins read it.
import type { AuditEntry } from '../contract.ts';
import { actsOf } from '../database/audit.ts';
import type { Db } from '../database/open.ts';

export class Audit {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async list(page: Parameters<typeof actsOf>[1]): Promise<AuditEntry[]> {
    const rows = await actsOf(this.#db, page);
    return rows.map((row) => ({ ...row, details: row.details && JSON.parse(row.details) }));
  }
}
