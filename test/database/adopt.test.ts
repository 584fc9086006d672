// Tables of our names that an older forum made are taken over with their rows, and new pictures go into them.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Character, PostImage } from '../../src/contract.ts';
import { createForumFile, ELINA, ELINAS_POST, type ForumFile, GAME, VAINOS_POST } from '../support/forum-file.ts';
import { startService } from '../support/service.ts';
import { columnsOf, onFile, refusal, startProgram } from './program.ts';

let forum: ForumFile;
beforeEach(() => {
  forum = createForumFile();
});
afterEach(() => forum.remove());

/** As a later version of the forum made it; its production copy lacked the column for the parameters. */
const olderPictures = (params = 'generation_params TEXT,') => `
  CREATE TABLE post_images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    post_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    prompt TEXT NOT NULL,
    negative_prompt TEXT,
    image_url TEXT NOT NULL,
    thumbnail_url TEXT,
    ${params}
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE,
    FOREIGN KEY (user_id) REFERENCES users (id)
  );
  INSERT INTO post_images (id, post_id, user_id, prompt, image_url, created_at)
    VALUES (7, ${ELINAS_POST}, 1, 'metsä', 'https://example.test/7.png', '2024-05-06 07:08:09'),
           (9, ${VAINOS_POST}, 2, 'satama', 'https://example.test/9.png', NULL);`;

const oldRows = () =>
  onFile(forum.path, (db) =>
    db.prepare('SELECT id, post_id, user_id, prompt, image_url, created_at FROM post_images WHERE id < 10').all(),
  );

test.each([
  ['with', olderPictures()],
  ['that lacks', olderPictures('')],
])('an older post_images %s generation_params', async (_, sql) => {
  onFile(forum.path, (db) => db.exec(sql));
  const before = oldRows();
  expect(before).toHaveLength(2);
  await using program = await startProgram(forum.path);
  expect(oldRows()).toEqual(before);
  expect(columnsOf(forum.path, 'post_images')).toEqual(expect.arrayContaining(['user_id', 'generation_params']));

  const { client } = program;
  const asked = await client.post(`/posts/${ELINAS_POST}/images`, { mode: 'scene', scene: 'a forest at dawn' });
  const made = await client.finished(asked.body);
  expect(made).toMatchObject({ status: 'succeeded', cost: { charged: true } });
  const { body } = await client.get<PostImage[]>(`/posts/${ELINAS_POST}/images`);
  expect(body).toMatchObject([
    { id: 7, prompt: 'metsä', image_url: 'https://example.test/7.png', created_at: '2024-05-06T07:08:09.000Z' },
    { id: made.post_image_id, ai_generated: true },
  ]);
  const row = onFile(forum.path, (db) =>
    db.prepare('SELECT user_id, generation_params FROM post_images WHERE id = ?').get(made.post_image_id),
  ) as { user_id: number; generation_params: string };
  expect(row.user_id).toBe(ELINA);
  expect(JSON.parse(row.generation_params)).toMatchObject({ scene: 'a forest at dawn' });
});

test('a table in another spelling is the same table', async () => {
  onFile(forum.path, (db) =>
    db.exec(
      olderPictures('').replace('post_images (\n', 'Post_Images (\n').replace('user_id INTEGER', 'User_ID INTEGER'),
    ),
  );
  await using program = await startProgram(forum.path);
  const asked = await program.client.post(`/posts/${ELINAS_POST}/images`, { mode: 'scene', scene: 'a forest' });
  expect(await program.client.finished(asked.body)).toMatchObject({ status: 'succeeded' });
  expect(oldRows()).toHaveLength(2);
});

test('an older character_profiles keeps its rows, and its characters can be used', async () => {
  onFile(forum.path, (db) =>
    db.exec(`CREATE TABLE character_profiles (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, game_id INTEGER NOT NULL,
        name TEXT NOT NULL, base_description TEXT NOT NULL, mood TEXT DEFAULT 'iloinen');
      INSERT INTO character_profiles (id, user_id, game_id, name, base_description)
        VALUES (5, ${ELINA}, ${GAME}, 'Aino', 'red braid')`),
  );
  await using service = await startService({ forumFile: forum });
  const elina = await service.as(ELINA);
  expect((await elina.get<Character>('/characters/5')).body).toMatchObject({
    name: 'Aino',
    reference_seed: null,
    created_at: null,
    can_edit: true,
  });
  const made = await elina.post<Character>(`/games/${GAME}/characters`, {
    name: 'Lempi',
    base_description: 'grey eyes',
  });
  expect(made.status).toBe(201);
  const picture = await elina.post(`/posts/${ELINAS_POST}/images`, { mode: 'character', character_ids: [5] });
  expect(await elina.finished(picture.body)).toMatchObject({ status: 'succeeded', character_ids: [5] });
  const row = onFile(forum.path, (db) => db.prepare('SELECT * FROM character_profiles WHERE id = 5').get());
  expect(row).toMatchObject({ name: 'Aino', base_description: 'red braid', mood: 'iloinen' });
});

test('a refusal names every fault of the table at once', async () => {
  onFile(forum.path, (db) => db.exec('CREATE TABLE post_images (id TEXT, post_id INTEGER, licence TEXT NOT NULL)'));
  const { said } = await refusal(forum.path);
  for (const word of ['post_images', 'prompt', 'image_url', 'INTEGER PRIMARY KEY', 'licence', 'left untouched'])
    expect(said).toContain(word);
});
