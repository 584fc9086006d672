// A forum, a Replicate with a bill and a storage that outlive the program, which is started, killed and started again on them.
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { createForumFile, type ForumFile } from '../support/forum-file.ts';
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
import { createBucket, type S3Server } from '../support/s3-server.ts';
import { JWT_SECRET } from '../support/service.ts';
import { type BillLine, type Objects, objectsInBucket, objectsOnDisk } from './audit/evidence.ts';
import { audit } from './auditor.ts';

/** How the service learns that a picture is ready, as the settings that make it so. */
export const WAKE_UPS: Record<string, Settings> = { polling: {} };

export interface WorldOptions {
  /** A name in WAKE_UPS. */
  wakeUp?: string;
  /** Pictures go into a fresh bucket there; without it onto the disk. */
  s3?: S3Server;
}

export interface Life {
  program: Program;
  /** Resolves when the process has ended. */
  ended: Promise<{ code: number | null; signal: string | null }>;
}

export class World implements AsyncDisposable {
  readonly double: ReplicateDouble;
  readonly forum: ForumFile;
  readonly objects: Objects;
  /** Of the disk storage; its temporary files are in .tmp below it. */
  readonly folder: string;
  readonly #settings: Settings;
  #log = '';
  #life: Life | undefined;

  private constructor(double: ReplicateDouble, forum: ForumFile, objects: Objects, settings: Settings) {
    this.double = double;
    this.forum = forum;
    this.objects = objects;
    this.folder = join(forum.folder, 'images');
    this.#settings = settings;
  }

  static async open({ wakeUp = 'polling', s3 }: WorldOptions = {}): Promise<World> {
    const wakeUpSettings = WAKE_UPS[wakeUp];
    if (!wakeUpSettings) throw new Error(`no such way to wake up: ${wakeUp}`);
    const bucket = s3 && { ...s3, bucket: await createBucket(s3.endpoint) };
    const double = await ReplicateDouble.start();
    const forum = createForumFile();
    const folder = join(forum.folder, 'images');
    mkdirSync(join(folder, '.tmp'), { recursive: true }); // so that it can be watched from the beginning
    const settings = settingsFor(forum, {
      ...replicateSettings(double),
      ...(bucket && s3Settings(bucket)),
      ...wakeUpSettings,
      CREDITS_PER_MONTH: '100000',
    });
    return new World(double, forum, bucket ? objectsInBucket(bucket) : objectsOnDisk(folder), settings);
  }

  /** @param failpoint as FAILPOINT has it. @returns undefined when it died before it listened */
  async start(failpoint = ''): Promise<Life | undefined> {
    try {
      const program = await startProgram({ ...this.#settings, FAILPOINT: failpoint });
      program.child.stdout?.on('data', (chunk) => {
        this.#log += chunk;
      });
      const ended = once(program.child, 'exit').then(([code, signal]) => ({ code, signal }));
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
   * Pretends that three minutes have gone by for requests that the rows say were sent, and that never arrived: so long the
   * service waits before it takes the provider's word for that.
   */
  async ageUnsent(): Promise<void> {
    // What the dead program had sent off still stands before the double's door; an answer to us tells that it was let in.
    for (let round = 0; round < 2; round++) await (await fetch(this.double.url)).arrayBuffer();
    const submitted = new Date(Date.now() - 3 * 60_000).toISOString();
    for (const { id } of this.#unsent()) {
      this.sql('UPDATE image_generations SET submitted_at = ?, run_at_ms = 0 WHERE id = ?', submitted, id);
    }
  }

  #unsent(): { id: string }[] {
    if (this.sql("SELECT 1 FROM sqlite_master WHERE name = 'image_generations'").length === 0) return [];
    const sent = new Set(this.double.bill.map(({ input }) => JSON.stringify([input.prompt, input.seed])));
    const rows = this.sql<{ id: string; recipe: string }>(
      "SELECT id, recipe FROM image_generations WHERE status = 'submitting'",
    );
    return rows.filter(({ recipe }) => {
      const { prompt, seed } = JSON.parse(recipe) as { prompt: string; seed: number };
      return !sent.has(JSON.stringify([prompt, seed]));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#life?.program.end('SIGKILL');
    await this.double.close();
    rmSync(this.forum.folder, { recursive: true, force: true });
  }
}

/** Looks again and again. @throws when it takes longer than `ms` */
export async function until(what: string, reached: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await reached())) {
    if (Date.now() > deadline) throw new Error(`Waited ${ms / 1000} s until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
