// What the auditor looks at: the rows of the database, the objects in the storage, and what those outside have written down: the
// provider's bill, the clients' requests, the webhooks, who was asked for pictures. It reads, and trusts no one.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import BetterSqlite3 from 'better-sqlite3';

export interface GenerationRow {
  id: string;
  kind: string;
  user_id: number;
  recipe: string;
  status: string;
  nonce: string;
  image_key: string;
  thumbnail_key: string;
  submitted_at: string | null;
  prediction_id: string | null;
  file_id: number | null;
  post_image_id: number | null;
  reference_image_id: number | null;
  credits: number;
  error_code: string | null;
  lease_owner: string | null;
  post_id: number | null;
  character_ids: string;
  cost_usd: number | null;
  created_at: string;
  finished_at: string | null;
}
export interface EntryRow {
  id: number;
  user_id: number;
  generation_id: string | null;
  kind: string;
  amount: number;
  held: number;
}
export interface FileRow {
  id: number;
  generation_id: string;
  image_key: string;
  thumbnail_key: string;
  width: number;
  height: number;
  image_bytes: number;
  thumbnail_bytes: number;
  image_sha256: string;
  deleted_at: string | null;
}

export interface Rows {
  generations: GenerationRow[];
  entries: EntryRow[];
  accounts: { user_id: number; balance: number; held: number }[];
  files: FileRow[];
  details: { post_image_id: number; generation_id: string; file_id: number }[];
  references: { id: number; generation_id: string; file_id: number }[];
  postImages: { id: number; image_url: string }[];
  characters: { id: number; user_id: number }[];
  users: { id: number; roles: string | null; is_admin: number | null }[];
  posts: { id: number; author_id: number | null }[];
  spool: { generation_id: string }[];
  takedowns: { file_id: number; hide_at_ms: number | null }[];
  idempotency: { key: string; generation_ids: string }[];
  trainings: { id: string }[];
  erasures: { user_id: number; finished_at: string | null }[];
}

/** One line for each request that the provider accepted, with how it ended by now. */
export interface BillLine {
  id: string;
  status: string;
  input: { prompt?: unknown; seed?: unknown };
  /** What it led to was no picture that anybody may take: known to whoever played the provider. */
  unusable?: boolean;
}

/** What a client has sent, and what it was answered. */
export interface RequestLine {
  /** Null without a login. */
  user: number | null;
  method: string;
  /** Below /api, without the query. */
  path: string;
  key?: string;
  body?: unknown;
  /** Null when no answer came. */
  status: number | null;
  /** Of a 202: the ids of the generations in it. */
  generations: string[];
}

/** One try to deliver a webhook. */
export interface WebhookLine {
  /** ms since 1970 */
  sentAt: number;
  headers: Record<string, string>;
  body: string;
  /** Null when no answer came. */
  status: number | null;
}

/** A request for a picture, as the server that got it has written it down. */
export interface FetchLine {
  origin: string;
  authorization?: string;
}

export interface Objects {
  keys(): Promise<string[]>;
  read(key: string): Promise<Buffer | undefined>;
}

const QUERIES: Record<keyof Rows, string> = {
  generations: 'SELECT * FROM image_generations',
  entries: 'SELECT * FROM image_credit_entries',
  accounts: 'SELECT * FROM image_credit_accounts',
  files: 'SELECT * FROM image_files',
  details: 'SELECT * FROM image_post_details',
  references: 'SELECT * FROM image_reference_images',
  postImages: 'SELECT id, image_url FROM post_images',
  characters: 'SELECT id, user_id FROM character_profiles',
  users: 'SELECT id, roles, is_admin FROM users',
  posts: 'SELECT id, author_id FROM posts',
  spool: 'SELECT generation_id FROM image_spool',
  takedowns: 'SELECT file_id, hide_at_ms FROM image_takedowns',
  idempotency: 'SELECT key, generation_ids FROM image_idempotency_keys',
  trainings: 'SELECT id FROM image_lora_trainings',
  erasures: 'SELECT user_id, finished_at FROM image_erasures',
};

/** All rows as of one moment. */
export function readRows(path: string): Rows {
  return reading(path, (db) => {
    const tables: unknown = Object.fromEntries(
      Object.entries(QUERIES).map(([name, query]) => [name, db.prepare(query).all()]),
    );
    return tables as Rows;
  });
}

/** What `read` sees in the file, all of it as of one moment. */
export function reading<T>(path: string, read: (db: BetterSqlite3.Database) => T): T {
  // Who was killed in a commit leaves a journal, which a reader that may not write cannot roll back: then of a copy.
  if (existsSync(`${path}-journal`) || existsSync(`${path}-wal`)) return readingCopy(path, read);
  return readingOpen(new BetterSqlite3(path, { readonly: true, fileMustExist: true }), read);
}

function readingCopy<T>(path: string, read: (db: BetterSqlite3.Database) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  try {
    for (const end of ['', '-journal', '-wal']) {
      if (existsSync(path + end)) copyFileSync(path + end, join(folder, basename(path) + end));
    }
    return readingOpen(new BetterSqlite3(join(folder, basename(path))), read);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readingOpen<T>(db: BetterSqlite3.Database, read: (db: BetterSqlite3.Database) => T): T {
  try {
    return db.transaction(() => read(db))();
  } finally {
    db.close();
  }
}

/** The pictures of the disk storage; what it has under other names is not the public's. */
export function objectsOnDisk(root: string): Objects {
  const games = join(root, 'games');
  return {
    async keys() {
      if (!existsSync(games)) return [];
      const found = readdirSync(games, { recursive: true, withFileTypes: true }).filter(
        (entry) => !entry.isDirectory(),
      );
      return found.map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
    },
    async read(key) {
      return existsSync(join(root, key)) ? readFileSync(join(root, key)) : undefined;
    },
  };
}

export interface Bucket {
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export function objectsInBucket({ endpoint, region, bucket: Bucket, ...credentials }: Bucket): Objects {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  return {
    async keys() {
      const keys: string[] = [];
      let from: string | undefined;
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'games/', ContinuationToken: from }));
        keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
        from = page.NextContinuationToken;
      } while (from);
      return keys;
    },
    async read(Key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        return Body && Buffer.from(await Body.transformToByteArray());
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}
