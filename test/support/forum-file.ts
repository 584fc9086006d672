// A forum database as the forum itself would make it: only its own tables, some users, two games and a little story.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';

const SCHEMA = readFileSync(new URL('../../src/demo/forum-schema.sql', import.meta.url), 'utf8');

/** Ids of the users in every test forum. */
export const ELINA = 1;
export const VAINO = 2;
export const GM = 3;
export const ADMIN = 4;

/** Ids of the games; posts 1–6 are in the first one, 7 is in the second. */
export const GAME = 1;
export const OTHER_GAME = 2;
/** By Elina, Väinö, the GM, Elina, Väinö, and nobody any more; in story order 3, 1, 2, 4, 5, 6 (chapter 2 comes first by its number). */
export const ELINAS_POST = 1;
export const VAINOS_POST = 2;
export const GMS_POST = 3;
export const FOREIGN_POST = 7;

export interface ForumFile {
  folder: string;
  path: string;
  remove(): void;
}

export function createForumFile(options: { journalMode?: 'wal' | 'delete' } = {}): ForumFile {
  const folder = mkdtempSync(join(tmpdir(), 'forum-ai-images-'));
  const path = join(folder, 'forum.db');
  const db = new BetterSqlite3(path);
  db.pragma(`journal_mode = ${options.journalMode ?? 'delete'}`);
  db.exec(SCHEMA);
  fill(db);
  db.close();
  return { folder, path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function fill(db: BetterSqlite3.Database): void {
  const user = db.prepare(
    'INSERT INTO users (id, username, email, password, roles, is_admin) VALUES (?, ?, ?, ?, ?, ?)',
  );
  user.run(ELINA, 'Elina', 'elina@example.test', 'x', '["player"]', 0);
  user.run(VAINO, 'Väinö', 'vaino@example.test', 'x', '["player"]', 0);
  user.run(GM, 'Mestari', 'gm@example.test', 'x', '["player","gm"]', 0);
  user.run(ADMIN, 'Ylläpito', 'admin@example.test', 'x', '["admin"]', 1);
  const game = db.prepare('INSERT INTO games (id, name) VALUES (?, ?)');
  game.run(GAME, 'Pohjan tähdet');
  game.run(OTHER_GAME, 'Toinen peli');
  const chapter = db.prepare('INSERT INTO chapters (id, game_id, sequence_number, title) VALUES (?, ?, ?, ?)');
  chapter.run(1, GAME, 2, 'Toinen luku');
  chapter.run(2, GAME, 1, 'Ensimmäinen luku');
  chapter.run(3, OTHER_GAME, 1, 'Alku');
  const beat = db.prepare('INSERT INTO beats (id, chapter_id, sequence_number, title) VALUES (?, ?, ?, ?)');
  beat.run(1, 1, 1, 'Satama');
  beat.run(2, 2, 1, 'Metsä');
  beat.run(3, 1, 2, 'Laiva');
  beat.run(4, 3, 1, 'Muualla');
  const post = db.prepare(
    "INSERT INTO posts (id, beat_id, author_id, content, post_type) VALUES (?, ?, ?, 'Teksti', 'player')",
  );
  for (const [id, beatId, author] of [
    [ELINAS_POST, 1, ELINA],
    [VAINOS_POST, 1, VAINO],
    [GMS_POST, 2, GM],
    [4, 3, ELINA],
    [5, 3, VAINO],
    [6, 3, null],
    [FOREIGN_POST, 4, VAINO],
  ]) {
    post.run(id, beatId, author);
  }
}
