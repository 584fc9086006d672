// A finished picture is judged before anything of it is uploaded: refused ones leave nothing, unjudged ones wait and are not seen.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import { until } from '../http/stage.ts';
import { ELINA, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { faults } from '../support/replicate-double.ts';
import { startService } from '../support/service.ts';
import { CREDITS, openWorld, type World } from './world.ts';

let world: World;
afterEach(() => world[Symbol.asyncDispose]());

const open = () => openWorld({ PICTURE_MODERATION: 'remote' });

/** Everything that the storage holds, also what is on its way in. */
function stored(): string[] {
  const folder = join(world.service.forum.folder, 'images');
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  return files.filter((entry) => entry.isFile()).map(({ name }) => name);
}

function query<T>(sql: string): T[] {
  const db = new BetterSqlite3(world.service.forum.path);
  try {
    const statement = db.prepare(sql);
    if (statement.reader) return statement.all() as T[];
    statement.run();
    return [];
  } finally {
    db.close();
  }
}

/** A picture that nobody can judge: it is paid, and has been put off. */
async function unjudged(): Promise<Generation> {
  world.judge.ofText = () => ({});
  const { body } = await world.ask();
  world.judge.always(faults.serverError());
  await world.judge.arrived(3); // the text, and the picture for the second time
  return body;
}

test('the picture is asked about: a small JPEG of it, before the storage has anything', async () => {
  world = await open();
  let before: string[] | undefined;
  world.judge.ofPicture = () => {
    before = stored();
    return { violence: 0.99, sexual: 0.4 };
  };
  const ended = await world.elina.finished((await world.ask()).body);
  expect(ended).toMatchObject({ status: 'succeeded', cost: { charged: true } });
  expect(before).toEqual([]);
  expect(stored()).toHaveLength(2);
  expect(world.judge.pictures).toHaveLength(1);
  const { format, width = 0, height = 0 } = await sharp(world.judge.pictures[0]).metadata();
  expect({ format, side: Math.max(width, height) }).toEqual({ format: 'jpeg', side: 512 });
});

test.each([
  ['sexual', { sexual: 0.55 }],
  ['graphic_violence', { 'violence/graphic': 0.95 }],
  ['self_harm', { 'self-harm': 0.9 }],
] as const)(
  'refused as %s: nothing is stored, nothing charged, and what it cost is booked',
  async (_category, scores) => {
    world = await open();
    world.judge.ofPicture = () => scores;
    const ended = await world.elina.finished((await world.ask()).body);
    expect(ended).toMatchObject({ status: 'failed', image_url: null, cost: { charged: false } });
    expect(ended.error?.code).toBe('output_rejected');
    expect(await world.credits()).toEqual({ available: CREDITS, held: 0 });
    await world.service.stop();
    expect(stored()).toEqual([]);
    expect(query('SELECT 1 FROM image_spool')).toEqual([]);
    expect(query<{ cost_usd: number }>('SELECT cost_usd FROM image_generations')[0]?.cost_usd).toBeGreaterThan(0);
  },
);

test('a candidate that is refused is none', async () => {
  world = await open();
  world.judge.ofPicture = () => ({ sexual: 1 });
  const { body: character } = await world.elina.post(`/games/${GAME}/characters`, {
    name: 'Aino',
    base_description: 'braid',
  });
  const { body } = await world.elina.post(`/characters/${character.id}/reference-images`);
  expect(await world.elina.finished(body)).toMatchObject({ status: 'failed', reference_image_id: null });
  expect((await world.elina.get(`/characters/${character.id}/reference-images`)).body).toEqual([]);
});

test('without a verdict it waits with its bytes, unseen; with one it is there, paid once and fetched once', async () => {
  world = await open();
  const generation = await unjudged();
  const { body } = await world.elina.get<Generation>(`/generations/${generation.id}`);
  expect(body).toMatchObject({ status: 'storing', image_url: null });
  expect(await world.credits()).toMatchObject({ held: 1 });
  expect(stored()).toEqual([]);
  world.judge.always(null);
  expect(await world.elina.finished(generation)).toMatchObject({ status: 'succeeded' });
  expect({ paid: world.double.bill.length, fetched: world.double.count('download') }).toEqual({ paid: 1, fetched: 1 });
});

test('the wait outlives the service and the copy of the provider; refused then, it is gone like any other', async () => {
  world = await open();
  const generation = await unjudged();
  await world.service.stop();
  expect(query('SELECT 1 FROM image_spool')).toHaveLength(1);
  expect(stored()).toEqual([]);
  for (const { id } of world.double.bill) world.double.expire(id);
  query("UPDATE image_generations SET submitted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-2 hours'), run_at_ms = 0");
  world.judge.always(null);
  world.judge.ofPicture = () => ({ sexual: 1 });
  await restart();
  expect((await world.elina.finished(generation)).error?.code).toBe('output_rejected');
  await world.service.stop();
  expect(query('SELECT 1 FROM image_spool')).toEqual([]);
  expect(stored()).toEqual([]);
});

test('after a day without a verdict it ends unseen and uncharged, for people to look into', async () => {
  world = await open();
  const generation = await unjudged();
  await world.service.stop();
  query(
    "UPDATE image_generations SET submitted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-25 hours'), run_at_ms = 0",
  );
  await restart();
  const ended = await world.elina.finished(generation);
  expect(ended).toMatchObject({ status: 'failed', image_url: null, cost: { charged: false } });
  expect(ended.error?.code).toBe('needs_review');
  await world.service.stop();
  expect(query('SELECT 1 FROM image_spool')).toEqual([]);
  expect(stored()).toEqual([]);
});

test('while pictures cannot be judged, no more are begun than fail before that is known', async () => {
  world = await open();
  world.judge.always(faults.serverError(), 'picture');
  const asked = await Promise.all([1, 2, 3, 4, 5].map((place) => world.ask({ scene: `place ${place}` })));
  expect(asked.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
  await world.judge.arrived(5, 'pictures');
  // The last failure is known to us a moment before the service has counted it.
  const refused = await until(async () => {
    const reply = await world.ask({ scene: 'a mill' });
    return reply.status === 503 && reply;
  });
  expect(refused.body.code).toBe('moderation_unavailable');
  const { length } = await world.rows();
  expect((await world.ask({ scene: 'a moor' })).status).toBe(503);
  expect(await world.rows()).toHaveLength(length);
});

async function restart(): Promise<void> {
  const { forum } = world.service;
  const { double, judge } = world;
  const env = { ...replicateSettings(double), ...judge.settings, PICTURE_MODERATION: 'remote' };
  world.service = await startService({ forumFile: forum, env });
  world.elina = await world.service.as(ELINA);
}
