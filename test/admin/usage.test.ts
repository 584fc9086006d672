// Usage as admins read it: every picture, credit and dollar of a time once, by user, game or day, and from no one else's eyes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Usage } from '../../src/contract.ts';
import { finish, makePicture, openStage, SCENE, type Stage } from '../http/stage.ts';
import { ELINA, ELINAS_POST, GAME, OTHER_GAME, VAINO } from '../support/forum-file.ts';
import { fillUsage } from './usage-rows.ts';

const USAGE = '/image-admin/usage';
const NOVEMBER = 'from=2025-11-01&to=2025-11-30';

describe('what is booked', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ env: { WORKERS: 'off' } });
    const { picture, training, writing } = fillUsage(stage.service.forum.path);
    picture({ user: ELINA, game: GAME, day: '2025-11-01T00:00:00.000Z', status: 'succeeded', usd: 0.25 });
    picture({ user: ELINA, game: GAME, day: '2025-11-02T12:00:00.000Z', status: 'failed', usd: 0.5 });
    picture({ user: ELINA, game: OTHER_GAME, day: '2025-11-02T13:00:00.000Z', status: 'canceled', usd: 0.125 });
    picture({ user: VAINO, game: GAME, day: '2025-11-30T23:59:59.999Z', status: 'needs_review', usd: null });
    picture({ user: VAINO, game: GAME, day: '2025-11-30T23:59:59.999Z', status: 'succeeded', usd: 2 });
    picture({ user: VAINO, game: GAME, day: '2025-12-01T00:00:00.000Z', status: 'succeeded', usd: 99 });
    picture({ user: VAINO, game: GAME, day: '2025-10-31T23:59:59.999Z', status: 'succeeded', usd: 99 });
    picture({ user: VAINO, game: GAME, day: null, status: 'queued', usd: null });
    picture({ user: 77, game: 88, day: '2025-11-03T00:00:00.000Z', status: 'succeeded', usd: 0 });
    training({ user: ELINA, game: GAME, day: '2025-11-02T00:00:00.000Z', status: 'succeeded', usd: 0.75 });
    training({ user: ELINA, game: GAME, day: '2025-11-02T00:00:00.000Z', status: 'failed', usd: 0.5 });
    writing({ user: VAINO, game: OTHER_GAME, day: '2025-11-02T00:00:00.000Z', usd: 0.0625 });
  });
  afterAll(() => stage.close());

  const read = async (query: string) => {
    const { status, body } = await stage.admin.get<Usage>(`${USAGE}?${query}`);
    expect(status).toBe(200);
    return body;
  };
  const none = { pictures: 0, failed: 0, canceled: 0, trainings: 0, credits: 0, cost_usd: 0 };
  const totals = { pictures: 3, failed: 2, canceled: 1, trainings: 1, credits: 53, cost_usd: 4.1875 };

  test('is summed up by user, the dearest first, with their names', async () => {
    const usage = await read(`${NOVEMBER}&by=user`);
    expect(usage).toMatchObject({ from: '2025-11-01T00:00:00.000Z', to: '2025-12-01T00:00:00.000Z', totals });
    expect(usage.items).toEqual([
      {
        key: ELINA,
        name: 'Elina',
        ...none,
        pictures: 1,
        failed: 1,
        canceled: 1,
        trainings: 1,
        credits: 51,
        cost_usd: 2.125,
      },
      { key: VAINO, name: 'Väinö', ...none, pictures: 1, failed: 1, credits: 1, cost_usd: 2.0625 },
      { key: 77, name: null, ...none, pictures: 1, credits: 1 },
    ]);
  });

  test('by game', async () => {
    const usage = await read(`${NOVEMBER}&by=game`);
    expect(usage.totals).toEqual(totals);
    expect(usage.items.map(({ key, name, cost_usd }) => [key, name, cost_usd])).toEqual([
      [GAME, 'Pohjan tähdet', 4],
      [OTHER_GAME, 'Toinen peli', 0.1875],
      [88, null, 0],
    ]);
  });

  test('by day, the newest first, which is what is told unasked', async () => {
    const usage = await read(NOVEMBER);
    expect(usage).toMatchObject({ totals });
    expect(usage.items.map(({ key, pictures, cost_usd }) => [key, pictures, cost_usd])).toEqual([
      ['2025-11-30', 1, 2],
      ['2025-11-03', 1, 0],
      ['2025-11-02', 0, 1.9375],
      ['2025-11-01', 1, 0.25],
    ]);
    expect(await read(`${NOVEMBER}&by=day`)).toEqual(usage);
  });

  test('a time may begin and end at any moment, in any zone', async () => {
    const usage = await read('from=2025-11-02T14:00:00%2B02:00&to=2025-11-02T13:00:00Z&by=user');
    expect(usage.items).toMatchObject([{ key: ELINA, failed: 1, canceled: 0, cost_usd: 0.5 }]);
    expect(usage.totals).toEqual({ ...none, failed: 1, cost_usd: 0.5 });
    expect((await read('from=2026-01-01&to=2026-01-31')).items).toEqual([]);
  });

  test('comes page by page, each with the totals of all', async () => {
    const first = await read(`${NOVEMBER}&by=user&limit=2`);
    const second = await read(`${NOVEMBER}&by=user&limit=2&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.items].map(({ key }) => key)).toEqual([ELINA, VAINO, 77]);
    expect([first.totals, second.totals, second.next_cursor]).toEqual([totals, totals, null]);
  });

  test.each<[string, string]>([
    ['from=2025-12-01&to=2025-11-30', 'from'],
    ['from=2999-01-01', 'from'],
    ['from=yesterday', 'from'],
    ['to=2025-02-30', 'to'],
    ['to=2025-11-30T12:00', 'to'],
    ['by=moon', 'by'],
    ['limit=0', 'limit'],
    ['cursor=x', 'cursor'],
    ['cursor=Wy0xXQ', 'cursor'],
  ])('%s is refused by the name of its field', async (query, path) => {
    expect(await stage.admin.get(`${USAGE}?${query}`)).toMatchObject({ status: 400, body: { details: [{ path }] } });
  });

  test('is not there for others', async () => {
    for (const role of ['elina', 'gm'] as const) expect((await stage[role].get(USAGE)).status).toBe(404);
    expect((await stage.anonymous.get(USAGE)).status).toBe(401);
  });
});

test('this month is what is told unasked, with what was made just now', async () => {
  await using stage = await openStage();
  await makePicture(stage.elina, ELINAS_POST);
  await finish(stage.elina, `/games/${GAME}/images`, { ...SCENE, scene: '__fail__' });
  const { body } = await stage.admin.get<Usage>(`${USAGE}?by=user`);
  expect(body.from).toMatch(/^\d{4}-\d\d-01T00:00:00\.000Z$/);
  expect(body.totals).toMatchObject({ pictures: 1, failed: 1, credits: 1 });
  const [settled] = stage.forum.all('SELECT -sum(amount) AS credits FROM image_credit_entries WHERE amount < 0');
  expect(settled.credits).toBe(body.totals.credits);
});
