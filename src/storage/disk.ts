// Keeps the pictures in a folder: whole or not at all, never outside that folder, and gone without a trace when deleted.
import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, lstatSync, readdirSync, rmSync } from 'node:fs';
import { copyFile, link, lstat, open, readFile, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DiskConfig } from '../config.ts';
import { checkAnyKey, checkGeneratedKey, checkKey, checkObject, checkWeightsKey } from './checks.ts';
import { inspectFolder } from './disk-inspect.ts';
import { listPictures } from './disk-list.ts';
import { hasCode, hasFolder, ignoring, makeFolder, readRegularFile, syncFolder } from './folder.ts';
import { placesOf, QUARANTINE } from './keys.ts';
import { type Storage, StorageError, type StoredObject, type Weights } from './storage.ts';

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
    putWeights: (key, path, weights) => translated('store the weights', () => putWeights(disk, key, path, weights)),
    hasWeights: (key, weights) => translated('read the weights', () => hasWeights(disk, key, weights)),
    readWeights: (key) => translated('read the weights', () => readWeights(disk, key)),
    delete: (keys) => translated('delete the picture', () => removeAll(disk, keys)),
    list: () => translatedPages('list the pictures', listPictures(disk.root)),
    quarantine: (key) => translated('move the picture', () => move(disk, key, { from: '', to: QUARANTINE })),
    restore: (key) => translated('move the picture', () => move(disk, key, { from: QUARANTINE, to: '' })),
    publicUrl(key) {
      checkAnyKey(key);
      return `${baseUrl}/${key}`;
    },
    check: () => translated('be written to and read from', () => check(disk)),
    inspect(origin) {
      return inspectFolder(this, { root: disk.root, baseUrl: URL.canParse(baseUrl) ? baseUrl : `${origin}${baseUrl}` });
    },
  };
}

async function put(disk: Disk, key: string, object: StoredObject): Promise<void> {
  checkKey(key);
  checkObject(object);
  await store(disk, key, object.bytes);
}

async function store(disk: Disk, key: string, bytes: Buffer): Promise<void> {
  const temporary = await writeTemporary(disk, bytes);
  try {
    const isSame = async (path: string) => (await readRegularFile(path)).equals(bytes);
    await publish(disk, key, { temporary, size: bytes.length, isSame }, PUBLISH_TRIES);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Written whole, and to get its name. */
interface Written {
  temporary: string;
  size: number;
  /** Whether what is under the name already is the same. */
  isSame(path: string): Promise<boolean>;
}

async function publish(disk: Disk, key: string, written: Written, tries: number): Promise<void> {
  try {
    await publishOnce(disk, key, written);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || tries <= 1) throw error;
    await publish(disk, key, written, tries - 1);
  }
}

async function publishOnce(disk: Disk, key: string, { temporary, size: wanted, isSame }: Written): Promise<void> {
  const folder = await makeFolder(disk.root, dirname(key));
  const path = join(disk.root, key);
  if (!(await moveInto(disk, temporary, path)) && !(await isSame(path))) {
    throw new StorageError('Another picture is already stored under this key.');
  }
  await syncFolder(folder);
  const { size } = await lstat(path);
  if (size !== wanted) throw new StorageError('The disk store holds another size than was written.');
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

async function putWeights(disk: Disk, key: string, path: string, { bytes, sha256 }: Weights): Promise<void> {
  checkWeightsKey(key);
  const temporary = join(await makeFolder(disk.root, TEMPORARY), randomUUID());
  try {
    await copyFile(path, temporary, constants.COPYFILE_EXCL);
    await syncFile(temporary);
    const isSame = async (present: string) => (await digestOf(present)) === sha256;
    await publish(disk, key, { temporary, size: bytes, isSame }, PUBLISH_TRIES);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function hasWeights(disk: Disk, key: string, { bytes, sha256 }: Weights): Promise<boolean> {
  const size = await sizeOfWeights(disk, key);
  return size === bytes && (await digestOf(join(disk.root, key))) === sha256;
}

async function readWeights(disk: Disk, key: string) {
  const bytes = await sizeOfWeights(disk, key);
  return bytes === undefined ? undefined : { bytes, content: createReadStream(join(disk.root, key)) };
}

async function sizeOfWeights(disk: Disk, key: string): Promise<number | undefined> {
  checkWeightsKey(key);
  if (!(await hasFolder(disk.root, dirname(key)))) return undefined;
  const stats = await lstat(join(disk.root, key)).catch(ignoring('ENOENT'));
  if (stats && !stats.isFile()) throw new StorageError('Something else is in the place of weights.');
  return stats?.size;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync().finally(() => file.close());
}

async function get(disk: Disk, key: string): Promise<StoredObject | undefined> {
  checkKey(key);
  const bytes = await read(disk, key);
  return bytes && { bytes, contentType: 'image/webp' };
}

async function read(disk: Disk, key: string): Promise<Buffer | undefined> {
  if (!(await hasFolder(disk.root, dirname(key)))) return undefined;
  return readRegularFile(join(disk.root, key)).catch(ignoring('ENOENT'));
}

async function removeAll(disk: Disk, keys: string[]): Promise<void> {
  keys.forEach(checkAnyKey);
  for (const key of keys.flatMap(placesOf)) await remove(disk, key);
}

async function remove(disk: Disk, key: string): Promise<void> {
  const folder = dirname(key);
  if (!(await hasFolder(disk.root, folder))) return;
  await unlink(join(disk.root, key)).catch(ignoring('ENOENT'));
  await syncFolder(join(disk.root, folder)).catch(ignoring('ENOENT'));
  await prune(disk, folder);
}

/** A copy rather than a rename: it never replaces what is there, and its age begins anew. */
async function move(disk: Disk, key: string, { from, to }: { from: string; to: string }): Promise<boolean> {
  checkGeneratedKey(key);
  const bytes = await read(disk, `${from}${key}`);
  if (!bytes) return false;
  await store(disk, `${to}${key}`, bytes);
  await remove(disk, `${from}${key}`);
  return true;
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

async function* translatedPages<T>(aim: string, pages: AsyncGenerator<T>): AsyncGenerator<T> {
  for (;;) {
    const { value, done } = await translated(aim, () => pages.next());
    if (done) return;
    yield value;
  }
}
