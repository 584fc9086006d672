// The disk store: the common contract, and what only a file system can do to it.
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { newPictureKeys } from '../../src/storage/keys.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { newKey, picture, storageContract } from '../contract/storage.contract.ts';

storageContract('disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'disk-storage-'));
  const root = join(folder, 'images');
  const plant = async (key: string) => {
    await mkdir(dirname(join(root, key)), { recursive: true });
    await writeFile(join(root, key), 'planted');
  };
  const keys = async () => {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)));
  };
  return { storage: open(root), plant, keys, close: () => rm(folder, { recursive: true }) };
});

// As on FAT: no two names for one file. Two writers at the same moment are what such a disk cannot keep apart.
describe('disk storage without hard links', () => {
  it('stores, repeats and refuses all the same', async () => {
    const path = await mkdtemp(join(tmpdir(), 'disk-storage-'));
    const hardLink = () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' }));
    const storage = createDiskStorage({ kind: 'disk', path, publicBaseUrl: undefined }, { hardLink });
    const [key, object] = [newKey(), picture()];
    await storage.put(key, object);
    await storage.put(key, object);
    await expect(storage.put(key, picture())).rejects.toThrow('Another picture');
    expect(await storage.get(key)).toEqual(object);
    await rm(path, { recursive: true });
  });
});

function open(path: string, publicBaseUrl?: string): Storage {
  return createDiskStorage({ kind: 'disk', path, publicBaseUrl });
}

describe('disk storage', () => {
  let folder: string;
  let root: string;
  let outside: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'disk-storage-'));
    root = join(folder, 'images');
    outside = join(folder, 'outside');
    await mkdir(outside);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes its folder only when there is something to keep', async () => {
    const storage = open(root);
    expect(await storage.get(newKey())).toBeUndefined();
    await storage.delete([newKey()]);
    await expect(access(root)).rejects.toThrow();
    await storage.put(newKey(), picture());
    await access(root);
  });

  it('writes the file where its key says', async () => {
    const key = newKey();
    const object = picture();
    await open(root).put(key, object);
    expect(await readFile(join(root, key))).toEqual(object.bytes);
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  });

  it('serves from the forum itself or from the given address', () => {
    const key = newKey();
    expect(open(root).publicUrl(key)).toBe(`/api/image-files/${key}`);
    expect(open(root, 'https://cdn.example/pictures').publicUrl(key)).toBe(`https://cdn.example/pictures/${key}`);
  });

  it('removes folders that became empty, and no others', async () => {
    const storage = open(root);
    const [first, second] = [1, 2].map((characterId) => newPictureKeys({ gameId: 5, characterId }).image);
    await storage.put(first as string, picture());
    await storage.put(second as string, picture());
    await storage.delete([first as string]);
    expect(await readdir(join(root, 'games/5/characters'))).toEqual(['2']);
    await storage.delete([second as string]);
    expect(await readdir(root)).toEqual(['.tmp']);
  });

  it('removes what a crash left behind, but not what another process is writing', async () => {
    await open(root).check();
    const [stale, fresh] = [join(root, '.tmp/stale'), join(root, '.tmp/fresh')];
    await writeFile(stale, 'half a pict');
    await writeFile(fresh, 'half a pict');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(stale, hourAgo, hourAgo);
    open(root);
    expect(await readdir(join(root, '.tmp'))).toEqual(['fresh']);
  });

  it('is not led out by a folder that is a link', async () => {
    const key = newKey();
    await mkdir(join(root, 'games'), { recursive: true });
    await symlink(outside, join(root, 'games/7'));
    await mkdir(join(outside, 'characters/12'), { recursive: true });
    await writeFile(join(outside, 'characters/12/secret.webp'), 'secret');
    const storage = open(root);
    await expect(storage.put(key, picture())).rejects.toThrow(StorageError);
    await expect(storage.get('games/7/characters/12/secret.webp')).rejects.toThrow(StorageError);
    await expect(storage.delete(['games/7/characters/12/secret.webp'])).rejects.toThrow(StorageError);
    expect(await readdir(join(outside, 'characters/12'))).toEqual(['secret.webp']);
  });

  it('is not led out by a picture that is a link', async () => {
    const key = newKey();
    const secret = join(outside, 'secret');
    await writeFile(secret, 'secret');
    await mkdir(dirname(join(root, key)), { recursive: true });
    await symlink(secret, join(root, key));
    const storage = open(root);
    await expect(storage.get(key)).rejects.toThrow(StorageError);
    await expect(storage.put(key, picture())).rejects.toThrow(StorageError);
    await storage.delete([key]);
    expect(await readFile(secret, 'utf8')).toBe('secret');
  });

  it('is not led out by a temporary folder that is a link', async () => {
    await mkdir(root);
    await symlink(outside, join(root, '.tmp'));
    const old = join(outside, 'old');
    await writeFile(old, 'keep me');
    await utimes(old, 0, 0);
    const storage = open(root);
    await expect(storage.put(newKey(), picture())).rejects.toThrow(StorageError);
    await expect(storage.check()).rejects.toThrow(StorageError);
    expect(await readdir(outside)).toEqual(['old']);
  });

  it('may itself be reached through a link', async () => {
    await symlink(outside, root);
    const key = newKey();
    const object = picture();
    await open(root).put(key, object);
    expect(await open(root).get(key)).toEqual(object);
  });

  it('takes many writers of the same bytes under one key', async () => {
    const key = newKey();
    const object = picture(300_000);
    await Promise.all(Array.from({ length: 20 }, () => open(root).put(key, object)));
    expect(await open(root).get(key)).toEqual(object);
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  });

  it('does not lose a picture to a delete that empties its folder at the same moment', async () => {
    const storage = open(root);
    for (let round = 0; round < 40; round++) {
      const [leaving, coming] = [newKey(), newKey()];
      await storage.put(leaving, picture(10));
      await Promise.all([storage.delete([leaving]), storage.put(coming, picture(10))]);
      expect(await storage.get(coming)).toBeDefined();
      await storage.delete([coming]);
    }
  });

  it('says in one sentence what is wrong with a folder that is none, and keeps the cause', async () => {
    await writeFile(root, 'a file');
    const storage = open(root);
    const error = await storage.check().catch((caught) => caught);
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toBe('The disk store could not be written to and read from (EEXIST).');
    expect(error.cause).toBeInstanceOf(Error);
  });

  // Root may write anywhere, whatever the mode says.
  it.skipIf(process.getuid?.() === 0)('says so when it may not write', async () => {
    await mkdir(root);
    await chmod(root, 0o500);
    await expect(open(root).check()).rejects.toThrow('EACCES');
  });
});
