// Lists our pictures in a folder, in the order of their keys, and none of what else may be kept in it.
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasFolder, ignoring } from './folder.ts';
import { isGeneratedKey, PICTURES } from './keys.ts';
import type { ListedObject } from './storage.ts';

const PAGE = 1000;

export async function* listPictures(root: string): AsyncGenerator<ListedObject[]> {
  let page: ListedObject[] = [];
  for await (const key of keysBelow(root, PICTURES)) {
    const stats = await lstat(join(root, key)).catch(ignoring('ENOENT'));
    if (stats) page.push({ key, size: stats.size, lastModified: stats.mtimeMs });
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  yield page;
}

/** @param folder with a slash at its end */
async function* keysBelow(root: string, folder: string): AsyncGenerator<string> {
  if (!(await hasFolder(root, folder.slice(0, -1)))) return;
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(ignoring('ENOENT', []));
  const plain = entries.filter((entry) => entry.isFile() || entry.isDirectory());
  for (const name of plain.map(nameInKey).sort()) {
    const path = `${folder}${name}`;
    if (name.endsWith('/')) yield* keysBelow(root, path);
    else if (isGeneratedKey(path)) yield path;
  }
}

/** With the slash that the keys of what is in a folder go on with, so that names sort as those keys do. */
function nameInKey(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}
