// Brings the forum's file up to this version: each numbered SQL file once, in one commit with its mark.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type BetterSqlite3 from 'better-sqlite3';
import { reach } from '../failpoints.ts';
import { adoptOlderTables, assertForumTables, columnsOf, IncompatibleDatabaseError } from './adopt.ts';
import { isBusy } from './sqlite-dialect.ts';
import { asSentence } from './unusable.ts';

const FOLDER = fileURLToPath(new URL('../../migrations/sqlite/', import.meta.url));

/** How long a start waits for the forum, or for another starting process, to let go of the file. */
const BUSY_DEADLINE_MS = 10_000;

interface Migration {
  version: number;
  name: string;
  sql: string;
}

/**
 * Applies what is missing; harmless to repeat and to run from several processes at once.
 * @returns the names of the migrations that were applied now
 * @throws IncompatibleDatabaseError when the file is not a forum's, newer than this program, not to be written, or has tables in the way
 */
export async function migrate(
  connection: BetterSqlite3.Database,
  forumTables: Record<string, string[]>,
): Promise<string[]> {
  const migrations = readMigrations();
  const applied = connection.transaction(() => {
    assertForumTables(connection, forumTables);
    const current = currentVersion(connection);
    assertNotNewer(current, migrations);
    const missing = migrations.filter((migration) => migration.version > current);
    if (current === 0) prepareFirst(connection);
    for (const migration of missing) apply(connection, migration);
    return missing.map((migration) => migration.name);
  });
  return whenNotBusy(connection, () => applied.immediate());
}

/** Waits between the tries, never in them: in the forum's process the lock may be held by code that must run on to let go. */
async function whenNotBusy<T>(connection: BetterSqlite3.Database, work: () => T): Promise<T> {
  const deadline = Date.now() + BUSY_DEADLINE_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw asSentence(connection.name, error);
      await sleep(50);
    }
  }
}

function readMigrations(): Migration[] {
  const files = readdirSync(FOLDER).filter((file) => /^\d{4}_\w+\.sql$/.test(file));
  return files.sort().map((file) => ({
    version: Number(file.slice(0, 4)),
    name: file.replace('.sql', ''),
    sql: readFileSync(FOLDER + file, 'utf8'),
  }));
}

function currentVersion(connection: BetterSqlite3.Database): number {
  if (columnsOf(connection, 'image_migrations').length === 0) return 0;
  return connection.prepare('SELECT coalesce(max(version), 0) FROM image_migrations').pluck().get() as number;
}

function assertNotNewer(current: number, migrations: Migration[]): void {
  const newest = migrations.at(-1)?.version ?? 0;
  if (current <= newest) return;
  throw new IncompatibleDatabaseError(
    `The database is at version ${current} and this program knows only ${newest}. Start the newer program.`,
  );
}

function prepareFirst(connection: BetterSqlite3.Database): void {
  const taken = connection
    .prepare("SELECT name FROM sqlite_master WHERE name LIKE 'image\\_%' ESCAPE '\\' AND type <> 'trigger'")
    .pluck()
    .all();
  if (taken.length > 0) {
    throw new IncompatibleDatabaseError(`These names are needed and already taken: ${taken.join(', ')}.`);
  }
  connection.exec(
    'CREATE TABLE image_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)',
  );
  adoptOlderTables(connection);
}

function apply(connection: BetterSqlite3.Database, migration: Migration): void {
  connection.exec(migration.sql);
  reach('K24');
  connection
    .prepare('INSERT INTO image_migrations (version, name, applied_at) VALUES (?, ?, ?)')
    .run(migration.version, migration.name, new Date().toISOString());
}
