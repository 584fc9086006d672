// The database trap: two SQLite libraries in one process on one file. What it does to a file, and that the service stays out of it.
import { spawnSync } from 'node:child_process';
import { cpSync, linkSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { DatabaseTrapError, descriptorsOn, otherSqliteLibraries } from '../../src/database/one-library.ts';
import { openPath } from '../../src/database/open.ts';
import { createForumFile, ELINA, ELINAS_POST, type ForumFile } from '../support/forum-file.ts';
import { JWT_SECRET, startService } from '../support/service.ts';
import { onFile } from './program.ts';

let forum: ForumFile;
beforeEach(() => {
  forum = createForumFile();
});
afterEach(() => forum.remove());

const modes = ['delete', 'wal'];
const setMode = (mode: string) => onFile(forum.path, (db) => db.pragma(`journal_mode = ${mode}`));

/** Runs a script beside these tests in a process of its own. @returns what it printed, as JSON */
function inOwnProcess(script: string, ...args: string[]): unknown {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return JSON.parse(spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' }).stdout);
}

/** The games that the test added. */
function gamesSeenFromOutside(): string[] {
  const rows = inOwnProcess('trap-lock-from-outside.ts', forum.path, 'SELECT name FROM games WHERE id > 2');
  return (rows as { name: string }[]).map(({ name }) => name);
}

describe.each(modes)('in %s mode', (mode) => {
  /** Two writers in one process, the second one by the library named. @returns what was committed and is not there any more */
  function twoWriters(library: string) {
    setMode(mode);
    const outcome = inOwnProcess('trap-two-libraries.ts', forum.path, library, mode);
    const { bothHoldTheLock, committed } = outcome as { bothHoldTheLock: boolean; committed: string[] };
    const kept = writersKept();
    return { bothHoldTheLock, committed, lost: committed.filter((writer) => !kept.includes(writer)) };
  }

  test('two libraries in one process both get the only write lock, and committed rows are lost', () => {
    const { bothHoldTheLock, lost } = twoWriters('node:sqlite');
    expect(bothHoldTheLock).toBe(true);
    expect(lost).not.toEqual([]);
  });

  test('two connections of one library do not', () => {
    expect(twoWriters('better-sqlite3')).toEqual({ bothHoldTheLock: false, committed: ['first', 'later'], lost: [] });
  });

  test('nor do two libraries in two processes', () => {
    setMode(mode);
    const host = new DatabaseSync(forum.path);
    host.exec('BEGIN IMMEDIATE');
    expect(inOwnProcess('trap-lock-from-outside.ts', forum.path)).toEqual({ locked: true });
    host.close();
  });

  /** Whose rows are there; nobody's when the file cannot even be read. */
  function writersKept(): string[] {
    return onFile(forum.path, (db) => {
      try {
        return db.prepare('SELECT DISTINCT description FROM games').pluck().all() as string[];
      } catch {
        return [];
      }
    });
  }
});

describe('a file that the process holds already is refused', () => {
  const create = (path = forum.path) =>
    createApp({
      env: { DATABASE_PATH: path, JWT_SECRET, DISK_PATH: join(forum.folder, 'images'), LOG_LEVEL: 'silent' },
    });
  function expectRefused(path?: string): void {
    expect(() => create(path)).toThrow(DatabaseTrapError);
    expect(() => create(path)).toThrow(/own process and mount forwardImages\(\).* createApp\(\{ database \}\)/);
  }

  test.each(modes)('by node:sqlite, in %s mode', (mode) => {
    setMode(mode);
    const host = new DatabaseSync(forum.path);
    expectRefused();
    host.close();
  });

  test('by another handle of better-sqlite3', () => {
    const host = new BetterSqlite3(forum.path);
    expectRefused();
    host.close();
  });

  test('under another name', () => {
    const soft = join(forum.folder, 'soft.db');
    const hard = join(forum.folder, 'hard.db');
    symlinkSync(forum.path, soft);
    linkSync(forum.path, hard);
    const host = new DatabaseSync(forum.path);
    expectRefused(soft);
    expectRefused(hard);
    host.close();
  });

  test("and the refusal does not take the host's locks away", () => {
    const host = new DatabaseSync(forum.path);
    host.exec('BEGIN IMMEDIATE');
    expectRefused();
    expect(inOwnProcess('trap-lock-from-outside.ts', forum.path)).toEqual({ locked: true });
    host.close();
  });

  test('not a file that nobody holds, even with another library loaded', async () => {
    const other = new DatabaseSync(':memory:');
    await create().close();
    other.close();
    expect(descriptorsOn(forum.path)).toEqual([]);
  });
});

describe.each(modes)('a host that opens the file later, in %s mode', (mode) => {
  test('the service lets go within seconds, answers 503, and the host goes on unharmed', async () => {
    setMode(mode);
    const service = await startService({ forumFile: forum });
    const elina = await service.as(ELINA);
    expect((await elina.get(`/posts/${ELINAS_POST}/images`)).status).toBe(200);
    const host = new DatabaseSync(forum.path);
    host.exec("INSERT INTO games (name) VALUES ('before')");
    await expect.poll(async () => (await elina.get(`/posts/${ELINAS_POST}/images`)).status).toBe(503);
    host.exec("INSERT INTO games (name) VALUES ('after')");
    expect(gamesSeenFromOutside()).toEqual(['before', 'after']);
    host.close();
    await service.stop();
    expect(onFile(forum.path, (db) => db.pragma('integrity_check', { simple: true }))).toBe('ok');
  });

  test("letting go leaves the host's log where it is: what it wrote before and writes later is there for others", async () => {
    setMode(mode);
    const opened = openPath(forum.path);
    await sql`SELECT 1`.execute(opened.db);
    const host = new DatabaseSync(forum.path);
    host.exec("INSERT INTO games (name) VALUES ('before')");
    expect(opened.trap()).toBeInstanceOf(DatabaseTrapError);
    await opened.db.destroy();
    host.exec("INSERT INTO games (name) VALUES ('after')");
    expect(gamesSeenFromOutside()).toEqual(['before', 'after']);
    host.close();
  });

  test('no query runs after it was seen, and an open transaction of ours is undone', async () => {
    setMode(mode);
    const opened = openPath(forum.path);
    opened.connection.exec("BEGIN IMMEDIATE; INSERT INTO games (name) VALUES ('ours')");
    expect(opened.trap()).toBeNull();
    const host = new DatabaseSync(forum.path);
    expect(opened.trap()).toBeInstanceOf(DatabaseTrapError);
    await expect(sql`SELECT 1`.execute(opened.db)).rejects.toMatchObject({ code: 'storage_unavailable' });
    await opened.db.destroy();
    host.exec("INSERT INTO games (name) VALUES ('the host’s')");
    expect(gamesSeenFromOutside()).toEqual(['the host’s']);
    host.close();
  });
});

describe('where descriptors are not shown', () => {
  test('the libraries that are loaded are named', () => {
    const loaded = (...libraries: string[]) => inOwnProcess('trap-loaded.ts', ...libraries);
    expect(loaded('better-sqlite3')).toEqual([]);
    expect(loaded('node:sqlite')).toEqual(['node:sqlite']);
    expect(loaded('better-sqlite3', 'node:sqlite')).toEqual(['node:sqlite']);
  });

  test('a second copy of better-sqlite3 is another library', () => {
    const own = createRequire(import.meta.url).resolve('better-sqlite3/package.json');
    const copy = join(forum.folder, 'node_modules', 'better-sqlite3');
    cpSync(join(own, '..'), copy, { recursive: true, filter: (path) => !path.includes('deps') });
    expect(inOwnProcess('trap-loaded.ts', 'better-sqlite3', join(copy, 'lib', 'index.js'))).toHaveLength(2);
  });

  test('this process, which has loaded both, would be refused', () => {
    expect(otherSqliteLibraries()).toContain('node:sqlite');
  });
});
