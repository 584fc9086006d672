// An erasure in the middle of a generation or a training, wherever that stands: no picture comes of it, and no trace stays.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Generation, LoraTraining } from '../../src/contract.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { until } from '../http/stage.ts';
import { ADMIN, type ForumFile, GAME, VAINO } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { faults, ReplicateDouble } from '../support/replicate-double.ts';
import { stateOf } from '../support/replicate-run.ts';
import { type Client, startService, type TestService } from '../support/service.ts';
import { drawSmall, erased, forumWithSubject, inFile, made, objectsBelow, SUBJECT, traces, WORD } from './world.ts';

let double: ReplicateDouble;
let forum: ForumFile;
let storage: Storage & { isAway: boolean };
let service: TestService;
let subject: Client;
let admin: Client;
beforeEach(async () => {
  double = await ReplicateDouble.start({ draw: drawSmall, latencyMs: 20 });
  forum = forumWithSubject();
  storage = leavable(createDiskStorage({ kind: 'disk', path: join(forum.folder, 'images'), publicBaseUrl: undefined }));
  const env = {
    ...replicateSettings(double),
    REPLICATE_TRAINING_DESTINATION: 'forum/characters',
    PUBLIC_URL: 'https://forum.example.test',
  };
  service = await startService({ forumFile: forum, storage, env });
  subject = await service.as(SUBJECT);
  admin = await service.as(ADMIN);
});
afterEach(async () => {
  await service.close();
  await double.close();
});

/** A storage that takes and gives nothing while it is away. */
function leavable(real: Storage): typeof storage {
  const own = { ...real, isAway: false };
  const unlessAway = <A extends unknown[]>(act: (...given: A) => Promise<void>) => {
    return async (...given: A) => {
      if (own.isAway) throw new StorageError('The picture store is away.');
      await act(...given);
    };
  };
  own.put = unlessAway(real.put);
  own.delete = unlessAway(real.delete);
  return own;
}

const ask = async () =>
  (await subject.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: `${WORD} at dawn` })).body;
const sql = (query: string) => inFile(forum.path, (db) => db.prepare(query).all() as Record<string, unknown>[]);
const reached = (status: string) => until(() => sql('SELECT status FROM image_generations')[0]?.status === status);
const erase = () => admin.post(`/image-admin/users/${SUBJECT}/erase`);

/** What every one of these comes to. */
async function nothingIsLeft(): Promise<void> {
  await erased(admin);
  expect(traces(forum.path)).toEqual([]);
  expect(objectsBelow(join(forum.folder, 'images'))).toEqual([]);
  expect(sql('SELECT * FROM image_spool')).toEqual([]);
  const held = sql(
    'SELECT sum(held) AS held, count(*) AS entries FROM image_credit_entries WHERE generation_id IS NOT NULL',
  );
  expect(held).toEqual([{ held: 0, entries: 2 }]);
  expect(sql("SELECT count(*) AS ends FROM image_credit_entries WHERE kind = 'void'")).toEqual([{ ends: 1 }]);
}

test('queued: it is never sent', async () => {
  double.next('create', faults.throttled({ seconds: 600, header: 'seconds' })); // puts it back into the queue
  await ask();
  await double.arrived('create', 1);
  await reached('queued');
  await erase();
  await nothingIsLeft();
  expect(double.bill).toHaveLength(0);
});

test('what somebody else has waiting with the character is never sent, not even while spending is stopped', async () => {
  const { body: character } = await subject.post(`/games/${GAME}/characters`, {
    name: WORD,
    base_description: `${WORD} robe`,
    usable_by: 'game',
  });
  const vaino = await service.as(VAINO);
  double.next('create', faults.throttled({ seconds: 600, header: 'seconds' }));
  const scene = { mode: 'scene_with_character', character_ids: [character.id], scene: 'at a mill' };
  const { body: waiting } = await vaino.post<Generation>(`/games/${GAME}/images`, scene);
  await double.arrived('create', 1);
  await reached('queued');
  await admin.put('/image-admin/spending', { paused: true, reason: 'the card was stolen' });
  await erase();
  await nothingIsLeft();
  expect((await vaino.get<Generation>(`/generations/${waiting.id}`)).body).toMatchObject({
    status: 'canceled',
    error: { code: 'canceled', message: 'Canceled. You were not charged.' },
    character_ids: [],
  });
  expect(double.bill).toHaveLength(0);
});

test('sent, and the answer lost: it is found, stopped at the provider, and its picture never fetched', async () => {
  double.holding = true;
  double.next('create', faults.reset('after'));
  await ask();
  await double.arrived('create', 1);
  await reached('submitting');
  await erase();
  await nothingIsLeft();
  expect(double.bill.map(({ id }) => stateOf(double.prediction(id)).status)).toEqual(['canceled']);
  expect(double.count('download')).toBe(0);
  expect(sql('SELECT user_id, prediction_id FROM image_generations')).toEqual([
    { user_id: 0, prediction_id: double.bill[0]?.id },
  ]);
});

test('generating: it is stopped at the provider, and what that cost stays in the books', async () => {
  double.holding = true;
  await ask();
  await reached('generating');
  double.place(double.bill[0]?.id ?? '', 'processing', 0.5);
  await erase();
  await nothingIsLeft();
  expect(double.count('download')).toBe(0);
  const [row] = sql('SELECT status, user_id, predict_seconds, scene, recipe FROM image_generations');
  expect(row).toMatchObject({ status: 'canceled', user_id: 0, scene: '', recipe: '{}' });
  expect(row?.predict_seconds).toBeGreaterThan(0);
});

test('downloaded, and the storage away: the bytes that wait are gone with it, once it is back', async () => {
  storage.isAway = true;
  await ask();
  await until(() => sql('SELECT 1 FROM image_spool').length === 1);
  await erase();
  await until(async () => (await subject.get('/image-erasure')).body.waiting_for === 'storage');
  expect((await admin.get(`/image-admin/users/${SUBJECT}/erasure`)).body.status).toBe('running');
  storage.isAway = false;
  await nothingIsLeft();
});

test('an upload whose end nobody has seen leaves no object', async () => {
  const put = storage.put;
  let puts = 0;
  storage.put = async (...object) => {
    await put(...object);
    if (++puts === 1) throw new StorageError('It was stored, and the answer got lost.');
    throw new StorageError('The picture store is away.');
  };
  await ask();
  await until(() => puts > 1);
  await erase();
  await nothingIsLeft();
});

test('a training that was sent is stopped at the provider; what it was made from is gone', async () => {
  const { body: character } = await subject.post(`/games/${GAME}/characters`, {
    name: WORD,
    base_description: `${WORD} robe`,
  });
  const path = `/characters/${character.id}/lora-trainings`;
  double.training.latencyMs = 600_000;
  const training = (await subject.post<LoraTraining>(path, { generate_missing: true })).body;
  await until(async () => (await subject.get(`${path}/${training.id}`)).body.status === 'training');
  await erase();
  expect((await erased(admin)).erased).toMatchObject({ trainings: 1, generations: 10, characters: 1 });
  expect(double.count('cancelTraining')).toBe(1);
  expect(traces(forum.path)).toEqual([]);
  expect(objectsBelow(join(forum.folder, 'images'))).toEqual([]);
  expect(sql('SELECT user_id, status FROM image_lora_trainings')).toEqual([{ user_id: 0, status: 'canceled' }]);
  expect(sql('SELECT sum(held) AS held FROM image_credit_entries')).toEqual([{ held: 0 }]);
});

test('a training that waits for its pictures is not begun, and they are not made', async () => {
  const { body: character } = await subject.post(`/games/${GAME}/characters`, {
    name: WORD,
    base_description: `${WORD} robe`,
  });
  await made(subject, `/characters/${character.id}/reference-images`, {});
  double.holding = true;
  const path = `/characters/${character.id}/lora-trainings`;
  const training = (await subject.post<LoraTraining>(path, { generate_missing: true })).body;
  expect(training.generation_ids).toHaveLength(10);
  await erase();
  const done = await erased(admin);
  expect(done.erased).toMatchObject({ trainings: 1, generations: 10, characters: 1 });
  expect(traces(forum.path)).toEqual([]);
  expect(objectsBelow(join(forum.folder, 'images'))).toEqual([]);
  expect(sql('SELECT sum(held) AS held FROM image_credit_entries')).toEqual([{ held: 0 }]);
});
