// The gallery of a game: in the order of the story or newest first, filtered, page by page.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostImage } from '../../src/contract.ts';
import { ELINA, ELINAS_POST, FOREIGN_POST, GAME, GM, GMS_POST, OTHER_GAME, VAINO } from '../support/forum-file.ts';
import { makeCharacter, makePicture, openStage, SCENE, type Stage } from './stage.ts';

interface Page {
  items: PostImage[];
  next_cursor: string | null;
}

let stage: Stage;
let aino: number;
/** Made in this order, in these posts. */
const POSTS = [4, ELINAS_POST, 5, 2, GMS_POST, ELINAS_POST, 6];
/** Chapter 2 comes first by its number, then beat by beat, post by post. */
const STORY = [GMS_POST, ELINAS_POST, ELINAS_POST, 2, 4, 5, 6];

beforeAll(async () => {
  stage = await openStage();
  aino = (await makeCharacter(stage.elina)).id;
  for (const post of POSTS) await makePicture(stage.admin, post);
  await makePicture(stage.elina, ELINAS_POST, { mode: 'character', character_ids: [aino] });
  await makePicture(stage.gm, GMS_POST, { mode: 'scene_with_character', character_ids: [aino], scene: 'x' });
  await makePicture(stage.vaino, FOREIGN_POST);
});
afterAll(() => stage.close());

const page = async (query = '', game = GAME) =>
  (await stage.vaino.get<Page>(`/games/${game}/images${query && `?${query}`}`)).body;
const postsOf = ({ items }: Page) => items.map((item) => item.post_id);

/** All pages, with something to do between them. */
async function walk(query: string, between: () => Promise<unknown> = async () => undefined): Promise<PostImage[]> {
  const seen: PostImage[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { items, next_cursor }: Page = await page(`${query}${cursor && `&cursor=${cursor}`}`);
    seen.push(...items);
    cursor = next_cursor;
    if (cursor !== null) await between();
  }
  return seen;
}

describe('order', () => {
  test('is that of the story across chapters, beats and posts', async () => {
    expect(postsOf(await page())).toEqual([GMS_POST, ...STORY.slice(0, 3), ELINAS_POST, ...STORY.slice(3)]);
    expect((await page()).next_cursor).toBeNull();
  });

  test('is newest first when asked for', async () => {
    const ids = (await page('order=newest')).items.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect(ids).toHaveLength(9);
  });

  test('is of one game', async () => {
    expect(postsOf(await page('', OTHER_GAME))).toEqual([FOREIGN_POST]);
    expect((await stage.elina.get('/games/99/images')).status).toBe(404);
  });
});

describe('filters', () => {
  test.each([
    ['chapter_id=2', 2],
    ['chapter_id=3', 0],
    [`user_id=${ELINA}`, 1],
    [`user_id=${GM}`, 1],
    [`user_id=${VAINO}`, 0],
    ['character_id=1', 2],
    ['character_id=1&chapter_id=1', 1],
    [`character_id=1&user_id=${GM}&order=newest`, 1],
    ['character_id=99', 0],
  ])('%s shows %i', async (query, count) => expect((await page(query)).items).toHaveLength(count));

  test('a character is found after its profile was deleted, and whether it led or not', async () => {
    const { id } = await makeCharacter(stage.elina, { name: 'Second' });
    const made = await makePicture(stage.elina, ELINAS_POST, {
      mode: 'scene_with_character',
      character_ids: [aino, id],
      scene: 'two friends',
    });
    expect((await page(`character_id=${id}`)).items.map((item) => item.id)).toEqual([made.id]);
    await stage.elina.delete(`/characters/${id}`);
    expect((await page(`character_id=${id}`)).items.map((item) => item.id)).toEqual([made.id]);
    await stage.elina.delete(`/post-images/${made.id}`);
  });
});

describe('paging', () => {
  test.each([1, 2, 4])('by %i shows everything once, in both orders', async (limit) => {
    const all = (order: string) => page(`order=${order}`).then(({ items }) => items.map(({ id }) => id));
    for (const order of ['story', 'newest']) {
      const walked = await walk(`order=${order}&limit=${limit}`);
      expect(walked.map(({ id }) => id)).toEqual(await all(order));
    }
  });

  test.each(['story', 'newest'])(
    'loses and repeats nothing while new pictures arrive in order of %s',
    async (order) => {
      const before = (await page(`order=${order}`)).items.map(({ id }) => id);
      const posts = [GMS_POST, 6, ELINAS_POST];
      const arrive = async () => {
        const post = posts.shift();
        if (post) await makePicture(stage.admin, post, SCENE);
      };
      const walked = (await walk(`order=${order}&limit=2`, arrive)).map(({ id }) => id);
      expect(new Set(walked).size).toBe(walked.length);
      expect(walked.filter((id) => before.includes(id))).toEqual(before);
    },
  );

  test.each([
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1.5',
    'limit=ten',
    'order=oldest',
    'cursor=%00',
    'cursor=WzFd',
    `cursor=${Buffer.from('["a",1,1,1,1,1]').toString('base64url')}`,
    'chapter_id=x',
    'user_id=0',
    'character_id=1e3',
  ])('%s is refused', async (query) => {
    expect((await stage.elina.get(`/games/${GAME}/images?${query}`)).status).toBe(400);
  });
});
