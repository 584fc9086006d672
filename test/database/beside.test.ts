// Inside the forum's own process, on the handle it hands over: both write at once, and neither's rollback touches the other's rows.
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Character, Generation } from '../../src/contract.ts';
import { createForumFile, ELINA, ELINAS_POST, type ForumFile, GAME } from '../support/forum-file.ts';
import { type Client, startService, type TestService } from '../support/service.ts';

const PICTURES = 12;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.each(['wal', 'delete'] as const)('in %s mode', (journalMode) => {
  let forum: ForumFile;
  let host: BetterSqlite3.Database;
  let service: TestService;
  let elina: Client;
  beforeEach(async () => {
    forum = createForumFile({ journalMode });
    host = new BetterSqlite3(forum.path, { timeout: 1000 });
    service = await startService({ forumFile: forum, database: host, env: { DATABASE_PATH: '' } });
    elina = await service.as(ELINA);
  });
  afterEach(async () => {
    await service.stop();
    expect(host.open).toBe(true);
    expect(host.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(host.pragma('journal_mode', { simple: true })).toBe(journalMode);
    host.close();
    forum.remove();
  });

  const insertPost = (text: string) =>
    host.prepare('INSERT INTO posts (beat_id, author_id, content) VALUES (1, ?, ?)').run(ELINA, text);
  const count = (sql: string) => host.prepare(`SELECT count(*) FROM ${sql}`).pluck().get();
  const ask = () => elina.post<Generation>(`/posts/${ELINAS_POST}/images`, { mode: 'scene', scene: 'a harbour' });

  test('host transactions, some held open across awaits and some rolled back, and generations: nothing is lost', async () => {
    let committed = 0;
    let over = false;
    const hostWrites = (async () => {
      for (let round = 0; !over; round++) {
        host.exec('BEGIN IMMEDIATE');
        insertPost(round % 3 === 0 ? 'rolled back' : 'kept');
        for (let i = 0; i < round % 5; i++) await turn();
        host.exec(round % 3 === 0 ? 'ROLLBACK' : 'COMMIT');
        if (round % 3 !== 0) committed++;
        await turn();
      }
    })();
    const asked = await Promise.all(Array.from({ length: PICTURES }, ask));
    expect(asked.map(({ status }) => status)).toEqual(Array(PICTURES).fill(202));
    const ended = await Promise.all(asked.map(({ body }) => elina.finished(body)));
    over = true;
    await hostWrites;
    expect(ended.map(({ status }) => status)).toEqual(Array(PICTURES).fill('succeeded'));
    expect(committed).toBeGreaterThan(PICTURES);
    expect(count("posts WHERE content = 'kept'")).toBe(committed);
    expect(count("posts WHERE content = 'rolled back'")).toBe(0);
    expect([count('post_images'), count('image_post_details'), count('image_files')]).toEqual(Array(3).fill(PICTURES));
    expect(count("image_credit_entries WHERE kind = 'settle'")).toBe(PICTURES);
  });

  test('what the host has not committed is not seen, and its rollback takes nothing of ours along', async () => {
    const made = await elina.post<Character>(`/games/${GAME}/characters`, {
      name: 'Aino',
      base_description: 'red braid',
    });
    expect(made.status).toBe(201);
    host.exec('BEGIN');
    insertPost('not yet');
    const id = host.prepare('SELECT max(id) FROM posts').pluck().get();
    expect((await elina.get(`/posts/${id}/images`)).status).toBe(404);
    // Waits for the host's lock, without taking the event loop away from the host, who must give it back.
    const meanwhile = elina.post<Character>(`/games/${GAME}/characters`, {
      name: 'Lempi',
      base_description: 'grey eyes',
    });
    for (let i = 0; i < 20; i++) await turn();
    host.exec('ROLLBACK');
    expect((await meanwhile).status).toBe(201);
    expect(count('character_profiles')).toBe(2);
    expect(count("posts WHERE content = 'not yet'")).toBe(0);
  });

  test("a refused request of ours takes nothing of the host's along", async () => {
    const [, refused] = await Promise.all([
      insertPost('kept'),
      elina.post(`/posts/${ELINAS_POST}/images`, { mode: 'character', character_ids: [999] }),
    ]);
    expect(refused.status).toBe(400);
    expect(count("posts WHERE content = 'kept'")).toBe(1);
  });
});

test('a handle that is no file, or closed, or no handle, is refused', async () => {
  const closed = new BetterSqlite3(':memory:');
  closed.close();
  for (const database of [new BetterSqlite3(':memory:'), closed, {} as BetterSqlite3.Database])
    await expect(startService({ database, env: { DATABASE_PATH: '' } })).rejects.toThrow(/database:/);
});
