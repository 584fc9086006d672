// Opens the forum's database in one of the two safe ways: by path in a process of its own, or beside the host's own handle.
import { existsSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { Kysely } from 'kysely';
import { assertNobodyElseHolds, type DatabaseTrapError, descriptorsOn, trapSince } from './one-library.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import type { Tables } from './tables.ts';

export type Db = Kysely<Tables>;

export interface OpenDatabase {
  db: Db;
  /** The raw connection, for the migrations only. */
  connection: BetterSqlite3.Database;
  /** Null while the file is safe; the error once another library in this process holds it as well. */
  trap(): DatabaseTrapError | null;
}

/**
 * Opens an existing database file by its path.
 * @throws DatabaseTrapError when this process already holds the file; Error when there is no such file
 */
export function openPath(path: string): OpenDatabase {
  // Creating the file here would only hide a wrong path behind an empty forum.
  if (!existsSync(path)) throw new Error(`DATABASE_PATH: there is no file ${path}`);
  assertNobodyElseHolds(path);
  const connection = new BetterSqlite3(path);
  const own = descriptorsOn(path) ?? [];
  return { ...wire(connection), trap: () => trapSince(path, own) };
}

/**
 * Opens a second connection to the file of the host's handle, by the host's own copy of the library: same library, so
 * the locks are seen; own connection, so no statement of the host can slip into a transaction of ours or the reverse.
 */
export function openBeside(handle: BetterSqlite3.Database): OpenDatabase {
  if (typeof handle?.prepare !== 'function' || typeof handle.name !== 'string') {
    throw new Error('database: is not a better-sqlite3 Database');
  }
  if (handle.memory || !handle.open) throw new Error('database: must be an open better-sqlite3 Database on a file');
  const Database = handle.constructor as typeof BetterSqlite3;
  return { ...wire(new Database(handle.name)), trap: () => null };
}

function wire(connection: BetterSqlite3.Database): Omit<OpenDatabase, 'trap'> {
  // Short: SQLite's own waiting blocks the event loop. The dialect waits longer, without blocking.
  connection.pragma('busy_timeout = 20');
  // A commit means money here. These three live with the connection; the file's journal mode stays as it was found.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  return { connection, db: new Kysely<Tables>({ dialect: sqliteDialect(connection) }) };
}
