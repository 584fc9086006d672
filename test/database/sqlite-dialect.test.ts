// How the service waits its turn on a file that others write: patiently, without blocking, and never half-way.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FORUM_TABLES } from '../../src/database/forum-queries.ts';
import { migrate } from '../../src/database/migrate.ts';
import { type OpenDatabase, openPath } from '../../src/database/open.ts';
import { createForumFile, ELINA, ELINAS_POST, type ForumFile, GAME } from '../support/forum-file.ts';
import { startService } from '../support/service.ts';

const DEADLINE_MS = 5000;
/** The busy_timeout of the forum's driver. */
const FORUMS_PATIENCE_MS = 1000;

let forum: ForumFile;
let opened: OpenDatabase;
const releases: (() => Promise<unknown>)[] = [];

async function openForum(journalMode: 'wal' | 'delete'): Promise<void> {
  forum = createForumFile({ journalMode });
  opened = openPath(forum.path);
  await migrate(opened.connection, FORUM_TABLES);
}
beforeEach(() => openForum('delete'));
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
  await opened.db.destroy();
  forum.remove();
});

/** Another process takes hold of the file. @returns what makes it let go */
async function held(
  begin: 'BEGIN' | 'BEGIN IMMEDIATE' | 'BEGIN EXCLUSIVE',
  path = forum.path,
): Promise<() => Promise<unknown>> {
  const child = fork(fileURLToPath(new URL('lock-holder.ts', import.meta.url)), [path, begin]);
  const exited = once(child, 'exit');
  await once(child, 'message');
  const release = async () => {
    if (child.connected) child.send('release');
    return exited;
  };
  releases.push(release);
  return release;
}

/** Longest time that the event loop was not free while the work went on, ms. */
async function longestBlock(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await work.catch(() => {});
  clearInterval(timer);
  return longest;
}

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

const addCharacter = (db: OpenDatabase['db'], name: string) =>
  db
    .insertInto('character_profiles')
    .values({ user_id: ELINA, game_id: GAME, name, base_description: 'x', created_at: new Date().toISOString() })
    .execute();
const names = async () =>
  (await opened.db.selectFrom('character_profiles').select('name').orderBy('id').execute()).map(({ name }) => name);

describe('while another process holds the file', () => {
  test.each(['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'] as const)(
    'by %s, a write waits and the event loop stays free',
    async (begin) => {
      const release = await held(begin);
      let done = false;
      const write = addCharacter(opened.db, 'Aino').then(() => {
        done = true;
      });
      let ticks = 0;
      const block = longestBlock(write);
      const timer = setInterval(() => ++ticks === 20 && void release(), 10);
      await expect.poll(() => ticks, { timeout: DEADLINE_MS }).toBeGreaterThanOrEqual(15);
      expect(done).toBe(false);
      await write;
      clearInterval(timer);
      expect(await block).toBeLessThan(FORUMS_PATIENCE_MS);
      expect(await names()).toEqual(['Aino']);
    },
  );

  test('for good, a write gives up after its deadline, and those queued behind it soon after', async () => {
    await held('BEGIN IMMEDIATE');
    const start = Date.now();
    const writes = Array.from({ length: 5 }, () => addCharacter(opened.db, 'Aino'));
    const block = longestBlock(Promise.allSettled(writes));
    for (const result of await Promise.allSettled(writes))
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'storage_unavailable', status: 503, retryAfter: 5 },
      });
    expect(Date.now() - start).toBeGreaterThanOrEqual(DEADLINE_MS);
    expect(Date.now() - start).toBeLessThan(3 * DEADLINE_MS);
    expect(await block).toBeLessThan(FORUMS_PATIENCE_MS);
  });

  test('for good, a request is answered 503 with a sentence, reading goes on in WAL mode, and later all is well', async () => {
    const file = createForumFile({ journalMode: 'wal' });
    await using service = await startService({ forumFile: file });
    const elina = await service.as(ELINA);
    const release = await held('BEGIN IMMEDIATE', file.path);
    const asked = elina.post(`/games/${GAME}/characters`, { name: 'Aino', base_description: 'red braid' });
    expect(await asked).toMatchObject({
      status: 503,
      body: { code: 'storage_unavailable', error: expect.stringMatching(/^The forum's database is busy\./) },
    });
    expect((await elina.get(`/posts/${ELINAS_POST}/images`)).status).toBe(200);
    await release();
    expect(
      (await elina.post(`/games/${GAME}/characters`, { name: 'Aino', base_description: 'red braid' })).status,
    ).toBe(201);
  });
});

describe('a transaction', () => {
  test.each(['wal', 'delete'] as const)('takes the write lock at its beginning, in %s mode', async (journalMode) => {
    await opened.db.destroy();
    forum.remove();
    await openForum(journalMode);
    const other = new BetterSqlite3(forum.path, { timeout: 0 });
    await opened.db.transaction().execute(async (trx) => {
      await trx.selectFrom('posts').select('id').execute();
      expect(() => other.exec('BEGIN IMMEDIATE')).toThrow(/locked/);
    });
    other.exec('BEGIN IMMEDIATE; ROLLBACK');
    other.close();
  });

  test('that fails leaves nothing behind and no lock', async () => {
    const failing = opened.db.transaction().execute(async (trx) => {
      await addCharacter(trx, 'Aino');
      await sql`INSERT INTO no_such_table VALUES (1)`.execute(trx);
    });
    await expect(failing).rejects.toThrow(/no such table/);
    expect(opened.connection.inTransaction).toBe(false);
    expect(await names()).toEqual([]);
  });

  test('lets no other query of the service slip in between', async () => {
    const slow = opened.db.transaction().execute(async (trx) => {
      await addCharacter(trx, 'Aino');
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('changed my mind');
    });
    const beside = addCharacter(opened.db, 'Lempi');
    await expect(slow).rejects.toThrow('changed my mind');
    await beside;
    expect(await names()).toEqual(['Lempi']);
  });

  test('whose COMMIT is kept waiting by a reader goes through when the reader ends', async () => {
    const reader = new BetterSqlite3(forum.path);
    reader.exec('BEGIN; SELECT count(*) FROM posts');
    const write = opened.db.transaction().execute((trx) => addCharacter(trx, 'Aino'));
    await expect.poll(() => opened.connection.inTransaction, { interval: 5 }).toBe(true);
    reader.exec('COMMIT');
    reader.close();
    await write;
    expect(await names()).toEqual(['Aino']);
  });

  test('whose COMMIT may never go through is undone whole, before other readers of the forum lose patience', async () => {
    await held('BEGIN');
    const other = new BetterSqlite3(forum.path, { timeout: 0 });
    let readable = performance.now();
    let longest = 0;
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - readable);
      if (succeeds(() => other.prepare('SELECT count(*) FROM posts').get())) readable = performance.now();
    }, 10);
    const write = opened.db.transaction().execute((trx) => addCharacter(trx, 'Aino'));
    await expect(write).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(opened.connection.inTransaction).toBe(false);
    await expect.poll(() => succeeds(() => other.exec('BEGIN IMMEDIATE; ROLLBACK'))).toBe(true);
    clearInterval(timer);
    other.close();
    expect(longest).toBeLessThan(FORUMS_PATIENCE_MS);
    expect(await names()).toEqual([]);
  });
});

test('statements prepared before go on after another connection has changed the schema', async () => {
  const all = () => opened.db.selectFrom('character_profiles').selectAll().orderBy('id').execute();
  await addCharacter(opened.db, 'Aino');
  expect(await all()).toHaveLength(1);
  const other = new BetterSqlite3(forum.path);
  other.exec(`ALTER TABLE character_profiles ADD COLUMN mood TEXT DEFAULT 'iloinen';
    ALTER TABLE posts ADD COLUMN is_pinned INTEGER; CREATE TABLE unrelated (a)`);
  other.close();
  expect(await all()).toMatchObject([{ name: 'Aino', mood: 'iloinen', base_description: 'x' }]);
  await addCharacter(opened.db, 'Lempi');
  expect(await names()).toEqual(['Aino', 'Lempi']);
});

test('an idle service writes nothing', async () => {
  const file = createForumFile();
  await using service = await startService({ forumFile: file });
  const elina = await service.as(ELINA);
  const picture = await elina.post(`/posts/${ELINAS_POST}/images`, { mode: 'scene', scene: 'a harbour' });
  await elina.finished(picture.body);
  const watcher = new BetterSqlite3(file.path);
  const changes = () => watcher.pragma('data_version', { simple: true });
  // The last lease of the picture above is let go of before the stillness begins.
  const seen: unknown[] = [];
  const isStill = () => seen.push(changes()) > 1 && seen.at(-1) === seen.at(-2);
  await expect.poll(isStill, { interval: 500 }).toBe(true);
  const polls: unknown[] = [];
  await expect.poll(() => polls.push(changes()), { interval: 250 }).toBeGreaterThan(16);
  expect(new Set(polls)).toEqual(new Set([seen.at(-1)]));
  watcher.close();
});
