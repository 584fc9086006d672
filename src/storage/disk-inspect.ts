// Tries the folder of the disk storage as the service uses it, and what strangers get of it; all test files are deleted again.
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fault, fine, newProbe, tryDelete, tryHidden, tryPublicRead, tryWrites } from './bucket-check.ts';
import { QUARANTINE } from './keys.ts';
import type { Finding, Storage } from './storage.ts';

interface Place {
  root: string;
  /** Where browsers load pictures, without a slash at the end. */
  baseUrl: string;
}

type Files = Pick<Storage, 'put' | 'get' | 'delete' | 'quarantine' | 'restore'>;

const FORBIDDEN = 'what serves DISK_PATH must be allowed to read its files.';

export async function inspectFolder(files: Files, place: Place): Promise<Finding[]> {
  const [picture, hidden, foreign] = [newProbe(), newProbe(), newProbe()];
  const beside = `try-${randomBytes(16).toString('hex')}.txt`;
  const keys = [picture.key, hidden.key, foreign.key];
  const store = async () => {
    for (const { key, bytes } of [picture, hidden]) await files.put(key, { bytes, contentType: 'image/webp' });
    await files.quarantine(hidden.key);
    await writeFile(join(place.root, beside), hidden.bytes);
  };
  const written = await tried('write', 'The service can write to DISK_PATH.', store);
  const rest = written.ok ? await whatIsServed(files, place, { picture, hidden, foreign, beside }) : [];
  const deleted = await tried('delete', 'The service can delete.', () =>
    clear(files, place.root, { hidden, keys, beside }),
  );
  return [written, ...rest, deleted];
}

async function whatIsServed(
  files: Files,
  { root, baseUrl }: Place,
  probes: Record<'picture' | 'hidden' | 'foreign', ReturnType<typeof newProbe>> & { beside: string },
): Promise<Finding[]> {
  const { picture, hidden, foreign, beside } = probes;
  const url = `${baseUrl}/${picture.key}`;
  // Encoded, or fetch itself would resolve the dots.
  const outside = [beside, `games/..%2f${beside}`, `..%2f${encodeURIComponent(basename(root))}%2f${beside}`];
  const findings = await Promise.all([
    tried('read', 'The service can read DISK_PATH.', () => readBack(files, picture)),
    tryPublicRead(url, picture.bytes, FORBIDDEN),
    tryHidden(
      'quarantine_hidden',
      'what was taken out of sight, in quarantine/',
      [`${baseUrl}/${QUARANTINE}${hidden.key}`],
      hidden.bytes,
    ),
    tryHidden(
      'outside_hidden',
      'other files than pictures',
      outside.map((path) => `${baseUrl}/${path}`),
      hidden.bytes,
    ),
    tryWrites([`${baseUrl}/${foreign.key}`], foreign.bytes),
  ]);
  return [...findings, await tryDelete(url, async () => (await files.get(picture.key)) === undefined)];
}

async function readBack(files: Files, { key, bytes }: ReturnType<typeof newProbe>): Promise<void> {
  const found = await files.get(key);
  if (!found?.bytes.equals(bytes)) throw new Error('it gives back other bytes than were written');
}

/** From the quarantine by the way back, the only one that there is. */
async function clear(
  files: Files,
  root: string,
  { hidden, keys, beside }: { hidden: { key: string }; keys: string[]; beside: string },
): Promise<void> {
  await rm(join(root, beside), { force: true });
  await files.restore(hidden.key);
  await files.delete(keys);
}

async function tried(name: string, found: string, work: () => Promise<unknown>): Promise<Finding> {
  return work().then(
    () => fine(name, found),
    (error: unknown) =>
      fault(name, `DISK_PATH must be a folder that the service may read and write, with room left (${codeOf(error)}).`),
  );
}

function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return String(code ?? cause?.code ?? 'other bytes came back');
}
