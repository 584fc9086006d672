// A forum's database and a folder of objects, with rows and objects as a test wants them, for comparing the one with the other.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { migrate } from '../../src/database/migrate.ts';
import { type OpenDatabase, openPath } from '../../src/database/open.ts';
import { createForum } from '../../src/forum/forum.ts';
import type { OrphanReport } from '../../src/generation/orphan-report.ts';
import { OrphanSweep } from '../../src/generation/orphan-sweep.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { newPictureKeys } from '../../src/storage/keys.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createForumFile, ELINA, GAME } from '../support/forum-file.ts';

export const HOUR = 3_600_000;
/** Two weeks: far from any limit. */
export const OLD = 14 * 24;

export interface Keys {
  image: string;
  thumbnail: string;
}

export interface Picture extends Keys {
  fileId: number;
  generationId: string;
}

/** Made once: what is slow about a test database is making it. */
let template: Buffer | undefined;

async function migratedForum(): Promise<Buffer> {
  const forum = createForumFile();
  const { db, connection } = openPath(forum.path);
  await migrate(connection, createForum(db).tables);
  await db.destroy();
  const bytes = readFileSync(forum.path);
  forum.remove();
  return bytes;
}

export function plantAt(root: string, key: string, { age = OLD, bytes = Buffer.from('object') as Buffer } = {}): void {
  const path = join(root, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  const then = new Date(Date.now() - age * HOUR);
  utimesSync(path, then, then);
}

type Row = Record<string, string | number | Buffer | null>;

export class OrphanWorld implements AsyncDisposable {
  readonly folder: string;
  readonly opened: OpenDatabase;
  readonly root: string;
  readonly storage: Storage;
  readonly log: Record<string, unknown>[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.opened = openPath(join(folder, 'forum.db'));
    this.root = join(folder, 'images');
    this.storage = createDiskStorage({ kind: 'disk', path: this.root, publicBaseUrl: undefined });
  }

  static async open(): Promise<OrphanWorld> {
    template ??= await migratedForum();
    const folder = mkdtempSync(join(tmpdir(), 'orphans-'));
    writeFileSync(join(folder, 'forum.db'), template);
    return new OrphanWorld(folder);
  }

  /** An object of that age, in hours, whatever the rows say. */
  plant(key: string, options: { age?: number; bytes?: Buffer } = {}): string {
    plantAt(this.root, key, options);
    return key;
  }

  plantBoth({ image, thumbnail }: Keys): Keys {
    return { image: this.plant(image), thumbnail: this.plant(thumbnail) };
  }

  rename(from: string, to: string): true {
    mkdirSync(dirname(join(this.root, to)), { recursive: true });
    renameSync(join(this.root, from), join(this.root, to));
    return true;
  }

  orphan(options?: { age?: number }): string {
    return this.plant(newKeys().image, options);
  }

  orphans(count: number): string[] {
    return Array.from({ length: count }, () => this.orphan());
  }

  /** A file with both of its objects, as the row says. */
  picture({ changes = {} as Row, keys = newKeys() } = {}): Picture {
    const [image, thumbnail] = [randomBytes(80), randomBytes(40)];
    this.plant(keys.image, { bytes: image });
    this.plant(keys.thumbnail, { bytes: thumbnail });
    const generationId = randomUUID();
    const fileId = this.insert('image_files', {
      generation_id: generationId,
      image_key: keys.image,
      thumbnail_key: keys.thumbnail,
      width: 8,
      height: 8,
      image_bytes: image.length,
      thumbnail_bytes: thumbnail.length,
      image_sha256: createHash('sha256').update(image).digest('hex'),
      created_at: hoursAgo(OLD),
      ...changes,
    });
    return { ...keys, fileId, generationId };
  }

  /** Many at once: 2 objects each. */
  pictures(count: number): Picture[] {
    return this.opened.connection.transaction(() => Array.from({ length: count }, () => this.picture()))();
  }

  generation(status: string, { changes = {} as Row, keys = newKeys() } = {}): Keys & { id: string } {
    const id = randomUUID();
    const texts = { character_ids: '[]', scene: 'a bay', alt_text: 'a bay', recipe: '{}' };
    const times = { created_at: hoursAgo(OLD), updated_at: hoursAgo(OLD), run_at_ms: 0 };
    const place = { kind: 'draft', user_id: ELINA, game_id: GAME, mode: 'scene' };
    const own = { id, nonce: randomUUID(), image_key: keys.image, thumbnail_key: keys.thumbnail, status, credits: 1 };
    this.insert('image_generations', { ...own, ...place, ...texts, ...times, ...changes });
    return { ...keys, id };
  }

  insert(table: string, row: Row): number {
    const names = Object.keys(row);
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`;
    return Number(this.opened.connection.prepare(sql).run(row).lastInsertRowid);
  }

  sql<T = Row>(query: string, ...parameters: unknown[]): T[] {
    const statement = this.opened.connection.prepare(query);
    if (statement.reader) return statement.all(...parameters) as T[];
    statement.run(...parameters);
    return [];
  }

  sweeper(options: Partial<ConstructorParameters<typeof OrphanSweep>[0]> = {}): OrphanSweep {
    const sink = new Writable({
      write: (line: Buffer, _, done) => {
        this.log.push(JSON.parse(line.toString()));
        done();
      },
    });
    const { db } = this.opened;
    return new OrphanSweep({ db, storage: this.storage, log: pino(sink), mode: 'quarantine', ...options });
  }

  /** One that moves what it finds. */
  async sweep({ dryRun = false, ...options }: Parameters<OrphanWorld['sweeper']>[0] & { dryRun?: boolean } = {}) {
    const report = await this.sweeper(options).run({ dryRun });
    if (!report) throw new Error('another sweep is running');
    return report;
  }

  /** The keys of all objects that there are. */
  keys(): string[] {
    const entries = readdirSync(this.root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)))
      .sort();
  }

  has(key: string): boolean {
    return statSync(join(this.root, key), { throwIfNoEntry: false }) !== undefined;
  }

  /** Everything in the database but the sweeps themselves. */
  rows(): unknown {
    const names = this.sql<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'image_orphan_sweeps' AND name NOT LIKE 'sqlite_%'",
    );
    return names.map(({ name }) => [name, this.sql(`SELECT * FROM "${name}"`)]);
  }

  broken(): { id: number; broken_at: string | null; broken_reason: string | null }[] {
    return this.sql('SELECT id, broken_at, broken_reason FROM image_files WHERE broken_at IS NOT NULL ORDER BY id');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.opened.db.destroy();
    rmSync(this.folder, { recursive: true });
  }
}

export function newKeys(characterId: number | null = 1): Keys {
  return newPictureKeys({ gameId: GAME, characterId });
}

export function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * HOUR).toISOString();
}

/** The figures of a report, without its times and names. */
export function figures({ objects, orphans, limit, braked, quarantined, failures }: OrphanReport) {
  return { objects, orphans, limit, braked, quarantined, failures };
}
