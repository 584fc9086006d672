// Doors to the reports of pictures, for admins: what is reported, and that nothing needs to be done.
import { z } from 'zod';
import { ModerationReason, PictureReport } from '../contract.ts';
import { somebody } from '../database/erasure.ts';
import type { ReportRow } from '../database/reports.ts';
import type { Permissions } from '../forum/permissions.ts';
import type { PostImages } from '../generation/post-images.ts';
import type { ReportDesk } from '../moderation/report-desk.ts';
import { cursorText, pageOf, readCursor, toPage } from './cursor.ts';
import { idText, limitText, ok, type Routes } from './route.ts';

export interface ReportParts {
  reportDesk: ReportDesk;
  postImages: PostImages;
}

export function addReportRoutes(routes: Routes, { reportDesk, postImages }: ReportParts): void {
  const present = (permissions: Permissions, rows: ReportRow[]) => presentAll(permissions, rows, postImages);

  routes.addAdmin({
    method: 'get',
    path: '/image-admin/reports',
    summary: 'Reported pictures, newest first',
    query: z.object({ status: z.enum(['open', 'resolved']).optional(), limit: limitText, cursor: cursorText }),
    replies: { 200: pageOf(PictureReport) },
    handle: async (permissions, { query }) => {
      const limit = query.limit ?? 30;
      const before = readCursor(query.cursor, z.tuple([z.int()]));
      const page = { open: query.status !== 'resolved', beforeId: before?.[0] ?? null, limit: limit + 1 };
      const reports = await present(permissions, await reportDesk.list(page));
      return ok(
        toPage(
          reports,
          limit,
          (report) => report,
          ({ id }) => [id],
        ),
      );
    },
  });

  routes.addAdmin({
    method: 'post',
    path: '/image-admin/reports/:id/resolve',
    summary: 'Close a report whose picture may stay; a takedown closes those of its picture by itself',
    params: z.object({ id: idText }),
    body: ModerationReason,
    replies: { 200: PictureReport },
    handle: async (permissions, { params, body }) => {
      const report = await reportDesk.dismiss(permissions.user.id, params.id, body.reason);
      return ok((await present(permissions, [report]))[0]);
    },
  });
}

async function presentAll(
  permissions: Permissions,
  rows: ReportRow[],
  postImages: PostImages,
): Promise<PictureReport[]> {
  const images = await postImages.byIds(
    permissions,
    rows.map(({ post_image_id }) => post_image_id),
  );
  return rows.map(({ resolution, resolved_at, ...row }) => ({
    ...row,
    user_id: somebody(row.user_id),
    post_image: images.get(row.post_image_id) ?? null,
    status: resolved_at === null ? 'open' : 'resolved',
    resolution,
    resolved_at,
  }));
}
