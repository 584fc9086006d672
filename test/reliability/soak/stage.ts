// What a soak and a burst are played on: a forum with many users, a provider in its own thread, a storage, and the program.
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { createForumFile, type ForumFile, GAME } from '../../support/forum-file.ts';
import { type Program, type Settings, s3Settings, settingsFor, startProgram } from '../../support/program.ts';
import { WEBHOOK_SECRET } from '../../support/replicate-webhooks.ts';
import { type S3Server, startS3 } from '../../support/s3-server.ts';
import { JWT_SECRET } from '../../support/service.ts';
import { type Objects, objectsInBucket, objectsOnDisk } from '../audit/evidence.ts';
import { audit } from '../auditor.ts';
import type { Sample } from './probe.ts';
import { type UnsteadyStorage, unsteady } from './unsteady-storage.ts';
import { Upstream, type UpstreamOptions } from './upstream.ts';

export const USERS = 200;
/** The users of a soak have ids from here on. Each has written one post, of the same id. */
const FIRST_USER = 1001;
const BEAT = 3;

export interface StageOptions extends UpstreamOptions {
  storage?: 'disk' | 's3';
  wakeUp?: 'polling' | 'webhook';
  /** Beyond the settings that every service has by itself. */
  settings?: Settings;
  users?: number;
}

/** The service's own limits, which tests otherwise put out of the way. */
const AS_SET_BY_DEFAULT: Settings = {
  MAX_ACTIVE_PER_USER: '3',
  RATE_LIMIT_PER_MINUTE: '10',
  POLL_INTERVAL_MS: '2000',
  CREDITS_PER_MONTH: '100000',
};

interface StageParts {
  forum: ForumFile;
  upstream: Upstream;
  users: number[];
  s3?: { server: S3Server; front: UnsteadyStorage };
}

export class Stage implements AsyncDisposable {
  readonly forum: ForumFile;
  readonly upstream: Upstream;
  readonly users: number[];
  /** Undefined while it is dead. */
  program: Program | undefined;
  readonly #s3: { server: S3Server; front: UnsteadyStorage } | undefined;
  readonly #objects: Objects;
  readonly #settings: Settings;
  #log = '';

  private constructor(parts: StageParts, more: Settings) {
    const folder = join(parts.forum.folder, 'images');
    this.forum = parts.forum;
    this.upstream = parts.upstream;
    this.users = parts.users;
    this.#s3 = parts.s3;
    this.#objects = parts.s3 ? objectsInBucket(parts.s3.server) : objectsOnDisk(folder);
    this.#settings = settingsFor(parts.forum, {
      ...AS_SET_BY_DEFAULT,
      ...parts.upstream.settings,
      ...(parts.s3 && s3Settings({ ...parts.s3.server, endpoint: parts.s3.front.endpoint })),
      NODE_OPTIONS: `--import ${new URL('./probe.ts', import.meta.url).href}`,
      SOAK_PROBE: join(parts.forum.folder, 'probe.jsonl'),
      ...more,
    });
  }

  static async open({ storage, wakeUp, settings, users: count = USERS, ...upstream }: StageOptions): Promise<Stage> {
    const forum = createForumFile();
    const users = Array.from({ length: count }, (_, index) => FIRST_USER + index);
    addUsers(forum.path, users);
    const parts = { forum, users, upstream: await Upstream.start(upstream) };
    const s3 = storage === 's3' ? await unsteadyS3(upstream) : undefined;
    return new Stage({ ...parts, s3 }, { ...(wakeUp === 'webhook' && (await webhookSettings())), ...settings });
  }

  async start(): Promise<Program> {
    const program = await startProgram(this.#settings);
    program.child.stdout?.on('data', (chunk: Buffer) => {
      this.#log += toldApartFromRequests(String(chunk));
    });
    this.program = program;
    return program;
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const program = this.program;
    this.program = undefined;
    return (await program?.end(signal))?.code ?? null;
  }

  samples(): Sample[] {
    const path = this.#settings.SOAK_PROBE ?? '';
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Sample);
  }

  sql<T>(query: string, ...parameters: unknown[]): T[] {
    const db = new BetterSqlite3(this.forum.path, { readonly: true, timeout: 5000 });
    try {
      return db.prepare(query).all(...parameters) as T[];
    } finally {
      db.close();
    }
  }

  /** How many pictures have not ended. */
  unfinished(): number {
    const [{ count = 0 } = {}] = this.sql<{ count: number }>(
      "SELECT count(*) AS count FROM image_generations WHERE status IN ('queued', 'submitting', 'generating', 'storing')",
    );
    return count;
  }

  async audit(): Promise<string[]> {
    const secrets = [JWT_SECRET, this.upstream.token];
    const bill = await this.upstream.bill();
    return audit({ db: this.forum.path, objects: this.#objects, bill, log: this.#log, secrets, settled: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    await this.upstream[Symbol.asyncDispose]();
    await this.#s3?.front[Symbol.asyncDispose]();
    await this.#s3?.server.stop();
    this.forum.remove();
  }
}

async function unsteadyS3({ faults, seed }: UpstreamOptions) {
  const server = await startS3();
  return { server, front: await unsteady(server.endpoint, faults, seed + 2) };
}

/** A hundred thousand lines about requests would take the auditor hours, and they are audited elsewhere. */
function toldApartFromRequests(chunk: string): string {
  return chunk
    .split('\n')
    .filter((line) => line && !line.includes('"request completed"'))
    .map((line) => `${line}\n`)
    .join('');
}

function addUsers(path: string, ids: number[]): void {
  const db = new BetterSqlite3(path);
  const user = db.prepare("INSERT INTO users (id, username, email, password) VALUES (?, ?, ?, 'x')");
  const post = db.prepare(
    "INSERT INTO posts (id, beat_id, author_id, content, post_type) VALUES (?, ?, ?, 'Teksti', 'player')",
  );
  db.transaction(() => {
    for (const id of ids) {
      user.run(id, `user ${id}`, `${id}@example.test`);
      post.run(id, BEAT, id);
    }
  })();
  db.close();
}

/** The same address in all lives of the program: the provider calls it after a restart, too. */
async function webhookSettings(): Promise<Settings> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await once(server.close(), 'close');
  const PUBLIC_URL = `http://127.0.0.1:${port}`;
  return { PORT: String(port), PUBLIC_URL, REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET };
}

/** Where a user asks for a picture: for the post, or for a draft. */
export function pathOf(user: number, kind: 'post' | 'draft'): string {
  return kind === 'post' ? `/posts/${user}/images` : `/games/${GAME}/images`;
}
