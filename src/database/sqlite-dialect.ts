// Kysely on better-sqlite3 for a file that others write too: short locks, and waiting that never blocks the event loop.
import { setTimeout as sleep } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { ServiceError } from '../errors.ts';

/** How long a statement waits for the forum's own writes, ms. Longer means that something holds the file for good. */
const BUSY_DEADLINE_MS = 5000;
const STATEMENT_CACHE = 500;

/** Kysely's dialect for one better-sqlite3 connection. */
export function sqliteDialect(database: BetterSqlite3.Database): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new PatientDriver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class PatientDriver implements Driver {
  readonly #database: BetterSqlite3.Database;
  readonly #connection: PatientConnection;

  constructor(database: BetterSqlite3.Database) {
    this.#database = database;
    this.#connection = new PatientConnection(database);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  // A deferred transaction that turns into a writer gets SQLITE_BUSY at once, however long one is willing to wait.
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite has rolled back by itself after some errors (disk full); a second rollback would hide the first error.
    if (this.#database.inTransaction) await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#database.close();
  }
}

class PatientConnection implements DatabaseConnection {
  readonly #database: BetterSqlite3.Database;
  readonly #statements = new Map<string, BetterSqlite3.Statement>();

  constructor(database: BetterSqlite3.Database) {
    this.#database = database;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const deadline = Date.now() + BUSY_DEADLINE_MS;
    for (let wait = 2; ; wait = Math.min(wait * 2, 50)) {
      try {
        return this.#run<R>(query);
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (Date.now() > deadline) throw busyTooLong(error);
        await sleep(wait * (0.5 + Math.random()));
      }
    }
  }

  // biome-ignore lint/correctness/useYield: required by Kysely's interface, and refused: no query of ours streams
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Streaming is not used on SQLite');
  }

  #run<R>(query: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(query.sql);
    if (statement.reader) return { rows: statement.all(query.parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(query.parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  #prepare(sql: string): BetterSqlite3.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= STATEMENT_CACHE) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

function busyTooLong(cause: unknown): ServiceError {
  return new ServiceError('storage_unavailable', "The forum's database is busy. Please try again in a moment.", {
    retryAfter: 5,
    cause,
  });
}
