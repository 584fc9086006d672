// The desk where reports of pictures arrive, and are dealt with.
import { recordAct } from '../database/audit.ts';
import { somebody } from '../database/erasure.ts';
import type { Db } from '../database/open.ts';
import { findReport, type ReportRow, reportsOf, resolveReport } from '../database/reports.ts';
import { conflict, notFound } from '../errors.ts';

export class ReportDesk {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Newest first. */
  list(page: Parameters<typeof reportsOf>[1]): Promise<ReportRow[]> {
    return reportsOf(this.#db, page);
  }

  /** The picture may stay. @throws conflict when somebody has dealt with it already */
  async dismiss(actorId: number, id: number, reason: string): Promise<ReportRow> {
    return this.#db.transaction().execute(async (trx) => {
      if (!(await findReport(trx, id))) throw notFound('The report');
      if (!(await resolveReport(trx, id, 'dismissed'))) throw conflict('This report is resolved already.');
      const report = (await findReport(trx, id)) as ReportRow;
      const act = { actor_id: actorId, action: 'report.resolve', subject: `report:${id}`, reason };
      await recordAct(trx, { ...act, user_id: somebody(report.user_id) });
      return report;
    });
  }
}
