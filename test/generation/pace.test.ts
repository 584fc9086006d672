// Requests to the provider: so many a second, so many under way, and looks that grow rarer the more there are to look at.
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import { FORUM_TABLES } from '../../src/database/forum-queries.ts';
import { migrate } from '../../src/database/migrate.ts';
import { type OpenDatabase, openBeside } from '../../src/database/open.ts';
import { Pace } from '../../src/generation/pace.ts';
import { createForumFile, ELINA, type ForumFile, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { providerFor } from '../support/replicate-setup.ts';
import { startService } from '../support/service.ts';

let forum: ForumFile;
let host: BetterSqlite3.Database;
let opened: OpenDatabase;
let double: ReplicateDouble;

beforeAll(async () => {
  double = await ReplicateDouble.start();
  forum = createForumFile();
  host = new BetterSqlite3(forum.path);
  opened = openBeside(host);
  await migrate(opened.connection, FORUM_TABLES);
});
beforeEach(() => host.exec('DELETE FROM image_generations'));
afterAll(async () => {
  vi.useRealTimers();
  await opened.db.destroy();
  host.close();
  forum.remove();
  await double.close();
});

const paceOf = (maxInFlight: number) =>
  new Pace({ db: opened.db, provider: providerFor(double, { pollIntervalMs: 2000 }), maxInFlight });

function underWay(count: number, status: 'queued' | 'submitting' | 'generating' | 'storing' = 'generating'): void {
  const row = host.prepare(
    `INSERT INTO image_generations (id, kind, user_id, game_id, mode, character_ids, scene, alt_text, recipe, status, nonce,
       image_key, thumbnail_key, credits, run_at_ms, created_at, updated_at)
     VALUES (@id, 'draft', 1, 1, 'scene', '[]', '', '', '{}', @status, @id, @id || 'i', @id || 't', 1, 0, '', '')`,
  );
  for (let n = 0; n < count; n++) row.run({ id: `${status} ${n}`, status });
}

test('eight are let go in a second, and then as many as that second is past', async () => {
  vi.useFakeTimers({ now: 0, toFake: ['Date'] });
  const pace = paceOf(300);
  expect(await pace.room(0)).toBe(8);
  pace.letGo(5);
  vi.setSystemTime(600);
  pace.letGo(3);
  expect(await pace.room(0)).toBe(0);
  vi.setSystemTime(1000);
  expect(await pace.room(0)).toBe(5);
  vi.setSystemTime(1600);
  expect(await pace.room(0)).toBe(8);
  vi.useRealTimers();
});

test('what the provider is at work on counts, and what is on its way there; what waits or is being stored does not', async () => {
  underWay(3, 'generating');
  underWay(1, 'submitting');
  underWay(50, 'queued');
  underWay(50, 'storing');
  expect(await paceOf(10).room(0)).toBe(6);
  expect(await paceOf(10).room(4)).toBe(2);
  expect(await paceOf(4).room(0)).toBe(0);
});

test.each([
  [65, 2000],
  [140, 4000],
  [300, 8571],
])(
  '%d running predictions are each asked about every %d ms, which is never more than 35 a second',
  async (count, ms) => {
    underWay(count);
    expect(Math.round(await paceOf(300).pollPauseMs(0))).toBe(ms);
  },
);

test('a look that finds nothing new changes nothing that anybody could see', async () => {
  await using service = await startService({ env: replicateSettings(double) });
  const before = double.count('get');
  double.holding = true;
  const elina = await service.as(ELINA);
  const { id } = (await elina.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'a bay' })).body as Generation;
  await double.arrived('get', before + 2);
  const seen = await elina.get<Generation>(`/generations/${id}`);
  await double.arrived('get', before + 5);
  expect((await elina.get<Generation>(`/generations/${id}`)).body).toEqual(seen.body);
  double.holding = false;
  double.release();
  await elina.finished({ id });
});

test('through the whole service: no more are under way than may be, and the rest have their turn', async () => {
  await using service = await startService({ env: { ...replicateSettings(double), MAX_IN_FLIGHT: '2' } });
  const earlier = double.bill.length;
  double.holding = true;
  const elina = await service.as(ELINA);
  const asked: Generation[] = [];
  for (let n = 0; n < 6; n++) {
    asked.push((await elina.post(`/games/${GAME}/images`, { mode: 'scene', scene: `bay ${n}` })).body);
  }
  await double.arrived('get', double.count('get') + 6); // looked at several times by now: whoever were to come would have come
  expect(double.bill).toHaveLength(earlier + 2);
  double.holding = false;
  double.release();
  for (const generation of asked) expect((await elina.finished(generation)).status).toBe('succeeded');
  expect(double.bill).toHaveLength(earlier + 6);
});

test.each([
  [16_000, 2000],
  [24_000, 3000],
  [300_000, 4000],
])('a prediction that has run for %i ms is left alone for %i ms', async (ageMs, ms) => {
  expect(await paceOf(300).pollPauseMs(ageMs)).toBe(ms);
});

test('one that a webhook tells of is asked about as seldom as before', async () => {
  const provider = providerFor(double, { pollIntervalMs: 20_000 });
  expect(await new Pace({ db: opened.db, provider, maxInFlight: 300 }).pollPauseMs(300_000)).toBe(20_000);
});
