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
/**
 * The same for a COMMIT, ms. Outside WAL mode one that waits for a reader lets no other reader in, and the forum's driver
 * gives up after 1 s: a long query of the forum must cost us this transaction, not the forum its pages.
 */
const COMMIT_DEADLINE_MS = 400;
/** For this long after a statement gave up, the file is taken to be held still. */
const GIVEN_UP_MS = 500;
const STATEMENT_CACHE = 500;

/**
 * Kysely's dialect for one better-sqlite3 connection.
 * @param isLost true once the connection must not be touched any more, not even to close it
 */
export function sqliteDialect(database: BetterSqlite3.Database, isLost: () => boolean): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new PatientDriver(database, isLost),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class PatientDriver implements Driver {
  readonly #database: BetterSqlite3.Database;
  readonly #isLost: () => boolean;
  readonly #connection: PatientConnection;

  constructor(database: BetterSqlite3.Database, isLost: () => boolean) {
    this.#database = database;
    this.#isLost = isLost;
    this.#connection = new PatientConnection(database, isLost);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  // A deferred transaction that turns into a writer gets SQLITE_BUSY at once, however long one is willing to wait.
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite has rolled back by itself after some errors (disk full); a second rollback would hide the first error.
    if (this.#database.inTransaction) await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    if (!this.#isLost()) this.#database.close();
  }
}

class PatientConnection implements DatabaseConnection {
  readonly #database: BetterSqlite3.Database;
  readonly #isLost: () => boolean;
  readonly #statements = new Map<string, BetterSqlite3.Statement>();
  #gaveUpAt = 0;

  constructor(database: BetterSqlite3.Database, isLost: () => boolean) {
    this.#database = database;
    this.#isLost = isLost;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#patiently(query, this.#patience());
  }

  /** After a failure the transaction is still open and is to be rolled back. */
  async commit(): Promise<void> {
    await this.#patiently(CompiledQuery.raw('commit'), COMMIT_DEADLINE_MS);
  }

  async #patiently<R>(query: CompiledQuery, patienceMs: number): Promise<QueryResult<R>> {
    const deadline = Date.now() + patienceMs;
    for (let wait = 2; ; wait = Math.min(wait * 2, 50)) {
      if (this.#isLost()) throw lost();
      try {
        return this.#run<R>(query);
      } catch (error) {
        if (!isBusy(error)) throw isOutage(error) ? outage(error) : error;
        if (Date.now() > deadline) throw this.#giveUp(error);
        await sleep(wait * (0.5 + Math.random()));
      }
    }
  }

  /** What queued up behind a statement that has just given up has waited already, and is not to wait all over again. */
  #patience(): number {
    return Date.now() - this.#gaveUpAt < GIVEN_UP_MS ? 0 : BUSY_DEADLINE_MS;
  }

  #giveUp(cause: unknown): ServiceError {
    this.#gaveUpAt = Date.now();
    return busyTooLong(cause);
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

/** Whether another connection holds a lock that is needed. */
export function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

/** Whether the file cannot be used for now, whoever asks: its disk is full, gone or not to be written. */
function isOutage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^SQLITE_(FULL|READONLY|IOERR|CANTOPEN|CORRUPT|NOTADB)/.test(code);
}

function outage(cause: unknown): ServiceError {
  return new ServiceError(
    'storage_unavailable',
    "The forum's database cannot be used just now. Please tell an admin.",
    {
      retryAfter: 60,
      cause,
    },
  );
}

function lost(): ServiceError {
  return new ServiceError('storage_unavailable', 'The picture service has no database just now. Please tell an admin.');
}

function busyTooLong(cause: unknown): ServiceError {
  return new ServiceError('storage_unavailable', "The forum's database is busy. Please try again in a moment.", {
    retryAfter: 5,
    cause,
  });
}
