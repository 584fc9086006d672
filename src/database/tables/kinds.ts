// The kinds of value that columns have beyond SQLite's own.
import type { ColumnType } from 'kysely';

export type Flag = 0 | 1;
/** JSON kept as text. */
export type Json = string;
/** ISO 8601 UTC, except in rows of an older forum: SQLite's `YYYY-MM-DD HH:MM:SS`, or missing. */
export type LegacyTime = ColumnType<string | null, string, string>;
