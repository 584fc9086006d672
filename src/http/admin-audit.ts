// The door to the record of what admins and game masters did.
import { z } from 'zod';
import { AuditEntry } from '../contract.ts';
import type { Audit } from '../moderation/audit.ts';
import { cursorText, pageOf, readCursor, toPage } from './cursor.ts';
import { idText, limitText, ok, type Routes } from './route.ts';

export function addAuditRoute(routes: Routes, audit: Audit): void {
  routes.addAdmin({
    method: 'get',
    path: '/image-admin/audit',
    summary: 'What admins and game masters did, newest first',
    query: z.object({ limit: limitText, cursor: cursorText, user_id: idText.optional() }),
    replies: { 200: pageOf(AuditEntry) },
    handle: async (_permissions, { query }) => {
      const limit = query.limit ?? 30;
      const before = readCursor(query.cursor, z.tuple([z.int()]));
      const page = { beforeId: before?.[0] ?? null, userId: query.user_id ?? null, limit: limit + 1 };
      return ok(
        toPage(
          await audit.list(page),
          limit,
          (entry) => entry,
          ({ id }) => [id],
        ),
      );
    },
  });
}
