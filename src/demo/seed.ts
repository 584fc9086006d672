// Fills an empty forum with its people and their story, once; a forum that has users is left as it is.
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { DEMO_PASSWORD, DEMO_USERS, FIRST_PICTURE, STORY, type StoryBeat } from './story.ts';

const SCHEMA = new URL('./forum-schema.sql', import.meta.url);
const MINUTES_BETWEEN_POSTS = 97;

/** `scrypt:<salt>:<hash>`, both in base64url. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16);
  return `scrypt:${salt.toString('base64url')}:${scryptSync(password, salt, 32).toString('base64url')}`;
}

export function passwordMatches(password: string, stored: string): boolean {
  const [kind, salt, hash] = stored.split(':');
  if (kind !== 'scrypt' || !salt || !hash) return false;
  const expected = Buffer.from(hash, 'base64url');
  return timingSafeEqual(scryptSync(password, Buffer.from(salt, 'base64url'), expected.length), expected);
}

/**
 * Creates the forum's tables where they are missing and seeds them when there are no users yet. One transaction, so that
 * a start that is killed half-way leaves nothing behind.
 * @returns whether anything was seeded
 */
export function seedForum(database: Database): boolean {
  const fill = database.transaction(() => {
    database.exec(readFileSync(SCHEMA, 'utf8'));
    if (database.prepare('SELECT 1 FROM users LIMIT 1').get()) return false;
    seedStory(database, seedUsers(database));
    return true;
  });
  return fill.immediate();
}

function seedUsers(database: Database): Map<string, number | bigint> {
  const insert = database.prepare(
    'INSERT INTO users (username, email, password, roles, is_admin) VALUES (?, ?, ?, ?, ?)',
  );
  const password = hashPassword(DEMO_PASSWORD);
  return new Map(
    DEMO_USERS.map(({ username, email, roles }) => {
      const isAdmin = roles.includes('admin') ? 1 : 0;
      return [username, insert.run(username, email, password, JSON.stringify(roles), isAdmin).lastInsertRowid];
    }),
  );
}

function seedStory(database: Database, users: Map<string, number | bigint>): void {
  const addGame = database.prepare('INSERT INTO games (name, description) VALUES (?, ?)');
  const addChapter = database.prepare(
    'INSERT INTO chapters (game_id, sequence_number, title, description) VALUES (?, ?, ?, ?)',
  );
  const addBeat = database.prepare(
    'INSERT INTO beats (chapter_id, sequence_number, title, content) VALUES (?, ?, ?, ?)',
  );
  const addPost = postWriter(database, users);
  for (const game of STORY) {
    const gameId = addGame.run(game.name, game.description).lastInsertRowid;
    game.chapters.forEach((chapter, c) => {
      const chapterId = addChapter.run(gameId, c + 1, chapter.title, chapter.description).lastInsertRowid;
      chapter.beats.forEach((beat, b) => {
        addPost(addBeat.run(chapterId, b + 1, beat.title, beat.content).lastInsertRowid, beat);
      });
    });
  }
}

/** Dates the posts backwards from now, so that the story looks as if it had been written during the last days. */
function postWriter(database: Database, users: Map<string, number | bigint>) {
  const insert = database.prepare(
    `INSERT INTO posts (beat_id, author_id, title, content, post_type, created_at)
     VALUES (?, ?, ?, ?, ?, datetime('now', ? || ' minutes'))`,
  );
  const beats = STORY.flatMap((game) => game.chapters.flatMap((chapter) => chapter.beats));
  let left = beats.reduce((sum, beat) => sum + beat.posts.length, 0);
  return (beatId: number | bigint, beat: StoryBeat): void => {
    for (const post of beat.posts) {
      const age = -left-- * MINUTES_BETWEEN_POSTS;
      insert.run(beatId, users.get(post.author) ?? null, post.title ?? null, post.content, post.type, age);
    }
  };
}

/** The post that the first start illustrates, if it is still there. */
export function findFirstPicturePost(database: Database): { id: number; game_id: number } | undefined {
  return database
    .prepare<[string], { id: number; game_id: number }>(
      `SELECT posts.id, chapters.game_id FROM posts
       JOIN beats ON beats.id = posts.beat_id JOIN chapters ON chapters.id = beats.chapter_id
       WHERE posts.title = ? ORDER BY posts.id`,
    )
    .get(FIRST_PICTURE.postTitle);
}
