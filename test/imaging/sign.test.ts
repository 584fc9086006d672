// The host's signature: on both files or on none, made once for each picture, and no failure of it loses a picture or lets one out.
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import type { Signer } from '../../src/imaging/index.ts';
import { signPicture } from '../../src/imaging/index.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { SCENE, until } from '../http/stage.ts';
import { createForumFile, ELINA, type ForumFile, GAME } from '../support/forum-file.ts';
import { type Client, startService, type TestService } from '../support/service.ts';

const MARK = 'SIGNED ';

/** As a C2PA signer: the same picture with one chunk more, which is another one each time, for it holds the time. */
function createSigner(): Signer & { calls: string[]; failing: number } {
  const calls: string[] = [];
  return {
    calls,
    failing: 0,
    async sign(bytes, contentType) {
      calls.push(contentType);
      if (this.failing > 0) {
        this.failing -= 1;
        throw new Error('the time stamp service at https://tsa.example is away');
      }
      const chunk = Buffer.from(`C2PA    ${MARK}${String(calls.length).padStart(9, '0')}`);
      chunk.writeUInt32LE(chunk.length - 8, 4);
      const signed = Buffer.concat([bytes, chunk]);
      signed.writeUInt32LE(signed.length - 8, 4);
      return signed;
    },
  };
}

let forum: ForumFile;
let service: TestService;
let elina: Client;
let signer: ReturnType<typeof createSigner>;
let storage: Storage & { puts: Buffer[]; failing: (key: string) => boolean };

async function start(): Promise<void> {
  service = await startService({ forumFile: forum, storage, signer });
  elina = await service.as(ELINA);
}
beforeEach(async () => {
  forum = createForumFile();
  signer = createSigner();
  const disk = createDiskStorage({ kind: 'disk', path: `${forum.folder}/images`, publicBaseUrl: undefined });
  storage = {
    ...disk,
    puts: [],
    failing: () => false,
    async put(key, object) {
      if (this.failing(key)) throw new StorageError('The picture store is away.');
      await disk.put(key, object);
      this.puts.push(object.bytes);
    },
  };
  await start();
});
afterEach(() => service.close());

async function ask(): Promise<Generation> {
  return (await elina.post<Generation>(`/games/${GAME}/images`, SCENE)).body;
}

async function filesOf({ image_url, thumbnail_url }: Generation): Promise<Buffer[]> {
  const load = async (url: string | null) => Buffer.from(await (await fetch(`${service.origin}${url}`)).arrayBuffer());
  return Promise.all([image_url, thumbnail_url].map(load));
}

function inDatabase<T>(sql: string): T[] {
  const db = new BetterSqlite3(forum.path, { readonly: true });
  try {
    return db.prepare(sql).all() as T[];
  } finally {
    db.close();
  }
}

test('is on the picture and on the thumbnail as they are stored, and what the rows say is of the signed bytes', async () => {
  const generation = await elina.finished(await ask());
  expect(generation.status).toBe('succeeded');
  const files = await filesOf(generation);
  expect(files.map((file) => file.includes(MARK))).toEqual([true, true]);
  expect(signer.calls).toEqual(['image/webp', 'image/webp']);
  await service.stop();
  const [row] = inDatabase<{ image_bytes: number; thumbnail_bytes: number }>('SELECT * FROM image_files');
  expect([row?.image_bytes, row?.thumbnail_bytes]).toEqual(files.map(({ length }) => length));
  expect(inDatabase('SELECT 1 FROM image_spool')).toEqual([]);
});

test('while it fails the picture waits, is not paid again, and nothing unsigned is stored', async () => {
  signer.failing = 2;
  const asked = await ask();
  await until(() => signer.calls.length >= 1);
  expect(storage.puts).toEqual([]);
  const generation = await elina.finished(asked);
  expect(generation).toMatchObject({ status: 'succeeded', cost: { charged: true } });
  expect(storage.puts.every((bytes) => bytes.includes(MARK))).toBe(true);
  expect((await filesOf(generation)).every((file) => file.includes(MARK))).toBe(true);
});

test('is made once: after a fault of the storage and a restart the very same bytes are stored', async () => {
  storage.failing = (key) => !key.endsWith('_thumb.webp');
  const asked = await ask();
  await until(() => storage.puts.length >= 1);
  await service.stop();
  const [spooled] = inDatabase<{ signed: number; thumbnail: Buffer }>('SELECT * FROM image_spool');
  expect(spooled?.signed).toBe(1);
  expect(spooled?.thumbnail.equals(storage.puts[0] as Buffer)).toBe(true);
  storage.failing = () => false;
  await start();
  expect(await elina.finished(asked)).toMatchObject({ status: 'succeeded' });
  expect(signer.calls).toHaveLength(2);
});

describe('what is no signed picture is refused', () => {
  const picture = Buffer.from('RIFF\x04\x00\x00\x00WEBP', 'latin1');
  test.each<[string, () => Promise<unknown>]>([
    ['nothing', async () => undefined],
    ['an empty file', async () => Buffer.alloc(0)],
    ['a page', async () => Buffer.from('<html>Please log in</html>')],
    ['a string', async () => picture.toString('latin1')],
    ['far too much', async () => Buffer.concat([picture, Buffer.alloc(3_000_000)])],
    ['an error', () => Promise.reject(new Error('inside'))],
    [
      'an error at once',
      () => {
        throw new Error('inside');
      },
    ],
  ])('%s', async (_what, sign) => {
    await expect(signPicture({ sign } as Signer, picture)).rejects.toThrow(
      /^The (picture could not be signed|signer gave back)/,
    );
  });

  test('and the bytes that it was given are its own: what it does to them changes nothing', async () => {
    const before = Buffer.from(picture);
    const sign = async (bytes: Buffer) => bytes.fill(0);
    await expect(signPicture({ sign }, picture)).rejects.toThrow();
    expect(picture.equals(before)).toBe(true);
  });
});
