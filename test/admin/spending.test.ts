// The switch that stops all spending: at once, in every process, before any hold; what is paid is finished, what waits goes on later.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry, Generation, LoraTraining, SpendingState } from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { makeCharacter, makePicture, makeReference, openStage, SCENE, type Stage, until } from '../http/stage.ts';
import { ADMIN, createForumFile, ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';
import { replicateSettings, settingsFor, startProgram } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';

const SWITCH = '/image-admin/spending';
const drafts = `/games/${GAME}/images`;
const pause = (stage: Stage, reason = 'the card was stolen') =>
  stage.admin.put<SpendingState>(SWITCH, { paused: true, reason });
const resume = (stage: Stage) => stage.admin.put<SpendingState>(SWITCH, { paused: false, reason: 'all is well' });

describe('the door', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage({ env: { DAILY_BUDGET_USD: '2.5' } });
  });
  afterEach(() => stage.close());

  test('tells how it stands, who turned it and why', async () => {
    const before = (await stage.admin.get<SpendingState>(SWITCH)).body;
    expect(before).toMatchObject({ paused: false, since: null, by: null, reason: null });
    expect(before).toMatchObject({ spent_usd: 0, expected_usd: 0, budget_usd: 2.5 });
    expect(Date.parse(before.resets_at) % 86_400_000).toBe(0);
    const { status, body } = await pause(stage);
    expect(status).toBe(200);
    const by = { id: ADMIN, username: 'Ylläpito' };
    expect(body).toMatchObject({ paused: true, by, reason: 'the card was stolen', since: expect.any(String) });
    expect((await stage.admin.get(SWITCH)).body).toEqual(body);
    expect((await resume(stage)).body).toMatchObject({ paused: false, by, reason: 'all is well' });
  });

  test('writes each turn down, and nothing when there was none', async () => {
    await pause(stage);
    const { body } = await pause(stage, 'once more');
    expect(body.reason).toBe('the card was stolen');
    await resume(stage);
    const { body: audit } = await stage.admin.get<{ items: AuditEntry[] }>('/image-admin/audit');
    expect(audit.items.map(({ action, actor_id, reason }) => [action, actor_id, reason])).toEqual([
      ['spending.resume', ADMIN, 'all is well'],
      ['spending.pause', ADMIN, 'the card was stolen'],
    ]);
  });

  test('is not there for others, and takes nothing but an order with a reason', async () => {
    for (const role of ['elina', 'gm'] as const) {
      expect((await stage[role].get(SWITCH)).status).toBe(404);
      expect((await stage[role].put(SWITCH, { paused: true, reason: 'x' })).status).toBe(404);
    }
    expect((await stage.anonymous.put(SWITCH, { paused: true, reason: 'x' })).status).toBe(401);
    for (const body of [
      { paused: true },
      { paused: 'yes', reason: 'x' },
      { reason: 'x' },
      { paused: true, reason: '' },
    ]) {
      expect((await stage.admin.put(SWITCH, body)).status).toBe(400);
    }
    expect((await stage.admin.get(SWITCH)).body.paused).toBe(false);
  });

  test('refuses whatever would cost money, before anything is written or held, and lets the rest be', async () => {
    const { id } = await makeCharacter(stage.elina);
    const picture = await makePicture(stage.elina, ELINAS_POST);
    const draft = await stage.elina.finished((await stage.elina.post<Generation>(drafts, SCENE)).body);
    const counts = () => [
      stage.forum.count('SELECT count(*) FROM image_generations'),
      stage.forum.count('SELECT count(*) FROM image_lora_trainings'),
      stage.forum.count('SELECT count(*) FROM image_credit_entries'),
      stage.forum.count('SELECT count(*) FROM image_idempotency_keys'),
    ];
    const before = counts();
    await pause(stage);
    for (const ask of [
      () => stage.elina.post(drafts, SCENE, { 'Idempotency-Key': 'later' }),
      () => stage.elina.post(`/posts/${ELINAS_POST}/images`, SCENE),
      () => stage.elina.post(`/characters/${id}/reference-images`, { count: 2 }),
      () => stage.elina.post(`/post-images/${picture.id}/regenerate`, {}),
      () => stage.elina.post(`/characters/${id}/lora-trainings`, { generate_missing: true }),
    ]) {
      const { status, body, headers } = await ask();
      expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'provider_unavailable', '300']);
      expect(body.error).toContain('An admin has stopped');
    }
    expect(counts()).toEqual(before);
    expect((await stage.elina.get(`/posts/${ELINAS_POST}/images`)).body).toHaveLength(1);
    expect((await stage.elina.post(`/posts/${ELINAS_POST}/images`, { generation_id: draft.id })).status).toBe(201);
    await resume(stage);
    expect((await stage.elina.post(drafts, SCENE, { 'Idempotency-Key': 'later' })).status).toBe(202);
  });

  test('holds in another process that runs on the same file', async () => {
    const other = await startProgram(settingsFor(stage.service.forum));
    const elina = await other.as(ELINA);
    await pause(stage);
    expect((await elina.post(drafts, SCENE)).status).toBe(503);
    await resume(stage);
    expect((await elina.finished((await elina.post<Generation>(drafts, SCENE)).body)).status).toBe('succeeded');
    await other.end();
  });
});

describe('what is under way', () => {
  let double: ReplicateDouble;
  let stage: Stage;
  beforeEach(async () => {
    double = await ReplicateDouble.start({ latencyMs: 0 });
    double.holding = true;
    stage = await openStage({ env: { ...replicateSettings(double), MAX_IN_FLIGHT: '1' } });
  });
  afterEach(async () => {
    await stage.close();
    await double.close();
  });

  const statusOf = async ({ id }: Generation) => (await stage.elina.get<Generation>(`/generations/${id}`)).body.status;

  test('is finished; what waits is not sent, can be canceled, and goes on when spending is allowed again', async () => {
    const { body: paid } = await stage.elina.post<Generation>(drafts, SCENE);
    await double.arrived('create');
    const { body: waiting } = await stage.elina.post<Generation>(drafts, { ...SCENE, scene: 'a market' });
    const { body: unwanted } = await stage.elina.post<Generation>(drafts, { ...SCENE, scene: 'a tower' });
    await pause(stage);
    double.release();
    expect((await stage.elina.finished(paid)).status).toBe('succeeded');
    expect((await stage.elina.delete(`/generations/${unwanted.id}`)).body.status).toBe('canceled');
    // Longer than the worker ever sleeps: by now it would have been sent.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await statusOf(waiting)).toBe('queued');
    expect(double.bill).toHaveLength(1);
    double.holding = false;
    await resume(stage);
    expect((await stage.elina.finished(waiting)).status).toBe('succeeded');
    expect(double.bill).toHaveLength(2);
  });

  test('counts at its expected price until its own is known; so does what was canceled', async () => {
    const today = async () => (await stage.admin.get<SpendingState>(SWITCH)).body;
    const { body: first } = await stage.elina.post<Generation>(drafts, SCENE);
    const { expected_usd: dearest } = await today();
    expect(dearest).toBeCloseTo(14 * 0.000975, 10);
    await double.arrived('create');
    double.release();
    await stage.elina.finished(first);
    const cost = 3.804328 * 0.000975;
    expect(await today()).toMatchObject({ spent_usd: expect.closeTo(cost, 10), expected_usd: 0 });
    // What one has cost the next is expected to cost.
    const { body: second } = await stage.elina.post<Generation>(drafts, SCENE);
    expect((await today()).expected_usd).toBeCloseTo(cost, 10);
    await double.arrived('create', 2);
    double.place(double.bill[1]?.id ?? '', 'processing', 0.5);
    await until(async () => (await stage.elina.get<Generation>(`/generations/${second.id}`)).body.progress > 0);
    await stage.elina.delete(`/generations/${second.id}`);
    await until(async () => (await statusOf(second)) === 'canceled');
    const [row] = stage.forum.all('SELECT cost_usd, predict_seconds FROM image_generations WHERE id = ?', second.id);
    expect(row.cost_usd).toBeGreaterThan(0);
    expect(await today()).toMatchObject({ spent_usd: expect.closeTo(cost + row.cost_usd, 10), expected_usd: 0 });
  });
});

test('a picture that a worker has in hand already is not sent, either', async () => {
  const forumFile = createForumFile();
  const disk = createDiskStorage({ kind: 'disk', path: `${forumFile.folder}/images`, publicBaseUrl: undefined });
  const preview = createPreviewProvider({ durationMs: 1, pollIntervalMs: 10 });
  const reading = Promise.withResolvers<void>();
  let goOn = Promise.resolve();
  let sent = 0;
  const storage = {
    ...disk,
    get: async (key: string) => {
      reading.resolve();
      await goOn;
      return disk.get(key);
    },
  };
  const provider: Provider = {
    ...preview,
    submit: (...call) => {
      sent += 1;
      return preview.submit(...call);
    },
  };
  await using stage = await openStage({ forumFile, provider, storage });
  const { id } = await makeCharacter(stage.elina);
  await makeReference(stage.elina, id);
  expect(sent).toBe(1);
  const stopped = Promise.withResolvers<void>();
  goOn = stopped.promise;
  // Its reference is read from the storage after a worker has taken it, and before it is sent.
  const body = { mode: 'character', character_ids: [id], strategy: 'reference' };
  const { body: asked } = await stage.elina.post<Generation>(drafts, body);
  await reading.promise;
  await pause(stage);
  stopped.resolve();
  const letGo = "SELECT count(*) FROM image_generations WHERE status = 'queued' AND lease_owner IS NULL";
  await until(() => sent > 1 || stage.forum.count(letGo) === 1);
  expect(sent).toBe(1);
  await resume(stage);
  expect((await stage.elina.finished(asked)).status).toBe('succeeded');
  expect(sent).toBe(2);
});

test('a training that has its pictures together waits until spending is allowed again', async () => {
  const preview = createPreviewProvider({ durationMs: 1, pollIntervalMs: 10, trainingMs: 1 });
  const trainer = preview.trainer as NonNullable<typeof preview.trainer>;
  const packed = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  let sent = 0;
  const provider = {
    ...preview,
    trainer: {
      ...trainer,
      upload: async (archive: Buffer) => {
        packed.resolve();
        await stopped.promise;
        return trainer.upload(archive);
      },
      train: (...call: Parameters<typeof trainer.train>) => {
        sent += 1;
        return trainer.train(...call);
      },
    },
  };
  await using stage = await openStage({ provider });
  const { id } = await makeCharacter(stage.elina);
  const path = `/characters/${id}/lora-trainings`;
  const { body } = await stage.elina.post<LoraTraining>(path, { generate_missing: true });
  await packed.promise;
  await pause(stage);
  stopped.resolve();
  await until(() => stage.forum.count('SELECT count(*) FROM image_lora_trainings WHERE tries > 0') === 1);
  expect((await stage.elina.get<LoraTraining>(`${path}/${body.id}`)).body).toMatchObject({ status: 'preparing' });
  expect(sent).toBe(0);
  await resume(stage);
  await until(async () => (await stage.elina.get<LoraTraining>(`${path}/${body.id}`)).body.status === 'succeeded');
  expect(sent).toBe(1);
});
