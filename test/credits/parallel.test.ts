// Many requests at the same moment, over real sockets: as many pictures as there are credits, keys and dollars for, and no more.
import { afterEach, describe, expect, test } from 'vitest';
import type { Credits, Generation } from '../../src/contract.ts';
import { onFile } from '../database/program.ts';
import { createHeldProvider, openStage, SCENE, type Stage } from '../http/stage.ts';
import { Nursery } from '../reliability/mutants/plant.ts';
import { createForumFile, ELINA, type ForumFile, GAME, VAINO } from '../support/forum-file.ts';
import { type Program, replicateSettings, settingsFor, startProgram } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';

const drafts = `/games/${GAME}/images`;
const times = <T>(count: number, ask: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
const tally = (replies: { status: number }[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe('of one user', () => {
  let stage: Stage;
  const open = async (credits: number) => {
    const { provider } = createHeldProvider();
    const env = { CREDITS_PER_MONTH: String(credits), MAX_ACTIVE_PER_USER: '1000', MAX_QUEUED: '1000' };
    stage = await openStage({ provider, env });
  };
  afterEach(async () => {
    const wrong = stage.forum.all(`
      SELECT a.user_id FROM image_credit_accounts a LEFT JOIN image_credit_entries e USING (user_id)
      GROUP BY a.user_id HAVING a.balance <> sum(e.amount) OR a.held <> sum(e.held) OR a.balance < a.held`);
    expect(wrong).toEqual([]);
    await stage.close();
  });
  const holds = () => stage.forum.count("SELECT count(*) FROM image_credit_entries WHERE kind = 'hold'");

  test('200 with 10 credits: ten are accepted, and 190 know why not', async () => {
    await open(10);
    const replies = await times(200, () => stage.elina.post(drafts, SCENE));
    expect(tally(replies)).toEqual({ 202: 10, 402: 190 });
    const codes = new Set(replies.filter(({ status }) => status === 402).map(({ body }) => body.code));
    expect(codes).toEqual(new Set(['insufficient_credits']));
    expect(holds()).toBe(10);
    expect((await stage.elina.get<Credits>('/image-credits')).body).toMatchObject({ available: 0, held: 10 });
  });

  test('100 with one key: one generation, one hold, and the same answer to all', async () => {
    await open(10);
    const replies = await times(100, () => stage.elina.post<Generation>(drafts, SCENE, { 'Idempotency-Key': 'one' }));
    expect(tally(replies)).toEqual({ 202: 100 });
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
    expect([holds(), stage.forum.count('SELECT count(*) FROM image_generations')]).toEqual([1, 1]);
  });

  test('grants in the midst of it: in the end as many are held as were ever given', async () => {
    await open(10);
    const accepted = async (count: number) =>
      tally(await times(count, () => stage.elina.post(drafts, SCENE)))[202] ?? 0;
    const grants = times(5, () =>
      stage.admin.post(`/image-admin/users/${ELINA}/credits`, { amount: 2, reason: 'a prize' }),
    );
    const meanwhile = await accepted(60);
    expect(tally(await grants)).toEqual({ 200: 5 });
    expect(meanwhile).toBeGreaterThanOrEqual(10);
    expect(meanwhile + (await accepted(15))).toBe(20);
    expect((await stage.elina.get<Credits>('/image-credits')).body).toMatchObject({ available: 0, held: 20 });
  });
});

describe("of all users, for the last of the day's money", { timeout: 120_000 }, () => {
  const PROCESSES = 2;
  const EACH = 20;
  const ROOM_FOR = 5;
  /** What a picture by SDXL costs at most, in US dollars. */
  const DEAREST = 14 * 0.000975;

  /** @returns how many of all were accepted, by several processes on one file that all only answer */
  async function acceptedBy(script?: string): Promise<Record<number, number>> {
    const forum = createForumFile();
    const double = await ReplicateDouble.start();
    const programs: Program[] = [];
    try {
      const settings = settingsFor(forum, {
        ...replicateSettings(double),
        WORKERS: 'off',
        DAILY_BUDGET_USD: String(DEAREST * (ROOM_FOR + 0.5)),
      });
      const command = script ? [process.execPath, script] : undefined;
      programs.push(...(await Promise.all(Array.from({ length: PROCESSES }, () => startProgram(settings, command)))));
      return await askAll(programs, forum);
    } finally {
      await Promise.all(programs.map((program) => program.end('SIGKILL')));
      await double.close();
      forum.remove();
    }
  }

  async function askAll(programs: Program[], forum: ForumFile): Promise<Record<number, number>> {
    const clients = await Promise.all(programs.flatMap((program) => [ELINA, VAINO].map((id) => program.as(id))));
    const replies = (
      await Promise.all(clients.map((client) => times(EACH / 2, () => client.post(drafts, SCENE))))
    ).flat();
    const held = onFile(forum.path, (db) => db.prepare('SELECT sum(held) FROM image_credit_accounts').pluck().get());
    expect(held).toBe(tally(replies)[202]);
    const refused = replies.filter(({ status }) => status !== 202);
    for (const { body, headers } of refused) {
      expect(body.code).toBe('daily_budget_reached');
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    return tally(replies);
  }

  test(`${PROCESSES} processes accept together what there is room for`, async () => {
    expect(await acceptedBy()).toEqual({ 202: ROOM_FOR, 402: PROCESSES * EACH - ROOM_FOR });
  });

  test('they accept more where it is only looked before the commit', async () => {
    const nursery = new Nursery();
    try {
      const admitted = 'await this.#engine.spending.admit(trx, user_id, rows);';
      const script = nursery.plant([{ file: 'src/generation/request.ts', from: admitted, to: '' }]);
      expect((await acceptedBy(script))[202]).toBeGreaterThan(ROOM_FOR);
    } finally {
      nursery.remove();
    }
  });
});
