// Runs the program itself, as an operator starts it, on a forum's file; and reads files back to compare them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { ELINA } from '../support/forum-file.ts';
import { type Client, clientAt, JWT_SECRET, tokenOf } from '../support/service.ts';

export const SOURCE = fileURLToPath(new URL('../../src/server.ts', import.meta.url));
export const BUILT = fileURLToPath(new URL('../../dist/server.js', import.meta.url));

export interface Program extends AsyncDisposable {
  client: Client;
  /** @returns the exit code */
  stop(): Promise<number | null>;
}

function launch(path: string, args: string[]): ChildProcess {
  const env = {
    PATH: process.env.PATH,
    DATABASE_PATH: path,
    DISK_PATH: join(dirname(path), 'images'),
    JWT_SECRET,
    PORT: '0',
    RATE_LIMIT_PER_MINUTE: '10000',
  };
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Starts it and waits until it listens. */
export async function startProgram(path: string, file = SOURCE): Promise<Program> {
  const child = launch(path, [file]);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const said = textOf(child);
  const port = await Promise.race([listening(child), exited]);
  if (typeof port !== 'string') throw new Error(`the program ended with ${port}: ${said()}`);
  const stop = async () => {
    child.kill('SIGTERM');
    return exited;
  };
  const client = clientAt(`http://127.0.0.1:${port}`, await tokenOf(ELINA));
  return { client, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** Starts it where it must not come up. @returns how it ended and what it said */
export async function refusal(path: string, args = [SOURCE]): Promise<{ code: number | null; said: string }> {
  const child = launch(path, args);
  const said = textOf(child);
  const came = listening(child).then(() => child.kill());
  came.catch(() => {});
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: said() };
}

function textOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk));
  return () => text;
}

function listening(child: ChildProcess): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk;
    const [, port] = /"port":(\d+).*"listening"/.exec(text) ?? [];
    if (port) resolve(port);
  });
  return promise;
}

/** Opens the file as the forum would, does one thing, and closes it. */
export function onFile<T>(path: string, use: (db: BetterSqlite3.Database) => T): T {
  const db = new BetterSqlite3(path);
  try {
    return use(db);
  } finally {
    db.close();
  }
}

/** The named tables as they stand: their SQL with that of their indexes and triggers, and every row. */
export function dump(path: string, tables: readonly string[]): unknown {
  return onFile(path, (db) => ({
    mode: db.pragma('journal_mode', { simple: true }),
    settings: ['page_size', 'user_version', 'application_id', 'auto_vacuum', 'encoding'].map((name) => db.pragma(name)),
    tables: tables.map((table) => ({
      sql: db.prepare('SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? ORDER BY name').all(table),
      rows: db.prepare(`SELECT rowid, * FROM ${table} ORDER BY rowid`).all(),
    })),
  }));
}

export const FORUM = ['users', 'games', 'chapters', 'beats', 'posts'] as const;

export function columnsOf(path: string, table: string): string[] {
  return onFile(path, (db) => db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[]);
}
