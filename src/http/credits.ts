// Doors to a user's own credits.
import { z } from 'zod';
import { CreditEntry, Credits } from '../contract.ts';
import type { Ledger } from '../credits/ledger.ts';
import { cursorText, pageOf, readCursor, toPage } from './cursor.ts';
import { limitText, ok, type Routes } from './route.ts';

const tag = 'Credits';

export function addCreditRoutes(routes: Routes, ledger: Ledger): void {
  routes.add({
    method: 'get',
    path: '/image-credits',
    tag,
    summary: 'What I can spend, and what pictures cost',
    replies: { 200: Credits },
    handle: async ({ user }) => ok(await ledger.statement(user.id)),
  });

  routes.add({
    method: 'get',
    path: '/image-credits/entries',
    tag,
    summary: 'What I was given and what I spent, newest first',
    query: z.object({ limit: limitText, cursor: cursorText }),
    replies: { 200: pageOf(CreditEntry) },
    handle: async ({ user }, { query }) => {
      const limit = query.limit ?? 30;
      const before = readCursor(query.cursor, z.tuple([z.int()]));
      const rows = await ledger.entries(user.id, { beforeId: before?.[0] ?? null, limit: limit + 1 });
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
