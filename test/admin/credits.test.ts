// Credits by an admin's hand: given and taken with a reason, once for each key, never below what is free, and written down twice.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuditEntry, CreditEntry, UserCredits } from '../../src/contract.ts';
import { createHeldProvider, openStage, SCENE, type Stage } from '../http/stage.ts';
import { ADMIN, ELINA, GAME, VAINO } from '../support/forum-file.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage({ provider: createHeldProvider().provider, env: { CREDITS_PER_MONTH: '10' } });
});
afterEach(async () => {
  const wrong = stage.forum.all(`
    SELECT a.user_id FROM image_credit_accounts a LEFT JOIN image_credit_entries e USING (user_id)
    GROUP BY a.user_id HAVING a.balance <> sum(e.amount) OR a.held <> sum(e.held) OR a.balance < a.held`);
  expect(wrong).toEqual([]);
  await stage.close();
});

const pathOf = (user: number) => `/image-admin/users/${user}/credits`;
const adjust = (amount: number, reason = 'a prize', user = ELINA, headers = {}) =>
  stage.admin.post<UserCredits>(pathOf(user), { amount, reason }, headers);
const counts = () => ({
  entries: stage.forum.count('SELECT count(*) FROM image_credit_entries'),
  acts: stage.forum.count('SELECT count(*) FROM image_audit'),
});

test('a user is given credits beside the allowance, and both the ledger and the audit say why', async () => {
  const { status, body } = await adjust(5, 'won the story prize');
  expect(status).toBe(200);
  expect(body).toMatchObject({ user_id: ELINA, username: 'Elina', available: 15, held: 0, allowance: 10 });
  expect((await stage.elina.get('/image-credits')).body.available).toBe(15);
  const { body: entries } = await stage.elina.get<{ items: CreditEntry[] }>('/image-credits/entries');
  expect(entries.items[0]).toMatchObject({ kind: 'adjust', amount: 5, held: 0, reason: 'won the story prize' });
  const { body: audit } = await stage.admin.get<{ items: AuditEntry[] }>('/image-admin/audit');
  expect(audit.items).toMatchObject([
    { actor_id: ADMIN, action: 'credits.adjust', subject: `user:${ELINA}`, user_id: ELINA, details: { amount: 5 } },
  ]);
  expect(audit.items[0]?.reason).toBe('won the story prize');
});

test('credits are taken as far as they are free: what is held for a picture is not', async () => {
  expect((await stage.elina.post(`/games/${GAME}/images`, SCENE)).status).toBe(202);
  const before = counts();
  const { status, body } = await adjust(-10);
  expect([status, body]).toMatchObject([409, { code: 'conflict', error: expect.stringContaining('only 9 are free') }]);
  expect(counts()).toEqual(before);
  expect((await adjust(-9)).body).toMatchObject({ available: 0, held: 1 });
  expect((await stage.elina.post(`/games/${GAME}/images`, SCENE)).status).toBe(402);
  expect((await adjust(1)).status).toBe(200);
  expect((await stage.elina.post(`/games/${GAME}/images`, SCENE)).status).toBe(202);
});

test('the same key does it once, however often it is sent, and for that user and body alone', async () => {
  const key = { 'Idempotency-Key': 'prize-1' };
  const replies = await Promise.all(Array.from({ length: 10 }, () => adjust(5, 'a prize', ELINA, key)));
  expect(replies.map(({ status, body }) => [status, body.available])).toEqual(Array(10).fill([200, 15]));
  expect(stage.forum.count("SELECT count(*) FROM image_credit_entries WHERE kind = 'adjust'")).toBe(1);
  expect(await adjust(6, 'a prize', ELINA, key)).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  expect((await adjust(5, 'a prize', VAINO, key)).body.available).toBe(15);
  expect((await adjust(5)).body.available).toBe(20);
  expect(await adjust(5, 'a prize', ELINA, { 'Idempotency-Key': 'a b' })).toMatchObject({ status: 400 });
  expect(counts().acts).toBe(3);
});

test('a request that was refused keeps no key', async () => {
  const key = { 'Idempotency-Key': 'take-1' };
  expect((await adjust(-11, 'a mistake', ELINA, key)).status).toBe(409);
  await adjust(5);
  expect((await adjust(-11, 'a mistake', ELINA, key)).body.available).toBe(4);
});

test.each<[string, object, string]>([
  ['nothing', { amount: 0, reason: 'x' }, 'amount'],
  ['a part of a credit', { amount: 0.5, reason: 'x' }, 'amount'],
  ['more than a million', { amount: 1_000_001, reason: 'x' }, 'amount'],
  ['less than minus a million', { amount: -1_000_001, reason: 'x' }, 'amount'],
  ['a word', { amount: '5', reason: 'x' }, 'amount'],
  ['no reason', { amount: 5 }, 'reason'],
  ['an empty reason', { amount: 5, reason: ' ' }, 'reason'],
  ['a field too many', { amount: 5, reason: 'x', user_id: VAINO }, 'user_id'],
])('%s is refused by the name of its field', async (_, body, path) => {
  const reply = await stage.admin.post(pathOf(ELINA), body);
  expect(reply).toMatchObject({ status: 400, body: { details: [{ path }] } });
  expect(counts()).toEqual({ entries: 0, acts: 0 });
});

test('a user that is not there is 404, and for all but admins so is everybody', async () => {
  expect((await adjust(5, 'x', 999)).status).toBe(404);
  expect((await stage.admin.get(pathOf(999))).status).toBe(404);
  expect((await stage.admin.get(`${pathOf(999)}/entries`)).status).toBe(404);
  for (const role of ['elina', 'gm'] as const) {
    expect((await stage[role].post(pathOf(ELINA), { amount: 5, reason: 'x' })).status).toBe(404);
    expect((await stage[role].get(pathOf(ELINA))).status).toBe(404);
    expect((await stage[role].get(`${pathOf(ELINA)}/entries`)).status).toBe(404);
  }
  expect((await stage.anonymous.post(pathOf(ELINA), { amount: 5, reason: 'x' })).status).toBe(401);
  expect(counts()).toEqual({ entries: 0, acts: 0 });
});

test('an admin sees where the credits of a user went, page by page', async () => {
  await adjust(5);
  await stage.elina.post(`/games/${GAME}/images`, SCENE);
  expect((await stage.admin.get<UserCredits>(pathOf(ELINA))).body).toMatchObject({ available: 14, held: 1 });
  const own = await stage.elina.get<{ items: CreditEntry[] }>('/image-credits/entries');
  const first = await stage.admin.get(`${pathOf(ELINA)}/entries?limit=2`);
  const rest = await stage.admin.get(`${pathOf(ELINA)}/entries?limit=2&cursor=${first.body.next_cursor}`);
  expect([...first.body.items, ...rest.body.items]).toEqual(own.body.items);
  expect(own.body.items.map(({ kind }) => kind)).toEqual(['hold', 'adjust', 'grant']);
});

test('credits given beyond the allowance outlast the month', async () => {
  await adjust(5);
  await stage.forum.run("UPDATE image_credit_entries SET period = '2020-01' WHERE period IS NOT NULL");
  expect((await stage.elina.get('/image-credits')).body.available).toBe(15);
});
