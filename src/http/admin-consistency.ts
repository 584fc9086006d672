// Doors to past comparisons of the strategies, for admins: what there is, and each page as it was written.
import { z } from 'zod';
import { Report } from '../consistency/report.ts';
import type { KeptReport, Reports } from '../consistency/reports.ts';
import { notFound } from '../errors.ts';
import { cursorText, pageOf, readCursor, toPage } from './cursor.ts';
import { limitText, ok, type Routes } from './route.ts';

const PATH = '/image-admin/consistency-reports';

const ReportSummary = Report.pick({ created_at: true, character: true, provider: true, model: true, strategies: true })
  .extend({ name: z.string() })
  .meta({ id: 'ConsistencyReport' });

/** The page needs its style and pictures of its own, and nothing else of the world. */
const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

export function addConsistencyRoutes(routes: Routes, reports: Reports): void {
  routes.addAdmin({
    method: 'get',
    path: PATH,
    summary: 'Past comparisons of the strategies, newest first',
    query: z.object({ limit: limitText, cursor: cursorText }),
    replies: { 200: pageOf(ReportSummary) },
    handle: async (_permissions, { query }) => {
      const limit = query.limit ?? 30;
      const before = readCursor(query.cursor, z.tuple([z.string()]));
      const kept = await reports.list({ before: before?.[0] ?? null, limit: limit + 1 });
      return ok(toPage(kept, limit, summaryOf, ({ name }) => [name]));
    },
  });

  routes.addAdmin({
    method: 'get',
    path: `${PATH}/:name`,
    summary: 'One comparison as a page',
    params: z.object({ name: z.string() }),
    replies: { 200: z.string() },
    mediaType: 'text/html',
    handle: async (_permissions, { params }) => {
      const page = await reports.page(params.name);
      if (page === undefined) throw notFound('The comparison');
      return { status: 200, headers: PAGE_HEADERS, send: (_req, res) => void res.send(page) };
    },
  });
}

function summaryOf({ name, report }: KeptReport): z.output<typeof ReportSummary> {
  const { created_at, character, provider, model, strategies } = report;
  return { name, created_at, character, provider, model, strategies };
}
