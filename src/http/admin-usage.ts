// The door to what was made, charged and paid, for admins.
import { z } from 'zod';
import type { UsageReports } from '../admin/usage.ts';
import { Usage } from '../contract.ts';
import { invalidField } from '../errors.ts';
import { cursorText, readCursor, writeCursor } from './cursor.ts';
import { limitText, ok, type Routes } from './route.ts';

const DAY_MS = 86_400_000;

/** A day (UTC) or a time, as the moments at which it begins and after which it is over, ms. */
const moment = z
  .union(
    [z.iso.date(), z.iso.datetime({ offset: true })],
    'must be a day as 2026-11-30 or a time as 2026-11-30T12:00:00Z',
  )
  .transform((text) => {
    const begins = Date.parse(text);
    return { begins, isOver: text.includes('T') ? begins : begins + DAY_MS };
  });

export function addUsageRoute(routes: Routes, usage: UsageReports): void {
  routes.addAdmin({
    method: 'get',
    path: '/image-admin/usage',
    summary: 'Pictures, credits and what the provider was paid, by user, game or day; of this month when not told',
    query: z.object({
      from: moment.optional(),
      to: moment.optional(),
      by: z.enum(['user', 'game', 'day']).default('day'),
      limit: limitText,
      cursor: cursorText,
    }),
    replies: { 200: Usage },
    handle: async (_permissions, { query: { by, from, to, limit = 100, cursor } }) => {
      const [offset] = readCursor(cursor, z.tuple([z.int().nonnegative()])) ?? [0];
      const { more, ...report } = await usage.report({ by, ...periodOf(from, to), offset, limit });
      return ok({ ...report, next_cursor: more ? writeCursor([offset + limit]) : null });
    },
  });
}

type Moment = z.output<typeof moment>;

/** @throws invalid_request when it ends before it begins */
function periodOf(from: Moment | undefined, to: Moment | undefined): { from: string; before: string } {
  const now = new Date();
  const begin = from?.begins ?? Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  const end = to?.isOver ?? now.getTime() + 1;
  if (begin >= end) throw invalidField('from', 'must be before to');
  return { from: new Date(begin).toISOString(), before: new Date(end).toISOString() };
}
