// Guards against the database trap: two copies of the SQLite library in one process on one file do not see each
// other's locks and destroy the file. Only one library may hold the forum's database in any one process.
import { fstatSync, readdirSync, statSync } from 'node:fs';

/** Refusal to open a file that this process already holds by other means. */
export class DatabaseTrapError extends Error {
  constructor(path: string, how: string) {
    super(
      `Refusing to open ${path}: ${how}. Two SQLite libraries in one process do not see each other's locks and destroy the file. ` +
        'Either run the image service as its own process and mount forwardImages() in the forum, ' +
        "or hand over the forum's own better-sqlite3 handle: createApp({ database }).",
    );
    this.name = 'DatabaseTrapError';
  }
}

/** Descriptors of this process that are open on the file; null where the system does not show them. */
export function descriptorsOn(path: string): number[] | null {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file) return [];
  const open = listDescriptors();
  return open?.filter((descriptor) => isFile(descriptor, file.dev, file.ino)) ?? null;
}

function listDescriptors(): number[] | null {
  for (const folder of ['/proc/self/fd', '/dev/fd']) {
    try {
      return readdirSync(folder).map(Number);
    } catch {
      // This system keeps the list elsewhere, or shows none.
    }
  }
  return null;
}

function isFile(descriptor: number, dev: number, ino: number): boolean {
  try {
    // fstat only asks. Opening and closing the file here would drop SQLite's own locks on it.
    const stat = fstatSync(descriptor);
    return stat.dev === dev && stat.ino === ino;
  } catch {
    return false; // closed in the meantime: it was the listing's own descriptor
  }
}

/**
 * SQLite libraries loaded in this process beside our better-sqlite3, by name. A second copy of better-sqlite3, from
 * another node_modules, is as blind to ours as any other library.
 */
export function otherSqliteLibraries(): string[] {
  const libraries = sharedObjects().filter((file) => /sqlite|libsql|query[-_]engine/i.test(file));
  const ours = libraries.filter((file) => /better[-_]sqlite3/i.test(file));
  const loaded = libraries.filter((file) => ours.length > 1 || !ours.includes(file));
  if (builtinModules().some((name) => name.endsWith(' sqlite'))) loaded.push('node:sqlite');
  return loaded;
}

/** Node's own list of what it has loaded, e.g. "Internal Binding sqlite"; an undocumented but long-lived property. */
function builtinModules(): string[] {
  const list = (process as { moduleLoadList?: unknown }).moduleLoadList;
  return Array.isArray(list) ? list.map(String) : [];
}

function sharedObjects(): string[] {
  // Otherwise the report looks up the name of every peer; newer than its type.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.report.getReport();
  const objects = (report as { sharedObjects?: unknown }).sharedObjects;
  return Array.isArray(objects) ? objects.map(String) : [];
}

/**
 * Called before a file is opened by its path.
 * @throws DatabaseTrapError when anything else in this process holds it, or may hold it where descriptors are not shown
 */
export function assertNobodyElseHolds(path: string): void {
  const descriptors = descriptorsOn(path);
  if (descriptors && descriptors.length > 0) {
    throw new DatabaseTrapError(path, 'this process already has the file open');
  }
  if (descriptors === null) {
    const others = otherSqliteLibraries();
    if (others.length > 0) throw new DatabaseTrapError(path, `another SQLite library is loaded (${others.join(', ')})`);
  }
}

/**
 * Looks again later, for a host that opens its database after us.
 * @param own the descriptors that our connection had right after it was opened
 * @returns the error when another library has come to hold the file
 */
export function trapSince(path: string, own: readonly number[]): DatabaseTrapError | null {
  const strange = descriptorsOn(path)?.some((descriptor) => !own.includes(descriptor)) ?? false;
  if (!strange) return null;
  // A second connection of the same library is harmless, so only now is it worth asking what else is loaded.
  const others = otherSqliteLibraries();
  return others.length > 0 ? new DatabaseTrapError(path, `${others.join(', ')} has opened it too`) : null;
}
