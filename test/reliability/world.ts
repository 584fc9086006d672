// A forum, a Replicate with a bill and a storage that outlive the program, which is started, killed and started again on them.

import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { createForumFile, type ForumFile } from '../support/forum-file.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import {
  type Program,
  replicateSettings,
  type Settings,
  s3Settings,
  settingsFor,
  startProgram,
} from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { stateOf } from '../support/replicate-run.ts';
import { WEBHOOK_SECRET } from '../support/replicate-webhooks.ts';
import { createBucket, type S3Server } from '../support/s3-server.ts';
import { JWT_SECRET } from '../support/service.ts';
import { type BillLine, type Objects, objectsInBucket, objectsOnDisk } from './audit/evidence.ts';
import { audit } from './auditor.ts';
import { PublicAddress } from './public-address.ts';

/** How the service learns that a picture is ready, as the settings that make it so. */
export const WAKE_UPS = {
  polling: { POLL_INTERVAL_MS: '50' },
  // As it is in production: beside webhooks, running predictions are asked about five times as seldom.
  webhook: { REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET, POLL_INTERVAL_MS: '2000' },
} satisfies Record<string, Settings>;
export type WakeUp = keyof typeof WAKE_UPS;
const POLL_BESIDE_WEBHOOKS_MS = 10_000;

/** Of the program's own modules: a life is often shorter than it takes to compile them. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));

/** As the service does. */
const SECOND_TRY = '.2';
const MINUTE = 60_000;

export interface WorldOptions {
  wakeUp?: WakeUp;
  /** Pictures go into a fresh bucket there; without it onto the disk. */
  s3?: S3Server;
  /** Beyond those that every world has. */
  settings?: Settings;
}

export interface Life {
  program: Program;
  /** Resolves when the process has ended. */
  ended: Promise<{ code: number | null; signal: string | null }>;
}

interface Unsent {
  id: string;
  nonce: string;
  absent_since_ms: number | null;
}

export class World implements AsyncDisposable {
  readonly double: ReplicateDouble;
  readonly forum: ForumFile;
  readonly objects: Objects;
  /** Of the disk storage; its temporary files are in .tmp below it. */
  readonly folder: string;
  /** Where webhooks are sent to. */
  readonly #address: PublicAddress;
  readonly #settings: Settings;
  /** When each life began, in milliseconds since 1970. */
  readonly #starts: number[] = [];
  #log = '';
  #life: Life | undefined;

  private constructor(parts: Pick<World, 'double' | 'forum' | 'objects'>, address: PublicAddress, settings: Settings) {
    this.double = parts.double;
    this.forum = parts.forum;
    this.objects = parts.objects;
    this.folder = join(this.forum.folder, 'images');
    this.#address = address;
    this.#settings = settings;
  }

  static async open({ wakeUp = 'polling', s3, settings: more }: WorldOptions = {}): Promise<World> {
    const bucket = s3 && { ...s3, bucket: await createBucket(s3.endpoint) };
    const double = await ReplicateDouble.start();
    const forum = createForumFile();
    const folder = join(forum.folder, 'images');
    mkdirSync(join(folder, '.tmp'), { recursive: true }); // so that it can be watched from the beginning
    const address = await PublicAddress.open();
    const settings = settingsFor(forum, {
      ...replicateSettings(double),
      ...(bucket && s3Settings(bucket)),
      ...WAKE_UPS[wakeUp],
      ...(wakeUp === 'webhook' && { PUBLIC_URL: address.origin }),
      CREDITS_PER_MONTH: '100000',
      NODE_COMPILE_CACHE: COMPILED,
      ...more,
    });
    const objects = bucket ? objectsInBucket(bucket) : objectsOnDisk(folder);
    return new World({ double, forum, objects }, address, settings);
  }

  /** @param failpoint as FAILPOINT has it. @returns undefined when it died before it listened */
  async start(failpoint = ''): Promise<Life | undefined> {
    this.#starts.push(Date.now());
    try {
      const program = await startProgram({ ...this.#settings, FAILPOINT: failpoint });
      this.#address.leadTo(Number(new URL(program.origin).port));
      program.child.stdout?.on('data', (chunk) => {
        this.#log += chunk;
      });
      const ended = once(program.child, 'exit').then(([code, signal]) => {
        this.#address.leadTo(undefined); // the port may be another program's by now
        return { code, signal };
      });
      this.#life = { program, ended };
      return this.#life;
    } catch (error) {
      if (failpoint && String(error).includes('ended with null')) return undefined;
      throw error;
    }
  }

  /** The bill so far, with how each line stands now. */
  bill(): BillLine[] {
    return this.double.bill.map(({ id, input }) => ({
      id,
      input,
      status: stateOf(this.double.prediction(id)).status,
    }));
  }

  audit(settled: boolean): Promise<string[]> {
    const secrets = [JWT_SECRET, this.double.token];
    return audit({ db: this.forum.path, objects: this.objects, bill: this.bill(), log: this.#log, secrets, settled });
  }

  /** Looks into the database, or changes it, as the forum would; the program need not be stopped for it. */
  sql<T>(query: string, ...parameters: unknown[]): T[] {
    const db = new BetterSqlite3(this.forum.path, { timeout: 5000 });
    try {
      const statement = db.prepare(query);
      if (statement.reader) return statement.all(...parameters) as T[];
      statement.run(...parameters);
      return [];
    } finally {
      db.close();
    }
  }

  /**
   * Pretends that time has gone by for requests that the rows say were sent, and that never arrived: three minutes, so long the
   * service waits before it takes the provider's word for that; or, where the second try was lost as well, the ten minutes after
   * which it is for people to look at.
   */
  async ageUnsent(): Promise<void> {
    // What the dead program had sent off may still stand before the double's door.
    await until('nobody is connected to the provider', async () => (await this.double.connections()) === 0);
    await new Promise(setImmediate); // the last of it is read, and billed
    for (const { id, nonce } of this.#neverArrived('submitting')) {
      const submitted = new Date(Date.now() - (nonce.endsWith(SECOND_TRY) ? 11 : 3) * MINUTE).toISOString();
      this.sql('UPDATE image_generations SET submitted_at = ?, run_at_ms = 0 WHERE id = ?', submitted, id);
    }
  }

  /** Of a running service: pretends that the minute has gone by between its two looks at the list, once it has looked first. */
  ageAbsent(): void {
    for (const { id, absent_since_ms } of this.#neverArrived('submitting')) {
      if (absent_since_ms === null || absent_since_ms < Date.now() - MINUTE) continue;
      this.sql(
        'UPDATE image_generations SET absent_since_ms = absent_since_ms - ?, run_at_ms = 0 WHERE id = ?',
        MINUTE,
        id,
      );
    }
  }

  /** Died twice between the commit that says so and the request: ids of generations that are never sent for a third time. */
  lostTwice(): string[] {
    return this.#neverArrived('needs_review').flatMap(({ id, nonce }) => (nonce.endsWith(SECOND_TRY) ? [id] : []));
  }

  /** Generations in this state of which the provider has no request. */
  #neverArrived(status: string): Unsent[] {
    if (this.sql("SELECT 1 FROM sqlite_master WHERE name = 'image_generations'").length === 0) return [];
    const sent = new Set(this.double.bill.map(({ input }) => JSON.stringify([input.prompt, input.seed])));
    const rows = this.sql<Unsent & { recipe: string }>(
      'SELECT id, nonce, absent_since_ms, recipe FROM image_generations WHERE status = ?',
      status,
    );
    return rows.filter(({ recipe }) => {
      const { prompt, seed } = JSON.parse(recipe) as { prompt: string; seed: number };
      return !sent.has(JSON.stringify([prompt, seed]));
    });
  }

  /**
   * With webhooks: how many pictures were asked about in the life that had ordered them and sooner than any poll was due. Only a
   * webhook can have told of these.
   */
  woken(): number {
    const asked = new Map<string, number>();
    for (const { call, path, at } of this.double.requests) {
      const id = call === 'get' ? (path.split('/').at(-1) ?? '') : '';
      if (!asked.has(id)) asked.set(id, at);
    }
    const isEarly = (ordered: number, first: number) =>
      first - ordered < POLL_BESIDE_WEBHOOKS_MS && !this.#starts.some((start) => ordered < start && start < first);
    // A cancel is another reason to ask.
    const others = this.sql<{ prediction_id: string }>(
      'SELECT prediction_id FROM image_generations WHERE prediction_id IS NOT NULL AND cancel_requested = 0',
    );
    const ids = new Set(others.map(({ prediction_id }) => prediction_id));
    return this.double.bill.filter(({ id, at }) => ids.has(id) && isEarly(at.getTime(), asked.get(id) ?? Infinity))
      .length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#life?.program.end('SIGKILL');
    await this.double.close();
    await this.#address.close();
    rmSync(this.forum.folder, { recursive: true, force: true });
  }
}

/** Looks again and again. @throws when it takes longer than `ms` */
export async function until(what: string, reached: () => boolean | Promise<boolean>, ms = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await reached())) {
    if (Date.now() > deadline) throw new Error(`Waited ${ms / 1000} s until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
