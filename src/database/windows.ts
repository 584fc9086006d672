// Whole tables, a window of rows at a time: no reading may hold up the forum's commits, or whoever else waits, for long.
import { setImmediate as breathe } from 'node:timers/promises';
import { type SqlBool, sql } from 'kysely';
import type { Db } from './open.ts';

const WINDOW = 500;

/** Conditions that hold for one window of rows each, and together for all that are there at the beginning. */
export async function* windowsOf(db: Db, table: 'image_files' | 'image_generations') {
  const place = sql.ref(`${table}.rowid`);
  const newest = sql<{ last: number }>`select coalesce(max(${place}), 0) as last from ${sql.table(table)}`;
  const last = (await newest.execute(db)).rows[0]?.last ?? 0;
  for (let from = 0; from <= last; from += WINDOW) {
    yield sql<SqlBool>`${place} >= ${from} and ${place} < ${from + WINDOW}`;
    await breathe(); // others have their turn between two windows
  }
}
