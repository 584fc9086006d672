// A tenth of what `npm run fuzz` sends to the real program, which nobody should send: it refuses each with a sentence, and goes on.
// FUZZ_REQUESTS and FUZZ_SEED choose how many and which; the seed of every run is printed.
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../support/forum-file.ts';
import {
  type Part,
  sendBodies,
  sendEndings,
  sendPaths,
  sendPictures,
  sendRawBytes,
  sendUrls,
  sendWebhooks,
  WHOLE,
} from './parts.ts';
import { RAW, rawFault } from './raw.ts';
import { webhookFault } from './webhooks.ts';
import { type FuzzWorld, openFuzzWorld } from './world.ts';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? WHOLE.bodies / 10);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

let world: FuzzWorld;
beforeAll(async () => {
  world = await openFuzzWorld();
});
afterAll(() => world?.[Symbol.asyncDispose]());

function expectGood({ faults, grownMb }: Part): void {
  expect(faults).toEqual([]);
  expect(grownMb).toBeLessThan(120);
  expect(world.program.child.exitCode).toBeNull();
}

test(`${REQUESTS} random requests (FUZZ_SEED=${SEED})`, { timeout: 240_000 }, async () => {
  const part = await sendBodies(world, REQUESTS, SEED);
  console.info(`FUZZ_SEED=${SEED}`, part);
  expectGood(part);
  // That all these were met shows that the requests get past the first guard and into the rooms behind it.
  const met = Object.keys(part.seen ?? {}).map(Number);
  if (REQUESTS >= 5000)
    expect(met).toEqual(expect.arrayContaining([200, 201, 202, 204, 400, 401, 403, 404, 409, 413, 415]));
});

test('random paths', async () => expectGood(await sendPaths(world, WHOLE.paths / 10, SEED)));

test('bent webhooks', async () => expectGood(await sendWebhooks(WHOLE.webhooks / 10, SEED)));

test('a webhook that is taken, bent as it is, is told from a refused one', () => {
  const request = { user: 'anonymous', method: 'POST', path: '/', headers: {}, body: undefined, whole: false } as const;
  const answer = { status: 200, headers: {}, text: '', ms: 1 };
  expect(webhookFault(request, answer)).toBe('a bent one was taken');
  expect(webhookFault({ ...request, whole: true }, { ...answer, status: 401 })).toBe('a whole one was refused');
});

test('random addresses', async () => expectGood(await sendUrls(WHOLE.urls, SEED)));

test('broken pictures', async () => expectGood(await sendPictures(WHOLE.pictures / 10, SEED)));

test.each(RAW)('raw bytes: %s', async (_name, bytes, then) => {
  expect(await rawFault(world.program.origin, world.wire, bytes, then)).toBeUndefined();
});

test('random raw bytes', async () => expectGood(await sendRawBytes(world, WHOLE.raw / 10, SEED)));

test('erasures and the kill switch, last', async () => {
  const part = await sendEndings(world, WHOLE.endings / 10, SEED);
  expectGood(part);
});

test('afterwards every credit is accounted for, and the database is sound', async () => {
  const db = new BetterSqlite3(world.forum.path, { readonly: true });
  await expect.poll(() => db.prepare(ERASURES).get()).toEqual({ running: 0 });
  const admin = await world.program.as(ADMIN);
  await admin.put('/image-admin/spending', { paused: false, reason: 'it is over' });
  await expect.poll(() => db.prepare(PICTURES).get()).toEqual({ running: 0 });
  const { code, stderr } = await world.program.end('SIGTERM');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const accounts = db.prepare(ACCOUNTS).all() as { balance: number; sum: number; held: number; heldSum: number }[];
  expect(accounts.length).toBeGreaterThan(0);
  for (const account of accounts) {
    expect(account).toMatchObject({ balance: account.sum, held: 0, heldSum: 0 });
    expect(account.balance).toBeGreaterThanOrEqual(0);
  }
  expect(db.prepare(UNRESOLVED).all()).toEqual([]);
  expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(db.pragma('foreign_key_check')).toEqual([]);
  db.close();
});

const ERASURES = 'select count(*) as running from image_erasures where finished_at is null';
const PICTURES = 'select count(*) as running from image_generations where finished_at is null';
const ACCOUNTS = `
  select account.balance, account.held, sum(entry.amount) as sum, sum(entry.held) as heldSum
  from image_credit_accounts account join image_credit_entries entry using (user_id) group by user_id`;
/** Generations whose hold was not resolved exactly once, or not as they ended. */
const UNRESOLVED = `
  select id, status from image_generations as g where 1 <> (
    select count(*) from image_credit_entries where generation_id = g.id
      and kind = case g.status when 'succeeded' then 'settle' else 'void' end)`;
