// A picture that is paid outlives whatever happens to the storage, and a step that fails is taken up again.

import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Character, Credits, Generation } from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { sendRaw } from '../fuzz/wire.ts';
import { createForumFile, ELINA, type ForumFile, GAME, GM } from '../support/forum-file.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { replicateSettings } from '../support/program.ts';
import { faults, ReplicateDouble } from '../support/replicate-double.ts';
import { type Client, startService, type TestService, type TestServiceOptions, tokenOf } from '../support/service.ts';

let double: ReplicateDouble;
let forum: ForumFile;
let storage: FlakyStorage;
let service: TestService;
let elina: Client;
async function start(options: TestServiceOptions = {}): Promise<void> {
  service = await startService({ env: replicateSettings(double), forumFile: forum, storage, ...options });
  elina = await service.as(ELINA);
}
beforeEach(async () => {
  double = await ReplicateDouble.start();
  forum = createForumFile();
  storage = flaky(createDiskStorage({ kind: 'disk', path: `${forum.folder}/images`, publicBaseUrl: undefined }));
  await start();
});
afterEach(async () => {
  await service.close();
  await double.close();
});

type Act = 'put' | 'get' | 'delete';
interface FlakyStorage extends Storage {
  /** How often this act goes wrong from now on. */
  failing: Record<Act, number>;
  done: string[];
}

/** A storage that fails as often as it is told to, before the act or, for every second put, after it. */
function flaky(real: Storage): FlakyStorage {
  const failing: Record<Act, number> = { put: 0, get: 0, delete: 0 };
  const done: string[] = [];
  const act = async <T>(name: Act, work: () => Promise<T>): Promise<T> => {
    const fails = failing[name]-- > 0;
    if (fails && failing[name] % 2 === 0) throw new StorageError(`The picture store is away (http://10.0.0.1).`);
    const result = await work();
    if (fails) throw new StorageError('The picture store took it and gave no answer.');
    done.push(name);
    return result;
  };
  return {
    ...real,
    failing,
    done,
    put: (key, object) => act('put', () => real.put(key, object)),
    get: (key) => act('get', () => real.get(key)),
    delete: (keys) => act('delete', () => real.delete(keys)),
  };
}

async function ask(body: object = {}, user = elina): Promise<Generation> {
  return (await user.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: 'a bay', ...body })).body;
}

/** Runs a statement on the file of a service that is stopped: its own process must not open the file twice. */
function inDatabase(sql: string): unknown[] {
  const db = new BetterSqlite3(forum.path);
  try {
    const statement = db.prepare(sql);
    return statement.reader ? statement.all() : [statement.run()];
  } finally {
    db.close();
  }
}
const spooled = () => inDatabase('select generation_id from image_spool').length;
/** As if it had been sent so many hours ago. */
const age = (hours: number) =>
  inDatabase(
    `update image_generations set submitted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-${hours} hours'), run_at_ms = 0`,
  );
const credits = async () => (await elina.get<Credits>('/image-credits')).body;

async function until(what: string, reached: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!reached()) {
    if (Date.now() > deadline) throw new Error(`Waited too long until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A picture that was paid and fetched, and cannot be stored. */
async function askInVain(): Promise<Generation> {
  storage.failing.put = 1000;
  const generation = await ask();
  await until('storing has failed', () => storage.failing.put < 1000);
  return generation;
}

test('the finished bytes outlive the service, and the copy of the provider', async () => {
  const generation = await askInVain();
  expect(await credits()).toMatchObject({ available: 999, held: 1 });
  await service.stop();
  expect(spooled()).toBe(1);
  for (const { id } of double.bill) double.expire(id);
  age(2);
  storage.failing.put = 0;
  await start();
  expect(await elina.finished(generation)).toMatchObject({ status: 'succeeded' });
  expect({ paid: double.bill.length, downloads: double.count('download') }).toEqual({ paid: 1, downloads: 1 });
  await service.stop();
  expect(spooled()).toBe(0);
});

test('the reference cannot be read: waits before anything is paid, and goes on when it can', async () => {
  const character = await withReference();
  storage.failing.get = 2;
  const before = double.bill.length;
  const body = { mode: 'scene_with_character', character_ids: [character.id], strategy: 'reference' };
  const generation = await ask(body);
  expect(await elina.finished(generation)).toMatchObject({ status: 'succeeded' });
  expect(double.bill).toHaveLength(before + 1);
});

test('a lost answer is found though the reference was deleted meanwhile', async () => {
  const character = await withReference();
  double.next('create', faults.reset('after'));
  double.next('list', faults.serverError());
  const body = { mode: 'scene_with_character', character_ids: [character.id], strategy: 'reference' };
  const generation = await ask(body);
  await double.arrived('list');
  expect((await elina.delete(`/characters/${character.id}`)).status).toBe(204);
  expect(await elina.finished(generation)).toMatchObject({ status: 'succeeded' });
});

async function withReference(): Promise<Character> {
  const { body } = await elina.post(`/games/${GAME}/characters`, { name: 'Aino', base_description: 'red braid' });
  const candidate = await elina.finished((await elina.post(`/characters/${body.id}/reference-images`)).body);
  const accepted = { reference_image_id: candidate.reference_image_id };
  return (await elina.put(`/characters/${body.id}/reference-image`, accepted)).body;
}

test('a step that fails through a fault of our own is taken up again, however busy the others are', async () => {
  await service.stop();
  const preview = createPreviewProvider({ durationMs: 50, pollIntervalMs: 20 });
  const never = Promise.withResolvers<Buffer>();
  let failures = 0;
  const provider: Provider = {
    ...preview,
    // Keeps a step in hand for all the time.
    download: (prediction, request) =>
      request.prompt.includes('slow') ? never.promise : preview.download(prediction, request),
    get: async (id, request) => {
      if (request.prompt.includes('unlucky') && failures++ === 0) throw new TypeError('a fault of ours');
      return preview.get(id, request);
    },
  };
  await start({ env: {}, provider });
  await ask({ scene: 'slow' }, await service.as(GM));
  const unlucky = await ask({ scene: 'unlucky' });
  expect(await elina.finished(unlucky)).toMatchObject({ status: 'succeeded' });
  expect(failures).toBeGreaterThan(1);
  never.reject(new TypeError('the end of the test'));
});

test('a HEAD of the events of a picture in the making ends', async () => {
  double.holding = true;
  const path = `/api/generations/${(await ask()).id}`;
  const who = `Host: x\r\nCookie: token=${await tokenOf(ELINA)}\r\n`;
  // On one connection, the answer to the second request can only come once the first has ended.
  const both = `HEAD ${path}/events HTTP/1.1\r\n${who}\r\nGET ${path} HTTP/1.1\r\n${who}Connection: close\r\n\r\n`;
  const answers = await sendRaw(service.origin, both, { ms: 3000 });
  expect(answers.match(/^HTTP\/1\.1 200/gm)).toHaveLength(2);
});
