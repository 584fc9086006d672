// A game that one may not see, one that is gone and one that never was are one and the same, and cost nothing to ask about.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character, PostImage } from '../../src/contract.ts';
import { createForum } from '../../src/forum/forum.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createForumFile, FOREIGN_POST, OTHER_GAME, VAINO } from '../support/forum-file.ts';
import { drawSmall } from '../training/world.ts';
import { makeCharacter, makePicture, openStage, SCENE, type Stage } from './stage.ts';

const GONE_GAME = 3;
const GONE_POST = 30;
const UNKNOWN = 4711;

let stage: Stage;
let calls: string[];
const foreign: { character?: Character; picture?: PostImage } = {};
const gone: typeof foreign = {};

beforeAll(async () => {
  const forumFile = createForumFile();
  calls = [];
  stage = await openStage({
    forumFile,
    env: { ORPHAN_SWEEP: 'off' },
    provider: { ...createPreviewProvider({ durationMs: 1, pollIntervalMs: 10 }), download: drawSmall },
    storage: watched(createDiskStorage({ kind: 'disk', path: `${forumFile.folder}/images`, publicBaseUrl: undefined })),
    // Väinö alone is in the other games.
    forum: (db) => ({ ...createForum(db), isMember: async ({ id }, game) => id === VAINO || game === 1 }),
  });
  const { forum, vaino } = stage;
  await forum.run("INSERT INTO games (id, name) VALUES (?, 'Lopetettu')", GONE_GAME);
  await forum.run("INSERT INTO chapters (id, game_id, sequence_number, title) VALUES (30, ?, 1, 'x')", GONE_GAME);
  await forum.run("INSERT INTO beats (id, chapter_id, sequence_number, title) VALUES (30, 30, 1, 'x')");
  await forum.run('INSERT INTO posts (id, beat_id, author_id, content) VALUES (?, 30, ?, ?)', GONE_POST, VAINO, 'x');
  foreign.character = await makeCharacter(vaino, { usable_by: 'game' }, OTHER_GAME);
  foreign.picture = await makePicture(vaino, FOREIGN_POST);
  gone.character = await makeCharacter(vaino, { usable_by: 'game' }, GONE_GAME);
  gone.picture = await makePicture(vaino, GONE_POST);
  // As the forum's own library does it, which minds no foreign keys unless it is told to: all that was in the game stays.
  await forum.run('PRAGMA foreign_keys = off');
  await forum.run('DELETE FROM games WHERE id = ?', GONE_GAME);
});
afterAll(() => stage.close());

function watched(storage: Storage): Storage {
  return new Proxy(storage, {
    get(target, name: keyof Storage) {
      const member = target[name];
      if (typeof member !== 'function' || name === 'publicUrl') return member;
      return (...args: never[]) => {
        calls.push(name);
        return (member as (...args: never[]) => unknown).apply(target, args);
      };
    },
  });
}

const TABLES = [
  'image_generations',
  'image_credit_entries',
  'image_credit_accounts',
  'image_idempotency_keys',
  'image_lora_trainings',
  'image_reports',
  'image_prompt_writings',
  'character_profiles',
  'post_images',
];
const rows = () => TABLES.map((table) => [table, stage.forum.count(`SELECT count(*) FROM ${table}`)]);

type Ids = { game: number; post: number; character: number; picture: number };
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

const ROUTES: [Method, (ids: Ids) => string, ((ids: Ids) => object)?][] = [
  ['get', ({ game }) => `/games/${game}/characters`],
  ['post', ({ game }) => `/games/${game}/characters`, () => ({ name: 'A', base_description: 'b' })],
  ['get', ({ game }) => `/games/${game}/images`],
  ['post', ({ game }) => `/games/${game}/images`, () => SCENE],
  [
    'post',
    ({ game }) => `/games/${game}/images`,
    ({ character }) => ({ mode: 'character', character_ids: [character] }),
  ],
  ['post', ({ game }) => `/games/${game}/prompt-preview`, () => SCENE],
  ['post', ({ game }) => `/games/${game}/scene-suggestions`, ({ post }) => ({ post_id: post })],
  ['get', ({ post }) => `/posts/${post}/images`],
  ['post', ({ post }) => `/posts/${post}/images`, () => SCENE],
  ['post', ({ post }) => `/posts/${post}/images`, () => ({ generation_id: 'guessed' })],
  ['get', ({ picture }) => `/post-images/${picture}`],
  ['delete', ({ picture }) => `/post-images/${picture}`],
  ['post', ({ picture }) => `/post-images/${picture}/regenerate`],
  ['post', ({ picture }) => `/post-images/${picture}/report`, () => ({ reason: 'x' })],
  ['get', ({ character }) => `/characters/${character}`],
  ['patch', ({ character }) => `/characters/${character}`, () => ({ name: 'B' })],
  ['delete', ({ character }) => `/characters/${character}`],
  ['get', ({ character }) => `/characters/${character}/looks`],
  ['put', ({ character }) => `/characters/${character}/looks`, () => ({ name: 'x', description: 'a hat' })],
  ['get', ({ character }) => `/characters/${character}/reference-images`],
  ['post', ({ character }) => `/characters/${character}/reference-images`],
  ['put', ({ character }) => `/characters/${character}/reference-image`, () => ({ reference_image_id: 1 })],
  ['post', ({ character }) => `/characters/${character}/lora-trainings`, () => ({ generate_missing: true })],
  ['get', ({ character }) => `/characters/${character}/lora-trainings`],
];

describe.each(ROUTES)('%s %s', (method, path, body) => {
  const ask = async (client: Stage['elina'], ids: Ids) => {
    const { status, body: reply } = await client[method as 'post'](path(ids), body?.(ids));
    return { status, error: reply.error, code: reply.code };
  };
  const unknownIds = { game: UNKNOWN, post: UNKNOWN, character: UNKNOWN, picture: UNKNOWN };
  const idsOf = (game: number, post: number, { character, picture }: typeof foreign): Ids => ({
    game,
    post,
    character: character?.id ?? 0,
    picture: picture?.id ?? 0,
  });

  test('answers alike for what never was, what is of a game that is not seen, and of one that is gone', async () => {
    const before = rows();
    calls = [];
    const unknown = await ask(stage.elina, unknownIds);
    expect(unknown).toMatchObject({ status: 404, code: 'not_found' });
    expect(await ask(stage.elina, idsOf(OTHER_GAME, FOREIGN_POST, foreign))).toEqual(unknown);
    // Väinö was in it, and everything in it is his.
    expect(await ask(stage.vaino, idsOf(GONE_GAME, GONE_POST, gone))).toEqual(unknown);
    expect(rows(), 'something was written').toEqual(before);
    expect(calls, 'the storage was called').toEqual([]);
  });
});

test('of many posts asked for at once, those of games that are not seen have no pictures', async () => {
  const query = `?post_ids=1,${FOREIGN_POST},${GONE_POST},${UNKNOWN}`;
  const { body } = await stage.elina.get(`/post-images${query}`);
  expect(body).toEqual({ 1: [], [FOREIGN_POST]: [], [GONE_POST]: [], [UNKNOWN]: [] });
  const { body: seen } = await stage.vaino.get(`/post-images${query}`);
  expect(seen).toEqual({ 1: [], [FOREIGN_POST]: [foreign.picture], [GONE_POST]: [], [UNKNOWN]: [] });
});

test('who is in the other game sees it', async () => {
  expect((await stage.vaino.get(`/posts/${FOREIGN_POST}/images`)).body).toHaveLength(1);
  expect((await stage.vaino.get(`/games/${OTHER_GAME}/characters`)).body).toHaveLength(1);
});
