// Doors to a user's credits, for admins.
import { z } from 'zod';
import type { Accounts } from '../admin/accounts.ts';
import { CreditAdjustment, CreditEntry, UserCredits } from '../contract.ts';
import { cursorText, pageOf, readCursor, toPage } from './cursor.ts';
import { idempotencyOf } from './idempotency.ts';
import { idText, limitText, ok, type Routes } from './route.ts';

const PATH = '/image-admin/users/:id/credits';
const params = z.object({ id: idText });

export function addAdminCreditRoutes(routes: Routes, accounts: Accounts): void {
  routes.addAdmin({
    method: 'get',
    path: PATH,
    summary: 'What a user can spend',
    params,
    replies: { 200: UserCredits },
    handle: async (_permissions, { params: { id } }) => ok(await accounts.statement(id)),
  });

  routes.addAdmin({
    method: 'post',
    path: PATH,
    summary: 'Give a user credits, or take free ones away',
    params,
    body: CreditAdjustment,
    repeatable: true,
    replies: { 200: UserCredits },
    handle: async (permissions, { params: { id }, body, req }) =>
      ok(await accounts.adjust(permissions, id, body, idempotencyOf(req, body))),
  });

  routes.addAdmin({
    method: 'get',
    path: `${PATH}/entries`,
    summary: 'What a user was given and spent, newest first',
    params,
    query: z.object({ limit: limitText, cursor: cursorText }),
    replies: { 200: pageOf(CreditEntry) },
    handle: async (_permissions, { params: { id }, query }) => {
      const limit = query.limit ?? 30;
      const before = readCursor(query.cursor, z.tuple([z.int()]));
      const rows = await accounts.entries(id, { beforeId: before?.[0] ?? null, limit: limit + 1 });
      return ok(
        toPage(
          rows,
          limit,
          (row) => row,
          (row) => [row.id],
        ),
      );
    },
  });
}
