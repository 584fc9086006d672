// Seeding happens once, as a whole, and stores no password that could be read.
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { findFirstPicturePost, hashPassword, passwordMatches, seedForum } from '../../src/demo/seed.ts';
import { DEMO_PASSWORD, DEMO_USERS, FIRST_PICTURE } from '../../src/demo/story.ts';

const TABLES = ['users', 'games', 'chapters', 'beats', 'posts'];

function contentOf(database: BetterSqlite3.Database): unknown {
  return TABLES.map((table) => database.prepare(`SELECT * FROM ${table} ORDER BY id`).all());
}

test('a second seeding changes nothing, and neither does one after the forum has been used', () => {
  const database = new BetterSqlite3(':memory:');
  expect(seedForum(database)).toBe(true);
  const before = contentOf(database);
  expect(seedForum(database)).toBe(false);
  expect(contentOf(database)).toEqual(before);

  database.prepare('DELETE FROM posts').run();
  expect(seedForum(database)).toBe(false);
  expect(database.prepare('SELECT count(*) FROM posts').pluck().get()).toBe(0);
});

test('every post has an author, and nobody posts in the future', () => {
  const database = new BetterSqlite3(':memory:');
  seedForum(database);
  expect(database.prepare('SELECT count(*) FROM users').pluck().get()).toBe(DEMO_USERS.length);
  const odd = database.prepare("SELECT * FROM posts WHERE author_id IS NULL OR created_at > datetime('now')").all();
  expect(odd).toEqual([]);
  const authors = database.prepare('SELECT count(DISTINCT author_id) FROM posts').pluck().get();
  expect(authors).toBeGreaterThanOrEqual(3);
});

test('the post to illustrate belongs to the player who illustrates it', () => {
  const database = new BetterSqlite3(':memory:');
  seedForum(database);
  const post = findFirstPicturePost(database);
  const author = database
    .prepare('SELECT username FROM posts JOIN users ON users.id = author_id WHERE posts.id = ?')
    .pluck()
    .get(post?.id);
  expect(author).toBe(FIRST_PICTURE.username);
});

test('passwords are salted hashes', () => {
  const stored = hashPassword(DEMO_PASSWORD);
  expect(stored).not.toContain(DEMO_PASSWORD);
  expect(hashPassword(DEMO_PASSWORD)).not.toBe(stored);
  expect(passwordMatches(DEMO_PASSWORD, stored)).toBe(true);
  expect(passwordMatches('toinen', stored)).toBe(false);
  expect(passwordMatches('', 'tarina')).toBe(false);
});
