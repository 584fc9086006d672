// A migrated file is still the forum's: it changes its own tables and deletes its own rows as before, with the service running.
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Character, PostImage } from '../../src/contract.ts';
import {
  createForumFile,
  ELINA,
  ELINAS_POST,
  type ForumFile,
  GAME,
  VAINO,
  VAINOS_POST,
} from '../support/forum-file.ts';
import { type Client, startService, type TestService } from '../support/service.ts';

let forum: ForumFile;
let service: TestService;
let elina: Client;
let vaino: Client;
/** The forum's own connection: by its driver's default it has foreign keys off. */
let host: BetterSqlite3.Database;

beforeEach(async () => {
  forum = createForumFile();
  service = await startService({ forumFile: forum });
  elina = await service.as(ELINA);
  vaino = await service.as(VAINO);
  host = new BetterSqlite3(forum.path);
  host.pragma('foreign_keys = OFF');
});
afterEach(async () => {
  expect(host.pragma('integrity_check', { simple: true })).toBe('ok');
  host.close();
  await service.close();
});

const count = (table: string) => host.prepare(`SELECT count(*) FROM ${table}`).pluck().get();

async function character(): Promise<Character> {
  const fields = { name: 'Aino', base_description: 'red braid', usable_by: 'game' };
  return (await elina.post<Character>(`/games/${GAME}/characters`, fields)).body;
}

async function picture(client: Client, post: number, characterId: number): Promise<void> {
  const asked = await client.post(`/posts/${post}/images`, { mode: 'character', character_ids: [characterId] });
  expect(await client.finished(asked.body)).toMatchObject({ status: 'succeeded' });
}

const picturesOf = async (post: number) => (await vaino.get<PostImage[]>(`/posts/${post}/images`)).body;

/** Whatever the forum has done: characters, pictures and their posts still work. */
async function expectAllWorks(): Promise<void> {
  await picture(vaino, VAINOS_POST, (await character()).id);
  expect(await picturesOf(VAINOS_POST)).not.toHaveLength(0);
  expect(host.pragma('foreign_key_check')).toEqual([]);
}

describe("changes of the forum's own tables", () => {
  test('columns are added, renamed and dropped', async () => {
    await expectAllWorks();
    host.exec(`ALTER TABLE posts ADD COLUMN is_pinned INTEGER DEFAULT 0;
      ALTER TABLE chapters ADD COLUMN is_archived INTEGER DEFAULT 0;
      ALTER TABLE users RENAME COLUMN password TO password_hash;
      ALTER TABLE games DROP COLUMN description`);
    await expectAllWorks();
  });

  test('a table is rebuilt in the twelve steps with foreign keys off', async () => {
    await expectAllWorks();
    const pictures = count('post_images');
    for (const table of ['posts', 'users', 'games']) rebuild(table);
    expect(count('post_images')).toBe(pictures);
    await expectAllWorks();
    expect(host.prepare("SELECT sql FROM sqlite_master WHERE name = 'post_images'").pluck().get()).toContain(
      'REFERENCES posts(id)',
    );
  });

  test('other tables come, are renamed, and go', async () => {
    host.exec(`CREATE TABLE drafts (id INTEGER PRIMARY KEY, post_id INTEGER REFERENCES posts (id));
      INSERT INTO drafts (post_id) VALUES (1);
      ALTER TABLE drafts RENAME TO old_drafts; DROP TABLE old_drafts; VACUUM`);
    await expectAllWorks();
  });

  /** https://www.sqlite.org/lang_altertable.html, section 7. */
  function rebuild(table: string): void {
    const sql = host.prepare('SELECT sql FROM sqlite_master WHERE name = ?').pluck().get(table) as string;
    host.exec(`BEGIN;
      ${sql.replace(new RegExp(`^CREATE TABLE "?${table}"?`), `CREATE TABLE new_${table}`)};
      INSERT INTO new_${table} SELECT * FROM ${table};
      DROP TABLE ${table};
      ALTER TABLE new_${table} RENAME TO ${table};
      COMMIT`);
  }
});

describe.each(['ON', 'OFF'])('deletes of the forum with its foreign keys %s', (keys) => {
  beforeEach(() => {
    host.pragma(`foreign_keys = ${keys}`);
  });
  const cascades = keys === 'ON';

  test('a post: its pictures are not shown any more', async () => {
    await picture(elina, ELINAS_POST, (await character()).id);
    host.prepare('DELETE FROM posts WHERE id = ?').run(ELINAS_POST);
    expect((await elina.get(`/posts/${ELINAS_POST}/images`)).status).toBe(404);
    expect((await elina.get(`/games/${GAME}/images`)).body.items).toEqual([]);
    expect(count('post_images')).toBe(cascades ? 0 : 1);
  });

  test('a user: the characters go, pictures in posts of others stay', async () => {
    const { id } = await character();
    await picture(vaino, VAINOS_POST, id);
    host.prepare('DELETE FROM users WHERE id = ?').run(ELINA);
    expect(await picturesOf(VAINOS_POST)).toMatchObject([{ character_profile_id: cascades ? null : id }]);
    expect((await elina.get(`/characters/${id}`)).status).toBe(401);
    expect(count('character_profiles')).toBe(cascades ? 0 : 1);
  });

  test('a game with all that is in it', async () => {
    await picture(elina, ELINAS_POST, (await character()).id);
    host.exec(`DELETE FROM posts WHERE beat_id IN (1, 2, 3); DELETE FROM beats WHERE chapter_id IN (1, 2);
      DELETE FROM chapters WHERE game_id = ${GAME}; DELETE FROM games WHERE id = ${GAME}`);
    expect((await elina.get(`/games/${GAME}/images`)).status).toBe(404);
    expect((await elina.get(`/games/${GAME}/characters`)).status).toBe(404);
    if (cascades) expect([count('post_images'), count('character_profiles')]).toEqual([0, 0]);
  });

  test('a post while its picture is being made: the picture becomes a draft', async () => {
    const { id } = await character();
    const asked = await elina.post(`/posts/${ELINAS_POST}/images`, { mode: 'character', character_ids: [id] });
    host.prepare('DELETE FROM posts WHERE id = ?').run(ELINAS_POST);
    expect(await elina.finished(asked.body)).toMatchObject({ status: 'succeeded', kind: 'draft', post_image_id: null });
  });
});
