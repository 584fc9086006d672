// Files that the program must not touch: it says in one sentence why, exits 1, and the file is the same byte for byte.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createForumFile, type ForumFile } from '../support/forum-file.ts';
import { onFile, refusal, SOURCE, startProgram } from './program.ts';

let forum: ForumFile;
beforeEach(() => {
  forum = createForumFile();
});
afterEach(() => forum.remove());

/** One sentence for the operator: no stack, no code of SQLite's, nothing else. */
async function expectRefused(path: string, sentence: RegExp, args?: string[]): Promise<void> {
  const { code, said } = await refusal(path, args);
  expect(said).toMatch(sentence);
  expect(said).not.toMatch(/\n\s+at |SqliteError/);
  expect(code).toBe(1);
}

const PICTURES = 'id INTEGER PRIMARY KEY, post_id INTEGER NOT NULL, prompt TEXT NOT NULL';

test.each([
  ['a missing column', `CREATE TABLE post_images (${PICTURES})`, /table post_images .*lacks image_url/],
  [
    'an unknown NOT NULL column',
    `CREATE TABLE post_images (${PICTURES}, image_url TEXT NOT NULL, licence TEXT NOT NULL)`,
    /table post_images .*demands licence/,
  ],
  [
    'a text id',
    'CREATE TABLE post_images (id TEXT PRIMARY KEY, post_id INTEGER, prompt TEXT, image_url TEXT)',
    /table post_images .*id that is no INTEGER PRIMARY KEY/,
  ],
  [
    'an id that is half of a key',
    'CREATE TABLE post_images (id INTEGER, post_id INTEGER, prompt TEXT, image_url TEXT, PRIMARY KEY (id, post_id))',
    /table post_images .*id that is no INTEGER PRIMARY KEY/,
  ],
  [
    'a character demanded of every picture',
    `CREATE TABLE post_images (${PICTURES}, image_url TEXT, character_profile_id INTEGER NOT NULL)`,
    /table post_images .*demands character_profile_id/,
  ],
  [
    'a virtual table',
    'CREATE VIRTUAL TABLE post_images USING fts5 (id, post_id, prompt, image_url)',
    /table post_images .*INTEGER PRIMARY KEY/,
  ],
  ['a view', 'CREATE VIEW post_images AS SELECT 1 AS id', /view post_images is in the way/],
  ['a view of characters', 'CREATE VIEW character_profiles AS SELECT 1 AS id', /view character_profiles is in the way/],
  [
    'characters without a game',
    'CREATE TABLE character_profiles (id INTEGER PRIMARY KEY, user_id INTEGER, name TEXT, base_description TEXT)',
    /table character_profiles .*lacks game_id/,
  ],
  ['a table of our names', 'CREATE TABLE image_files (a)', /already taken: image_files/],
  ['a table of our names in capitals', 'CREATE TABLE Image_Files (a)', /already taken: Image_Files/],
  ['a view of our names', 'CREATE VIEW image_reports AS SELECT 1', /already taken: image_reports/],
  ['an index of our names', 'CREATE INDEX image_files_deleted ON posts (title)', /already taken: image_files_deleted/],
  ['no users', 'DROP TABLE posts; DROP TABLE users', /not the forum's database: it has no table users/],
  [
    'users as a view',
    'ALTER TABLE users RENAME TO members; CREATE VIEW users AS SELECT * FROM members',
    /no table users/,
  ],
  ['users without roles', 'ALTER TABLE users DROP COLUMN roles', /table users has no column roles/],
])('a forum with %s is refused', async (_what, sql, sentence) => {
  onFile(forum.path, (db) => db.exec(sql));
  const before = readFileSync(forum.path);
  await expectRefused(forum.path, sentence);
  expect(readFileSync(forum.path).equals(before)).toBe(true);
});

test('a database newer than the program is refused', async () => {
  await (await startProgram(forum.path)).stop();
  onFile(forum.path, (db) => db.exec("INSERT INTO image_migrations VALUES (999, '0999_later', '2030-01-01')"));
  const before = readFileSync(forum.path);
  await expectRefused(forum.path, /version 999 and this program knows only \d+/);
  expect(readFileSync(forum.path).equals(before)).toBe(true);
});

describe('no usable file', () => {
  test('a path that does not exist is named and not created', async () => {
    const path = join(forum.folder, 'missing.db');
    await expectRefused(path, /DATABASE_PATH: there is no file .*missing\.db/);
    expect(existsSync(path)).toBe(false);
  });

  test('a folder', async () => {
    const path = join(forum.folder, 'folder.db');
    mkdirSync(path);
    await expectRefused(path, /DATABASE_PATH: there is no file .*folder\.db/);
  });

  test('a file that is no database stays as it is', async () => {
    const path = join(forum.folder, 'letter.txt');
    const text = 'Dear forum, this is no database. '.repeat(100);
    writeFileSync(path, text);
    await expectRefused(path, /DATABASE_PATH: .*letter\.txt is not an SQLite database/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('an empty file is no forum', async () => {
    const path = join(forum.folder, 'empty.db');
    writeFileSync(path, '');
    await expectRefused(path, /no table users/);
    expect(readFileSync(path)).toHaveLength(0);
  });

  test.each(['delete', 'wal'])('a file in %s mode that may only be read', async (mode) => {
    onFile(forum.path, (db) => db.pragma(`journal_mode = ${mode}`));
    const before = readFileSync(forum.path);
    chmodSync(forum.path, 0o444);
    chmodSync(forum.folder, 0o555);
    await expectRefused(forum.path, /DATABASE_PATH: .*write permission/, asNobody());
    chmodSync(forum.folder, 0o755);
    expect(readFileSync(forum.path).equals(before)).toBe(true);
  });
});

/** Root may write everything, so where the tests run as root the program is run as nobody. */
function asNobody(): string[] {
  if (process.getuid?.() !== 0) return [SOURCE];
  const program = pathToFileURL(SOURCE.replace('server.ts', 'program.ts')).href;
  const script = `const { run } = await import('${program}'); process.setuid(65534); await run();`;
  return ['--input-type=module', '--eval', script];
}
