// Keeps the pictures in a folder: whole or not at all, never outside that folder, and gone without a trace when deleted.
import { randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { link, lstat, open, readFile, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DiskConfig } from '../config.ts';
import { checkKey, checkObject } from './checks.ts';
import { hasCode, hasFolder, ignoring, makeFolder, readRegularFile, syncFolder } from './folder.ts';
import { type Storage, StorageError, type StoredObject } from './storage.ts';

interface Disk {
  root: string;
  hardLink: typeof link;
}

const PUBLIC_PATH = '/api/image-files';
const TEMPORARY = '.tmp';
/** A put lasts seconds; what is older was left by a crash, what is younger may belong to another process on the same folder. */
const STALE_AFTER_MS = 10 * 60_000;
/** How often a put begins anew when a delete prunes its folder between the making and the use. */
const PUBLISH_TRIES = 5;

/** `hardLink` is there to be replaced by a test that plays a file system without links. */
export function createDiskStorage(config: DiskConfig, { hardLink = link } = {}): Storage {
  const disk = { root: resolve(config.path), hardLink };
  const baseUrl = config.publicBaseUrl ?? PUBLIC_PATH;
  clearStale(join(disk.root, TEMPORARY));
  return {
    kind: 'disk',
    put: (key, object) => translated('store the picture', () => put(disk, key, object)),
    get: (key) => translated('read the picture', () => get(disk, key)),
    delete: (keys) => translated('delete the picture', () => removeAll(disk, keys)),
    publicUrl(key) {
      checkKey(key);
      return `${baseUrl}/${key}`;
    },
    check: () => translated('be written to and read from', () => check(disk)),
  };
}

async function put(disk: Disk, key: string, object: StoredObject): Promise<void> {
  checkKey(key);
  checkObject(object);
  const temporary = await writeTemporary(disk, object.bytes);
  try {
    await publish(disk, key, temporary, object.bytes, PUBLISH_TRIES);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function publish(disk: Disk, key: string, temporary: string, bytes: Buffer, tries: number): Promise<void> {
  try {
    await publishOnce(disk, key, temporary, bytes);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || tries <= 1) throw error;
    await publish(disk, key, temporary, bytes, tries - 1);
  }
}

async function publishOnce(disk: Disk, key: string, temporary: string, bytes: Buffer): Promise<void> {
  const folder = await makeFolder(disk.root, dirname(key));
  const path = join(disk.root, key);
  if (!(await moveInto(disk, temporary, path))) await refuseOtherBytes(path, bytes);
  await syncFolder(folder);
  const { size } = await lstat(path);
  if (size !== bytes.length) throw new StorageError('The disk store holds another size than was written.');
}

/** False when the name is taken. A link, unlike a rename, then fails: of two writers with different bytes only one can win. */
async function moveInto(disk: Disk, temporary: string, path: string): Promise<boolean> {
  try {
    await disk.hardLink(temporary, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    // FAT and some network shares have no links. There a look first is the best to be had.
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
    if (await isThere(path)) return false;
    await rename(temporary, path);
    return true;
  }
}

async function refuseOtherBytes(path: string, bytes: Buffer): Promise<void> {
  const present = await readRegularFile(path);
  if (!present.equals(bytes)) throw new StorageError('Another picture is already stored under this key.');
}

async function get(disk: Disk, key: string): Promise<StoredObject | undefined> {
  checkKey(key);
  if (!(await hasFolder(disk.root, dirname(key)))) return undefined;
  try {
    return { bytes: await readRegularFile(join(disk.root, key)), contentType: 'image/webp' };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function removeAll(disk: Disk, keys: string[]): Promise<void> {
  keys.forEach(checkKey);
  for (const key of keys) await remove(disk, key);
}

async function remove(disk: Disk, key: string): Promise<void> {
  const folder = dirname(key);
  if (!(await hasFolder(disk.root, folder))) return;
  await unlink(join(disk.root, key)).catch(ignoring('ENOENT'));
  await syncFolder(join(disk.root, folder)).catch(ignoring('ENOENT'));
  await prune(disk, folder);
}

/** Takes away the folders that became empty, from the inside out, and never the root itself. */
async function prune(disk: Disk, folder: string): Promise<void> {
  for (let at = folder; at !== '.'; at = dirname(at)) {
    try {
      await rmdir(join(disk.root, at));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) continue;
      if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return;
      throw error;
    }
  }
}

async function check(disk: Disk): Promise<void> {
  const probe = Buffer.from(randomUUID());
  const temporary = await writeTemporary(disk, probe);
  try {
    const back = await readFile(temporary);
    if (!back.equals(probe)) throw new StorageError('The disk store gives back other bytes than were written.');
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeTemporary(disk: Disk, bytes: Buffer): Promise<string> {
  const path = join(await makeFolder(disk.root, TEMPORARY), randomUUID());
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
    return path;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(() => true, ignoring('ENOENT', false));
}

/** Best effort: a folder that cannot be read is for check() and put() to report. */
function clearStale(folder: string): void {
  try {
    if (!lstatSync(folder).isDirectory()) return;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (Date.now() - lstatSync(path).mtimeMs > STALE_AFTER_MS) rmSync(path, { force: true });
    }
  } catch {
    // Most often there is no such folder yet.
  }
}

async function translated<T>(aim: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown fault';
    throw new StorageError(`The disk store could not ${aim} (${code}).`, { cause: error });
  }
}
