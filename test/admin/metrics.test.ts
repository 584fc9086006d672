// The metrics: who may read them, that each figure is the one it says it is, that nothing in them tells of people, and what they cost.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Metrics } from '../../src/admin/metrics.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { ProviderError } from '../../src/providers/provider.ts';
import { OrphanWorld } from '../generation/orphans-world.ts';
import { createHeldProvider, finish, openStage, SCENE, type Stage, until } from '../http/stage.ts';
import { ADMIN, ELINAS_POST, GAME } from '../support/forum-file.ts';

const PATH = '/image-metrics';
const TOKEN = 'a-token-for-the-scraper';
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

let stage: Stage;
let refusing: boolean;
let held: ReturnType<typeof createHeldProvider>;

beforeEach(async () => {
  refusing = false;
  held = createHeldProvider();
  held.release();
  const { submit } = held.provider;
  const provider = {
    ...held.provider,
    submit: (...args: Parameters<typeof submit>) =>
      refusing ? Promise.reject(new ProviderError('refused', 'a secret of the inside')) : submit(...args),
  };
  stage = await openStage({ provider, env: { METRICS_TOKEN: TOKEN, DAILY_BUDGET_USD: '12.5' } });
});
afterEach(() => stage.close());

/** Without the check against the document, which is of JSON. */
const scrape = (token: string) => stage.service.anonymous.get<string>(PATH, { authorization: `Bearer ${token}` });

/** Of a figure with its labels, as it stands in the text. */
async function figure(name: string): Promise<number | undefined> {
  const { body } = await scrape(TOKEN);
  const line = body.split('\n').find((each) => each.startsWith(`forum_images_${name} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

test('are for the token and for admins, and for nobody else', async () => {
  const byToken = await scrape(TOKEN);
  expect(byToken.status).toBe(200);
  expect(byToken.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(byToken.headers.get('cache-control')).toBe('no-store');
  expect((await (await stage.service.as(ADMIN)).get(PATH)).status).toBe(200);
  for (const client of [stage.elina, stage.gm]) expect((await client.get(PATH)).status).toBe(404);
  for (const wrong of ['', TOKEN.slice(1), `${TOKEN}x`, 'null']) expect((await scrape(wrong)).status).toBe(401);
  expect((await stage.anonymous.get(PATH)).status).toBe(401);
  expect((await stage.anonymous.get(`${PATH}?token=${TOKEN}`)).status).toBe(401);
});

test('without a token in the settings a bearer of nothing opens nothing', async () => {
  await using plain = await openStage();
  for (const bearer of ['null', 'undefined', ' ']) {
    expect((await plain.service.anonymous.get(PATH, { authorization: `Bearer ${bearer}` })).status).toBe(401);
  }
  expect((await (await plain.service.as(ADMIN)).get(PATH)).status).toBe(200);
});

test('are told by a process that only makes pictures, too: it is the one that counts them', async () => {
  await using worker = await openStage({ env: { METRICS_TOKEN: TOKEN, WORKERS: 'only' } });
  const { status } = await worker.service.anonymous.get(PATH, { authorization: `Bearer ${TOKEN}` });
  expect(status).toBe(200);
});

test('count what happened: pictures, failures by code, calls to the provider, requests by route', async () => {
  await finish(stage.elina, `/posts/${ELINAS_POST}/images`, SCENE);
  refusing = true;
  await finish(stage.elina, `/games/${GAME}/images`, SCENE);
  expect(await figure('ended_total{outcome="succeeded"}')).toBe(1);
  expect(await figure('ended_total{outcome="provider_error"}')).toBe(1);
  expect(await figure('provider_calls_total{call="submit",outcome="ok"}')).toBe(1);
  expect(await figure('provider_calls_total{call="submit",outcome="refused"}')).toBe(1);
  expect(await figure('provider_calls_total{call="get",outcome="ok"}')).toBeGreaterThan(0);
  expect(await figure('provider_calls_total{call="download",outcome="ok"}')).toBe(1);
  expect(await figure('http_request_seconds_count{method="POST",route="/posts/:postId/images",status="202"}')).toBe(1);
  expect(await figure('generations{status="succeeded"}')).toBe(1);
  expect(await figure('generations{status="failed"}')).toBe(1);
  expect(await figure('generations{status="needs_review"}')).toBe(0);
  expect(await figure('budget_usd')).toBe(12.5);
});

test('tell of what is under way, held and spent, and of a picture that nobody was charged for', async () => {
  await stage.service.close();
  held = createHeldProvider();
  stage = await openStage({ provider: held.provider, env: { METRICS_TOKEN: TOKEN } });
  const { body } = await stage.elina.post(`/games/${GAME}/images`, SCENE);
  await until(async () => (await figure('generations{status="generating"}')) === 1);
  expect(await figure('holds_open')).toBe(1);
  expect(await figure('budget_usd')).toBeUndefined();
  const twoHoursAgo = new Date(Date.now() - 7_200_000).toISOString();
  await stage.forum.run('UPDATE image_generations SET created_at = ?', twoHoursAgo);
  await stage.forum.run("UPDATE image_credit_entries SET created_at = ? WHERE kind = 'hold'", twoHoursAgo);
  expect(await figure('oldest_unfinished_seconds')).toBeGreaterThan(7100);
  expect(await figure('holds_oldest_seconds')).toBeGreaterThan(7100);
  held.release();
  await stage.elina.finished(body);
  expect(await figure('holds_open')).toBe(0);
  expect(await figure('credits_held_without_work')).toBe(0);
  await stage.forum.run('UPDATE image_credit_accounts SET held = 3'); // as a void that was forgotten would leave it
  expect(await figure('credits_held_without_work')).toBe(3);
  expect(await figure('oldest_unfinished_seconds')).toBe(0);
  expect(await figure('unfetched_seconds_left')).toBe(3600);
  await stage.forum.run('UPDATE image_generations SET cost_usd = 0.25');
  expect(await figure('cost_usd_today{purpose="picture"}')).toBe(0.25);
  await stage.forum.run("UPDATE image_generations SET status = 'failed'");
  expect(await figure('cost_usd_today{purpose="lost_picture"}')).toBe(0.25);
  expect(await figure('cost_usd_today{purpose="picture"}')).toBe(0);
});

test('tell of paid pictures that nobody has fetched, finished ones that wait, sweeps, broken pictures and trainings', async () => {
  await using world = await OrphanWorld.open();
  const breaker = { remaining: () => 0 };
  const metrics = new Metrics({ db: world.opened.db, breaker, dailyBudgetUsd: null });
  const told = async (name: string) =>
    Number(
      (await metrics.text())
        .split('\n')
        .find((line) => line.startsWith(`forum_images_${name} `))
        ?.split(' ')
        .at(-1),
    );
  const submitted_at = new Date(Date.now() - 50 * 60_000).toISOString();
  const { id } = world.generation('storing', { changes: { submitted_at } });
  expect(await told('unfetched_seconds_left')).toBeGreaterThan(590);
  expect(await told('unfetched_seconds_left')).toBeLessThanOrEqual(600);
  world.insert('image_spool', {
    generation_id: id,
    image: Buffer.from('x'),
    thumbnail: Buffer.from('x'),
    width: 1,
    height: 1,
  });
  expect([await told('unfetched_seconds_left'), await told('spooled')]).toEqual([3600, 1]);
  expect(await told('sweep{figure="orphans"}')).toBeNaN();
  const { image } = world.picture();
  world.rename(image, 'elsewhere');
  world.orphan();
  await world.sweep({ dryRun: true });
  expect([await told('sweep{figure="orphans"}'), await told('sweep{figure="quarantined"}')]).toEqual([1, 0]);
  expect([await told('broken_files'), await told('breaker_open')]).toEqual([1, 0]);
  breaker.remaining = () => 5;
  expect(await told('breaker_open')).toBe(1);
  expect(await told('trainings{status="training"}')).toBe(0);
});

test('hold nothing of people and few series, whatever is asked', async () => {
  await finish(stage.elina, `/games/${GAME}/images`, { mode: 'scene', scene: 'a scarlet lighthouse' });
  for (let id = 1; id <= 30; id += 1) await stage.service.anonymous.get(`/generations/scarlet-${id}?scarlet=1`);
  await stage.service.anonymous.get('/IMAGE-docs/scarlet');
  await stage.service.anonymous.get('/image-docs/scarlet');
  const { body } = await scrape(TOKEN);
  expect(body).not.toMatch(/scarlet|Elina|inside|r8_|user_id/i);
  const ours = body.split('\n').filter((line) => line.startsWith('forum_images_'));
  expect(ours.length).toBeLessThan(250);
});

test('are named in the README as they are, and its alerts ask for figures that there are', async () => {
  refusing = true;
  await finish(stage.elina, `/games/${GAME}/images`, SCENE);
  const { body } = await scrape(TOKEN);
  const there = [...body.matchAll(/^# TYPE (forum_images_\w+) (\w+)$/gm)].map(([, name = '', type]) =>
    type === 'histogram' ? `${name}_count` : name,
  );
  const start = README.indexOf('## Metrics');
  const chapter = README.slice(start, README.indexOf('\n## ', start + 1));
  const [alerts = ''] = /```yaml\n.*?```/s.exec(chapter) ?? [];
  const asked = [...alerts.matchAll(/\b(forum_images_\w+)/g)].map(([name]) => name);
  expect(asked.length).toBeGreaterThan(8);
  expect(asked.filter((name) => !there.includes(name))).toEqual([]);
  const sweep = ['forum_images_sweep', 'forum_images_sweep_age_seconds']; // told after the first
  const table = [...chapter.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+(?=[{`,])/g) ?? []);
  const named = table.map((name) => `forum_images_${name}`);
  for (const name of [...there, ...sweep]) expect(named).toContain(name.replace(/_count$/, ''));
});

test('a look costs little beside a hundred thousand generations, and writes nothing', async () => {
  await using world = await OrphanWorld.open();
  const { connection, db } = world.opened;
  const recipe = JSON.stringify({ text: 'x'.repeat(2000) });
  connection.transaction(() => {
    const generation = connection.prepare(
      `INSERT INTO image_generations (id, kind, user_id, game_id, mode, character_ids, scene, alt_text, recipe, status, nonce,
       image_key, thumbnail_key, credits, run_at_ms, created_at, updated_at, finished_at, cost_usd)
       VALUES (@id, 'draft', @user, 1, 'scene', '[]', '', '', @recipe, 'succeeded', @id, @id, @id || 't', 1, 0, @at, @at, @at, 0.01)`,
    );
    const entry = connection.prepare(
      `INSERT INTO image_credit_entries (user_id, generation_id, kind, amount, held, created_at) VALUES (@user, @id, @kind, 0, 0, @at)`,
    );
    for (let count = 0; count < 100_000; count += 1) {
      const at = new Date(Date.now() - count * 60_000).toISOString();
      const row = { id: randomUUID(), user: count % 200, at, recipe };
      generation.run(row);
      for (const kind of ['hold', 'settle']) entry.run({ ...row, kind });
    }
    const account = connection.prepare('INSERT INTO image_credit_accounts VALUES (?, 100, ?)');
    for (let user = 0; user < 200; user += 1) account.run(user, user < 20 ? 1 : 0);
  })();
  const metrics = new Metrics({ db, breaker: { remaining: () => 0 }, dailyBudgetUsd: null });
  await metrics.text();
  const before = connection.prepare('SELECT total_changes() AS n').pluck().get();
  const began = performance.now();
  for (let time = 0; time < 10; time += 1) await metrics.text();
  console.log(`a look at the metrics beside 100,000 generations: ${((performance.now() - began) / 10).toFixed(1)} ms`);
  expect(connection.prepare('SELECT total_changes() AS n').pluck().get()).toBe(before);
});

test('the provider that is counted is whole: what it was made of is passed on', async () => {
  const preview = createPreviewProvider();
  await using plain = await openStage({ provider: preview });
  expect((await plain.elina.get('/image-readyz')).body.checks.provider).toBe('ok');
});
