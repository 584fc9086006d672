// Credits through the life of a picture: held when asked for, charged with the picture, given back at every other ending.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CreditEntry, Credits, Generation } from '../../src/contract.ts';
import { createHeldProvider, finish, makeCharacter, openStage, SCENE, type Stage } from '../http/stage.ts';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';

const drafts = `/games/${GAME}/images`;

async function creditsOf(stage: Stage, who = stage.elina): Promise<Credits> {
  return (await who.get<Credits>('/image-credits')).body;
}

/** What the accounts say must be what the entries add up to. */
function expectSoundBooks(stage: Stage): void {
  const wrong = stage.forum.all(`
    SELECT a.user_id FROM image_credit_accounts a LEFT JOIN image_credit_entries e USING (user_id)
    GROUP BY a.user_id HAVING a.balance <> sum(e.amount) OR a.held <> sum(e.held) OR a.balance < a.held`);
  expect(wrong).toEqual([]);
}

describe('with ten credits', () => {
  let stage: Stage;
  let held: ReturnType<typeof createHeldProvider>;
  beforeEach(async () => {
    held = createHeldProvider();
    stage = await openStage({ provider: held.provider, env: { CREDITS_PER_MONTH: '10' } });
  });
  afterEach(async () => {
    expectSoundBooks(stage);
    await stage.close();
  });

  test('everybody begins with the allowance and knows the prices', async () => {
    const credits = await creditsOf(stage);
    expect(credits).toMatchObject({ user_id: ELINA, available: 10, held: 0, allowance: 10 });
    expect(credits.prices).toEqual({ reference: 1, post: 1, draft: 1, training: 50 });
    const resets = new Date(credits.resets_at);
    expect([resets.getUTCDate(), resets.getUTCHours()]).toEqual([1, 0]);
    expect(resets.getTime() - Date.now()).toBeGreaterThan(0);
    expect(resets.getTime() - Date.now()).toBeLessThanOrEqual(31 * 86_400_000);
  });

  test('a picture is held, then charged', async () => {
    const { body } = await stage.elina.post<Generation>(drafts, SCENE);
    expect(await creditsOf(stage)).toMatchObject({ available: 9, held: 1 });
    held.release();
    expect((await stage.elina.finished(body)).cost).toEqual({ credits: 1, charged: true });
    expect(await creditsOf(stage)).toMatchObject({ available: 9, held: 0 });
    expect(await creditsOf(stage, stage.vaino)).toMatchObject({ available: 10, held: 0 });
  });

  test.each([
    ['__fail__', 'provider_error'],
    ['__reject__', 'output_rejected'],
  ])('a picture that ends by %s costs nothing and says so', async (word, code) => {
    held.release();
    const ended = await finish(stage.elina, `/posts/${ELINAS_POST}/images`, { ...SCENE, scene: `a tower ${word}` });
    expect(ended).toMatchObject({ status: 'failed', error: { code }, cost: { charged: false }, image_url: null });
    expect(ended.error?.message).toContain('You were not charged');
    expect(await creditsOf(stage)).toMatchObject({ available: 10, held: 0 });
    expect((await stage.elina.get(`/posts/${ELINAS_POST}/images`)).body).toEqual([]);
  });

  test('exactly ten of thirty at once are accepted, and the others know why', async () => {
    const replies = await Promise.all(Array.from({ length: 30 }, () => stage.elina.post(drafts, SCENE)));
    const statuses = replies.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([...Array(10).fill(202), ...Array(20).fill(402)]);
    const refused = replies.find(({ status }) => status === 402);
    expect(refused?.body).toMatchObject({ code: 'insufficient_credits' });
    expect(await creditsOf(stage)).toMatchObject({ available: 0, held: 10 });
    expect(stage.forum.count('SELECT count(*) FROM image_generations')).toBe(10);
  });

  test('several candidates are accepted together or not at all', async () => {
    const { id } = await makeCharacter(stage.elina);
    const ask = (count: number) => stage.elina.post(`/characters/${id}/reference-images`, { count });
    expect((await ask(4)).status).toBe(202);
    expect((await ask(4)).status).toBe(202);
    expect((await ask(4)).status).toBe(402);
    expect(await creditsOf(stage)).toMatchObject({ available: 2, held: 8 });
    expect((await ask(2)).status).toBe(202);
  });

  test('what was given back can be spent again', async () => {
    const asked = await Promise.all(Array.from({ length: 10 }, () => stage.elina.post<Generation>(drafts, SCENE)));
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(402);
    await stage.elina.delete(`/generations/${asked[0]?.body.id}`);
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
  });

  test('attaching a draft is free', async () => {
    held.release();
    const { id } = await finish(stage.elina, drafts, SCENE);
    await stage.elina.post(`/posts/${ELINAS_POST}/images`, { generation_id: id });
    expect(await creditsOf(stage)).toMatchObject({ available: 9, held: 0 });
  });

  test('the entries tell it all, newest first and page by page, to nobody else', async () => {
    held.release();
    await finish(stage.elina, drafts, SCENE);
    await finish(stage.elina, drafts, { ...SCENE, scene: '__fail__' });
    const { body } = await stage.elina.get<{ items: CreditEntry[] }>('/image-credits/entries');
    expect(body.items.map(({ kind, amount, held: moved }) => [kind, amount, moved])).toEqual([
      ['void', 0, -1],
      ['hold', 0, 1],
      ['settle', -1, -1],
      ['hold', 0, 1],
      ['grant', 10, 0],
    ]);
    const first = await stage.elina.get('/image-credits/entries?limit=3');
    const second = await stage.elina.get(`/image-credits/entries?limit=3&cursor=${first.body.next_cursor}`);
    expect([...first.body.items, ...second.body.items]).toEqual(body.items);
    expect(second.body.next_cursor).toBeNull();
    expect((await stage.elina.get('/image-credits/entries?cursor=x')).status).toBe(400);
    expect((await stage.vaino.get('/image-credits/entries')).body.items).toEqual([]);
  });
});

test('a new month tops up to the allowance, once', async () => {
  await using stage = await openStage({ env: { CREDITS_PER_MONTH: '5' } });
  await finish(stage.elina, drafts, SCENE);
  expect(await creditsOf(stage)).toMatchObject({ available: 4 });
  await stage.forum.run("UPDATE image_credit_entries SET period = '2020-01' WHERE period IS NOT NULL");
  const seen = await Promise.all(Array.from({ length: 5 }, () => creditsOf(stage)));
  expect(new Set(seen.map(({ available }) => available))).toEqual(new Set([5]));
  expectSoundBooks(stage);
});

test("a day's money that is spent stops new pictures", async () => {
  await using stage = await openStage({ env: { DAILY_BUDGET_USD: '0.5' } });
  expect((await finish(stage.elina, drafts, SCENE)).status).toBe('succeeded');
  await stage.forum.run('UPDATE image_generations SET cost_usd = 0.5');
  const { status, body } = await stage.elina.post(drafts, SCENE);
  expect([status, body.code]).toEqual([402, 'daily_budget_reached']);
  expect(await creditsOf(stage)).toMatchObject({ held: 0 });
  await stage.forum.run("UPDATE image_generations SET finished_at = '2020-01-01T00:00:00.000Z'");
  expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
});
