// The migration through the program: what it makes, and that the forum's file is otherwise as it was found.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createForumFile, ELINAS_POST, type ForumFile } from '../support/forum-file.ts';
import { BUILT, columnsOf, dump, FORUM, onFile, refusal, startProgram } from './program.ts';

const FOLDER = new URL('../../migrations/sqlite/', import.meta.url);
const MIGRATIONS = readdirSync(FOLDER).length;
/** What a forum may have run already: a file that is changed would be missing there, and nobody would be told. */
const FROZEN = {
  '0001_characters_and_pictures.sql': '472a595f49fe92d7e795aabca45e6641ab9c9a9f1ebcafd85ef450105b32ad34',
  '0002_fair_use_and_safety.sql': 'bcc5fc72efea195af9dce05bf1a73f36751d7a14309efa843bcba6ea8281767c',
};

let forum: ForumFile;
beforeEach(() => {
  forum = createForumFile();
  onFile(forum.path, (db) => {
    db.exec(
      "CREATE INDEX posts_by_author ON posts (author_id); INSERT INTO posts (beat_id, content) VALUES (1, 'äö\n''\"')",
    );
    db.pragma('user_version = 42');
  });
});
afterEach(() => forum.remove());

async function runOnce(file?: string): Promise<number | null> {
  const program = await startProgram(forum.path, file);
  return program.stop();
}

const applied = () =>
  onFile(forum.path, (db) => db.prepare('SELECT version, name, applied_at FROM image_migrations').all());

test("the program migrates a forum's file and leaves everything of the forum as it was", async () => {
  const before = dump(forum.path, FORUM);
  expect(await runOnce()).toBe(0);
  expect(dump(forum.path, FORUM)).toEqual(before);
  expect(applied()).toHaveLength(MIGRATIONS);
  expect(onFile(forum.path, (db) => db.pragma('integrity_check', { simple: true }))).toBe('ok');
  expect(onFile(forum.path, (db) => db.pragma('foreign_key_check'))).toEqual([]);
});

test.runIf(existsSync(BUILT))('so does the built one', async () => {
  const before = dump(forum.path, FORUM);
  expect(await runOnce(BUILT)).toBe(0);
  expect(dump(forum.path, FORUM)).toEqual(before);
  expect(applied()).toHaveLength(MIGRATIONS);
});

test.each(Object.entries(FROZEN))('%s is as it was published', (name, digest) => {
  expect(
    createHash('sha256')
      .update(readFileSync(new URL(name, FOLDER)))
      .digest('hex'),
  ).toBe(digest);
});

test.each([1, 2])('a file of version %i comes to what a new one has', async (version) => {
  const schema = (path: string) =>
    onFile(path, (db) =>
      db.prepare("SELECT name, sql FROM sqlite_master WHERE name LIKE 'image%' ORDER BY name").all(),
    );
  await runOnce();
  const earlier = createForumFile();
  onFile(earlier.path, (db) => {
    db.exec(
      'CREATE TABLE image_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)',
    );
    for (const [index, name] of Object.keys(FROZEN).slice(0, version).entries()) {
      db.exec(readFileSync(new URL(name, FOLDER), 'utf8'));
      db.prepare('INSERT INTO image_migrations VALUES (?, ?, ?)').run(index + 1, name, '2026-11-23T00:00:00.000Z');
    }
  });
  expect(schema(earlier.path)).not.toEqual(schema(forum.path));
  expect(await (await startProgram(earlier.path)).stop()).toBe(0);
  expect(schema(earlier.path)).toEqual(schema(forum.path));
  earlier.remove();
});

test('a second start changes nothing', async () => {
  await runOnce();
  const tables = onFile(forum.path, (db) =>
    db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%'").pluck().all(),
  ) as string[];
  const before = dump(forum.path, tables);
  await runOnce();
  expect(dump(forum.path, tables)).toEqual(before);
});

test.each(['delete', 'wal'] as const)('five programs on one file in %s mode all come up', async (mode) => {
  onFile(forum.path, (db) => db.pragma(`journal_mode = ${mode}`));
  const before = dump(forum.path, FORUM);
  const programs = await Promise.all(Array.from({ length: 5 }, () => startProgram(forum.path)));
  const replies = await Promise.all(programs.map(({ client }) => client.get(`/posts/${ELINAS_POST}/images`)));
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(await Promise.all(programs.map((program) => program.stop()))).toEqual([0, 0, 0, 0, 0]);
  expect(applied()).toHaveLength(MIGRATIONS);
  expect(dump(forum.path, FORUM)).toEqual(before);
});

describe.each(['wal', 'delete', 'truncate', 'persist'])('beside a forum in %s mode', (mode) => {
  test('the mode stays, and the forum writes before, during and after', async () => {
    const host = new BetterSqlite3(forum.path, { timeout: 1000 });
    const modeNow = () => host.pragma('journal_mode', { simple: true });
    const write = () => host.prepare("INSERT INTO posts (beat_id, content) VALUES (1, 'uusi')").run().changes;
    host.pragma(`journal_mode = ${mode}`);
    expect(write()).toBe(1);
    const program = await startProgram(forum.path);
    expect(write()).toBe(1);
    const picture = await program.client.post(`/posts/${ELINAS_POST}/images`, { mode: 'scene', scene: 'a harbour' });
    expect(await program.client.finished(picture.body)).toMatchObject({ status: 'succeeded' });
    expect(modeNow()).toBe(mode);
    await program.stop();
    expect(modeNow()).toBe(mode);
    expect(write()).toBe(1);
    expect(host.prepare('SELECT count(*) FROM post_images').pluck().get()).toBe(1);
    expect(host.pragma('integrity_check', { simple: true })).toBe('ok');
    host.close();
  });
});

test('the two shared tables have exactly the agreed columns and keys', async () => {
  await runOnce();
  expect(columnsOf(forum.path, 'character_profiles').join(' ')).toBe(
    'id user_id game_id name base_description style_modifiers reference_seed reference_image_url created_at',
  );
  expect(columnsOf(forum.path, 'post_images').join(' ')).toBe(
    'id post_id character_profile_id prompt negative_prompt image_url thumbnail_url generation_params created_at',
  );
  const keys = (table: string) =>
    onFile(forum.path, (db) =>
      db
        .prepare('SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list(?) ORDER BY "from"')
        .raw()
        .all(table),
    );
  expect(keys('character_profiles')).toEqual([
    ['game_id', 'games', 'id', 'CASCADE'],
    ['user_id', 'users', 'id', 'CASCADE'],
  ]);
  expect(keys('post_images')).toEqual([
    ['character_profile_id', 'character_profiles', 'id', 'SET NULL'],
    ['post_id', 'posts', 'id', 'CASCADE'],
  ]);
});

test('a start that is refused half-way leaves no trace, and the next one does it whole', async () => {
  // The characters come first and could be taken over; by then the pictures stop it.
  onFile(forum.path, (db) =>
    db.exec(`CREATE TABLE character_profiles (id INTEGER PRIMARY KEY, user_id, game_id, name, base_description);
      CREATE TABLE post_images (id TEXT)`),
  );
  const tables = [...FORUM, 'character_profiles', 'post_images', 'sqlite_master'];
  const before = dump(forum.path, tables);
  expect(await refusal(forum.path)).toMatchObject({ code: 1, said: expect.stringContaining('post_images') });
  expect(dump(forum.path, tables)).toEqual(before);
  onFile(forum.path, (db) => db.exec('DROP TABLE post_images'));
  expect(await runOnce()).toBe(0);
  expect(applied()).toHaveLength(MIGRATIONS);
});
