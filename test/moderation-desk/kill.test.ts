// The program dies in the middle of a takedown or a restore: after the next start the picture is either as before or out of reach.
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Generation, PostImage } from '../../src/contract.ts';
import { type Life, until, World } from '../reliability/world.ts';
import { GM, VAINO, VAINOS_POST } from '../support/forum-file.ts';
import { keyOf, placeOn, restore, takeDown } from './desk.ts';

/** Only for a run that hangs. */
const LONG = 120_000;

async function started(world: World, failpoint?: string): Promise<Life> {
  const life = await world.start(failpoint);
  if (!life) throw new Error('it did not start');
  return life;
}

async function pictureIn({ program }: Life): Promise<PostImage> {
  const player = await program.as(VAINO);
  const { body } = await player.post<Generation>(`/posts/${VAINOS_POST}/images`, { mode: 'scene', scene: 'a mill' });
  const { post_image_id } = await player.finished(body);
  return (await player.get<PostImage>(`/post-images/${post_image_id}`)).body;
}

const placesIn = (world: World, { image_url, thumbnail_url }: PostImage) =>
  [image_url, thumbnail_url].map((url) => placeOn(world.folder, keyOf(url)));
const isMoving = (world: World) => world.sql('SELECT 1 FROM image_takedowns WHERE hide_at_ms IS NOT NULL').length > 0;
const load = async ({ program }: Life, { image_url, thumbnail_url }: PostImage) =>
  Promise.all([image_url, thumbnail_url].map(async (url) => (await fetch(program.origin + String(url))).status));

/** Dies of the act, which is never answered. */
async function dies({ ended }: Life, act: Promise<unknown>): Promise<void> {
  await act.catch(() => {});
  expect((await ended).signal).toBe('SIGKILL');
}

/** @returns the life after the death, and the picture as its maker sees it there */
async function afterwards(world: World, { id }: PostImage) {
  expect(await world.audit(false)).toEqual([]);
  const life = await started(world);
  await until('nothing is being moved', () => !isMoving(world));
  const { body } = await (await life.program.as(VAINO)).get<PostImage>(`/post-images/${id}`);
  return { life, shown: body };
}

async function atRest(world: World, life: Life): Promise<void> {
  expect((await life.program.end()).code).toBe(0);
  expect(await world.audit(true)).toEqual([]);
}

describe.concurrent('killed', () => {
  test('before the commit of a takedown, nothing has happened', { timeout: LONG }, async () => {
    await using world = await World.open();
    const first = await started(world, 'M1:kill');
    const image = await pictureIn(first);
    await dies(first, takeDown(await first.program.as(GM), image.id));
    const { life, shown } = await afterwards(world, image);
    expect(shown).toEqual(image);
    expect(world.sql("SELECT 1 FROM image_audit WHERE action LIKE '%takedown'")).toEqual([]);
    expect(await load(life, image)).toEqual([200, 200]);
    expect((await takeDown(await life.program.as(GM), image.id)).status).toBe(200);
    expect(await load(life, image)).toEqual([404, 404]);
    await atRest(world, life);
  });

  test.each([
    ['M2', ['public', 'public']],
    ['M3', ['quarantine', 'public']],
    ['M4', ['quarantine', 'quarantine']],
  ])('after it, at %s, the picture goes out of reach', { timeout: LONG }, async (point, places) => {
    await using world = await World.open();
    const first = await started(world, `${point}:kill`);
    const image = await pictureIn(first);
    await dies(first, takeDown(await first.program.as(GM), image.id));
    expect(placesIn(world, image)).toEqual(places);
    const { life, shown } = await afterwards(world, image);
    expect(shown).toMatchObject({ image_url: null, takedown: { complete: true } });
    expect(placesIn(world, image)).toEqual(['quarantine', 'quarantine']);
    expect(await load(life, image)).toEqual([404, 404]);
    expect(world.sql("SELECT 1 FROM image_audit WHERE action = 'post_image.takedown'")).toHaveLength(1);
    await atRest(world, life);
  });

  test.each([
    ['M5', ['public', 'quarantine']],
    ['M6', ['public', 'public']],
  ])(
    'in a restore, at %s, the picture is still down, and can be restored',
    { timeout: LONG },
    async (point, places) => {
      await using world = await World.open();
      const first = await started(world, `${point}:kill`);
      const image = await pictureIn(first);
      const master = await first.program.as(GM);
      await takeDown(master, image.id);
      await dies(first, restore(master, image.id));
      expect(placesIn(world, image)).toEqual(places);
      const { life, shown } = await afterwards(world, image);
      expect(shown).toMatchObject({ image_url: null, takedown: { complete: true } });
      expect(await load(life, image)).toEqual([404, 404]);
      expect((await restore(await life.program.as(GM), image.id)).status).toBe(200);
      expect(await load(life, image)).toEqual([200, 200]);
      expect(world.sql("SELECT 1 FROM image_audit WHERE action = 'post_image.restore'")).toHaveLength(1);
      await atRest(world, life);
    },
  );

  test('and deleted before the next start, nothing of it is left', { timeout: LONG }, async () => {
    await using world = await World.open();
    const first = await started(world, 'M3:kill');
    const image = await pictureIn(first);
    await dies(first, takeDown(await first.program.as(GM), image.id));
    const life = await started(world);
    expect((await (await life.program.as(VAINO)).delete(`/post-images/${image.id}`)).status).toBe(204);
    await until('its objects are gone', () => placesIn(world, image).every((place) => place === 'gone'));
    await until('its row is gone', () => world.sql('SELECT 1 FROM image_files').length === 0);
    await atRest(world, life);
  });
});

describe('the auditor tells of a picture that is down', () => {
  let world: World;
  let image: PostImage;
  beforeAll(async () => {
    world = await World.open();
    const life = await started(world);
    image = await pictureIn(life);
    await takeDown(await life.program.as(GM), image.id);
    await atRest(world, life);
  }, LONG);
  afterAll(() => world[Symbol.asyncDispose]());

  const restored = (key: string) => {
    const to = join(world.folder, key);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(world.folder, 'quarantine', key), to);
  };
  test.each([
    ['is in a page', () => world.sql("UPDATE post_images SET image_url = '/x.webp'")],
    ['is in use', () => world.sql('UPDATE image_generations SET file_id = 1')],
    ['waits for ever', () => world.sql('UPDATE image_takedowns SET hide_at_ms = 0')],
    ['anybody can load', () => restored(keyOf(image.thumbnail_url))],
  ])('and %s', async (_, plant) => {
    plant();
    expect((await world.audit(true)).filter((line) => line.startsWith('I16'))).toHaveLength(1);
    world.sql("UPDATE post_images SET image_url = ''");
    world.sql('UPDATE image_generations SET file_id = NULL');
    world.sql('UPDATE image_takedowns SET hide_at_ms = NULL');
  });
});
