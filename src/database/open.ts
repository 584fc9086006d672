// Opens the forum's database in one of the two safe ways: by path in a process of its own, or beside the host's own handle.
import { statSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { Kysely } from 'kysely';
import { IncompatibleDatabaseError } from './adopt.ts';
import { assertNobodyElseHolds, type DatabaseTrapError, descriptorsOn, trapSince } from './one-library.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import type { Tables } from './tables.ts';
import { asSentence } from './unusable.ts';

export type Db = Kysely<Tables>;

export interface OpenDatabase {
  db: Db;
  /** The raw connection, for the migrations only. */
  connection: BetterSqlite3.Database;
  /** Null while the file is safe; the error once another library in this process holds it as well: no query runs after that. */
  trap(): DatabaseTrapError | null;
}

/** Connections that were let go of without closing them. Kept, because the garbage collector would close them after all. */
const abandoned = new Set<BetterSqlite3.Database>();

/**
 * Opens an existing database file by its path.
 * @throws DatabaseTrapError when this process already holds the file; IncompatibleDatabaseError when it is no database
 */
export function openPath(path: string): OpenDatabase {
  // Creating the file here would only hide a wrong path behind an empty forum.
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file?.isFile()) throw new IncompatibleDatabaseError(`DATABASE_PATH: there is no file ${path}`);
  assertNobodyElseHolds(path);
  const connection = openFile(path);
  const own = descriptorsOn(path) ?? [];
  let found: DatabaseTrapError | null = null;
  const trap = () => {
    if (found) return found;
    found = trapSince(path, own);
    if (found) abandon(connection);
    return found;
  };
  return { ...wire(connection, () => found !== null), trap };
}

/**
 * Lets go of a file that another library holds too, without closing it: the last connection of a library in WAL mode
 * deletes the log when it is closed, and it cannot see that the other one still writes there. Idle, it does no harm.
 */
function abandon(connection: BetterSqlite3.Database): void {
  abandoned.add(connection);
  if (connection.inTransaction) connection.exec('rollback');
}

function openFile(path: string): BetterSqlite3.Database {
  const connection = new BetterSqlite3(path, { fileMustExist: true });
  try {
    // The first reading of the file: until then SQLite opens anything.
    connection.pragma('schema_version');
    return connection;
  } catch (error) {
    connection.close();
    throw asSentence(path, error);
  }
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
  return { ...wire(new Database(handle.name), () => false), trap: () => null };
}

function wire(connection: BetterSqlite3.Database, isLost: () => boolean): Omit<OpenDatabase, 'trap'> {
  // Short: SQLite's own waiting blocks the event loop. The dialect waits longer, without blocking.
  connection.pragma('busy_timeout = 20');
  // A commit means money here. These three live with the connection; the file's journal mode stays as it was found.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  return { connection, db: new ClosingKysely(connection, isLost) };
}

/** Kysely does not close what was never asked anything: after a refused migration the file would stay open for good. */
class ClosingKysely extends Kysely<Tables> {
  readonly #close: () => void;

  constructor(connection: BetterSqlite3.Database, isLost: () => boolean) {
    super({ dialect: sqliteDialect(connection, isLost) });
    this.#close = () => {
      if (!isLost()) connection.close();
    };
  }

  override async destroy(): Promise<void> {
    await super.destroy();
    this.#close();
  }
}
