// Limits on the provider's money: the day's budget with what is under way, and refusals by the safety filter, which only the operator pays.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Credits, Generation, LoraTraining } from '../../src/contract.ts';
import { billSince, usualCost } from '../../src/database/spending.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { finish, makeCharacter, openStage, SCENE, type Stage, until } from '../http/stage.ts';
import { GAME } from '../support/forum-file.ts';
import { openLedger } from './open-ledger.ts';

const drafts = `/games/${GAME}/images`;
const HOUR_MS = 3_600_000;

describe('a provider of a dollar a picture', () => {
  let stage: Stage;
  const preview = createPreviewProvider({ durationMs: 1, pollIntervalMs: 10 });
  const trainer = preview.trainer && { ...preview.trainer, usdPerSecond: 0.01 };
  const open = async (budget: string) => {
    stage = await openStage({
      provider: { ...preview, trainer, dearestUsd: () => 1 },
      env: { DAILY_BUDGET_USD: budget, WORKERS: 'off', MAX_QUEUED: '1000' },
    });
  };
  afterEach(() => stage.close());
  const credits = async () => (await stage.elina.get<Credits>('/image-credits')).body;

  test('takes on what fits into the day, and nothing that would go past it', async () => {
    await open('4.5');
    const { id } = await makeCharacter(stage.elina);
    for (let n = 0; n < 3; n++) expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
    const many = await stage.elina.post(`/characters/${id}/reference-images`, { count: 2 });
    expect([many.status, many.body.code]).toEqual([402, 'daily_budget_reached']);
    expect(many.body.error).toContain('not enough for this');
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
    expect((await stage.vaino.post(drafts, SCENE)).status).toBe(402);
    expect(await credits()).toMatchObject({ held: 4 });
  });

  test('a place that was given back is free for another', async () => {
    await open('1');
    const { body } = await stage.elina.post<Generation>(drafts, SCENE);
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(402);
    await stage.elina.delete(`/generations/${body.id}`);
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
  });

  test('what was lost after it had been sent counts on, as it may be billed; what was refused does not', async () => {
    await open('1');
    await stage.elina.post(drafts, SCENE);
    const ended = (fields: string) =>
      stage.forum.run(`UPDATE image_generations SET finished_at = ?, ${fields}`, new Date().toISOString());
    await ended("status = 'needs_review'");
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(402);
    await ended("status = 'failed', prediction_id = 'p'");
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(402);
    await ended("status = 'failed', prediction_id = NULL");
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
  });

  test('a budget of nothing lets nothing through', async () => {
    await open('0');
    const { status, headers } = await stage.elina.post(drafts, SCENE);
    expect(status).toBe(402);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
  });

  test('a training counts with the pictures that are made for it', async () => {
    // Twenty minutes at a cent a second are 12 dollars; ten pictures are ten.
    await open('21.9');
    const { id } = await makeCharacter(stage.elina);
    const train = () => stage.elina.post<LoraTraining>(`/characters/${id}/lora-trainings`, { generate_missing: true });
    const { status, body } = await train();
    expect([status, body]).toMatchObject([402, { code: 'daily_budget_reached' }]);
    expect(stage.forum.count('SELECT count(*) FROM image_generations')).toBe(0);
    await stage.close();
    await open('22');
    const again = await makeCharacter(stage.elina);
    expect((await stage.elina.post(`/characters/${again.id}/lora-trainings`, { generate_missing: true })).status).toBe(
      202,
    );
    expect((await stage.vaino.post(drafts, SCENE)).status).toBe(402);
    expect((await stage.admin.get('/image-admin/spending')).body).toMatchObject({ expected_usd: 22 });
  });
});

describe('pictures that the safety filter refuses', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage({ provider: createPreviewProvider({ durationMs: 1, pollIntervalMs: 10 }) });
  });
  afterEach(() => stage.close());

  const refused = async () => {
    const ended = await finish(stage.elina, drafts, { ...SCENE, scene: 'a tower __reject__' });
    expect(ended.error?.code).toBe('output_rejected');
  };

  test('are five in an hour; then the user waits until the first of them is an hour old', async () => {
    for (let n = 0; n < 5; n++) await refused();
    const before = stage.forum.count('SELECT count(*) FROM image_credit_entries');
    const { status, body, headers } = await stage.elina.post(drafts, SCENE);
    expect([status, body.code]).toEqual([429, 'rate_limited']);
    expect(body.error).toContain('5 of your pictures');
    const wait = Number(headers.get('retry-after'));
    expect(wait).toBeGreaterThan(3500);
    expect(wait).toBeLessThanOrEqual(3600);
    expect(stage.forum.count('SELECT count(*) FROM image_credit_entries')).toBe(before);
    expect((await stage.vaino.post(drafts, SCENE)).status).toBe(202);
    const { id } = await makeCharacter(stage.elina);
    const trained = await stage.elina.post(`/characters/${id}/lora-trainings`, { generate_missing: true });
    expect(trained.status).toBe(429);

    const [first] = stage.forum.all(
      "SELECT id FROM image_generations WHERE error_code = 'output_rejected' ORDER BY finished_at LIMIT 1",
    );
    const anHourAgo = new Date(Date.now() - HOUR_MS).toISOString();
    await stage.forum.run('UPDATE image_generations SET finished_at = ? WHERE id = ?', anHourAgo, first.id);
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
  });

  test('are not those that fail or are canceled for another reason', async () => {
    for (let n = 0; n < 6; n++) await finish(stage.elina, drafts, { ...SCENE, scene: 'a tower __fail__' });
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
  });
});

describe('what was canceled when it had cost something already', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage({
      env: { RATE_LIMIT_PER_MINUTE: '10', CREDITS_PER_MONTH: '1000', MAX_TRAININGS_PER_USER: '9' },
    });
  });
  afterEach(() => stage.close());

  const cancelAll = (table: string, usd: number) =>
    stage.forum.run(`UPDATE ${table} SET status = 'canceled', cost_usd = ?`, usd);

  test('are as many pictures in an hour as may be asked for in two minutes', async () => {
    const { id } = await makeCharacter(stage.elina);
    for (let n = 0; n < 5; n++) {
      const { body } = await stage.elina.post<Generation[]>(`/characters/${id}/reference-images`, { count: 4 });
      for (const generation of body) await stage.elina.finished(generation);
    }
    await cancelAll('image_generations', 0);
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
    await cancelAll('image_generations', 0.005);
    const { status, body, headers } = await stage.elina.post(drafts, SCENE);
    expect([status, body.code]).toEqual([429, 'rate_limited']);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(3600);
    expect((await stage.vaino.post(drafts, SCENE)).status).toBe(202);
  });

  test('are two trainings in a day, and pictures go on', async () => {
    const train = async () => {
      const path = `/characters/${(await makeCharacter(stage.elina)).id}/lora-trainings`;
      return { path, ...(await stage.elina.post<LoraTraining>(path, { generate_missing: true })) };
    };
    for (let n = 0; n < 2; n++) {
      const { path, body } = await train();
      await until(async () => (await stage.elina.get<LoraTraining>(`${path}/${body.id}`)).body.finished_at !== null);
    }
    await cancelAll('image_lora_trainings', 1.5);
    const { status, headers } = await train();
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(80_000);
    expect((await stage.elina.post(drafts, SCENE)).status).toBe(202);
  });
});

test('sums of the day and means of the last are read by indexes alone', async () => {
  await using opened = await openLedger(1);
  const asked: string[] = [];
  const prepare = opened.connection.prepare.bind(opened.connection);
  opened.connection.prepare = ((sql: string) => {
    asked.push(sql);
    return prepare(sql);
  }) as typeof prepare;
  await billSince(opened.db, new Date().toISOString());
  await usualCost(opened.db, 'm');
  for (const sql of asked) {
    const parameters = Array.from({ length: sql.split('?').length - 1 }, () => 1);
    const plan = opened.host.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
    const scans = plan
      .map(({ detail }) => detail)
      .filter((detail) => /^SCAN (?!CONSTANT|.*USING.*INDEX|\()/.test(detail));
    expect(scans).toEqual([]);
  }
  expect(asked).toHaveLength(2);
});
