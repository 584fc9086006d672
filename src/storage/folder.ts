// Folders below a root that nothing, least of all a symbolic link, can lead out of.
import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { StorageError } from './storage.ts';

/**
 * Neither follow a link nor wait for the other end of a pipe. Windows knows no such flags; there the look at each part of
 * the path has to do.
 */
const READ_PLAIN = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Makes root/folder, part by part, because a recursive mkdir would follow a link that leads out of the root. */
export async function makeFolder(root: string, folder: string): Promise<string> {
  await mkdir(root, { recursive: true });
  for (const path of partsBelow(root, folder)) {
    await mkdir(path).then(() => syncFolder(dirname(path)), ignoring('EEXIST'));
    await refuseStranger(path);
  }
  await refuseEscape(root, folder);
  return join(root, folder);
}

/** Whether root/folder is there. @throws StorageError when a part of it is no folder, or a link to one */
export async function hasFolder(root: string, folder: string): Promise<boolean> {
  try {
    for (const path of partsBelow(root, folder)) await refuseStranger(path);
    await refuseEscape(root, folder);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** The bytes of a plain file. A link, a device or a pipe in its place is refused. */
export async function readRegularFile(path: string): Promise<Buffer> {
  const file = await open(path, READ_PLAIN);
  try {
    if (!(await file.stat()).isFile()) throw new StorageError('Something else is in the place of a picture.');
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Makes new or removed names survive a power cut. Windows has no way to ask for it. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** For `.catch`: an error of that code gives the value instead, any other is thrown on. */
export function ignoring<T = undefined>(code: string, value?: T): (error: unknown) => T {
  return (error) => {
    if (hasCode(error, code)) return value as T;
    throw error;
  };
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** The folders from just below the root down to the one named. */
function partsBelow(root: string, folder: string): string[] {
  const names = folder.split('/');
  return names.map((_, index) => join(root, ...names.slice(0, index + 1)));
}

async function refuseStranger(path: string): Promise<void> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) throw new StorageError('Something else is in the place of a folder of the disk store.');
}

/** The last word on containment: where the folder really is. The root itself may well be reached through a link. */
async function refuseEscape(root: string, folder: string): Promise<void> {
  const inside = relative(await realpath(root), await realpath(join(root, folder)));
  if (inside.split(sep).join('/') !== folder) throw new StorageError('A folder of the disk store leads out of it.');
}
