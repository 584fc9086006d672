// Where a scenario plays: a forum, a Replicate, a stranger's server and copies of the program, and everybody writes down what they see.
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { createForumFile, type ForumFile, GAME, VAINO } from '../../support/forum-file.ts';
import { type Program, replicateSettings, type Settings, settingsFor, startProgram } from '../../support/program.ts';
import { ReplicateDouble } from '../../support/replicate-double.ts';
import { draw } from '../../support/replicate-model.ts';
import { stateOf } from '../../support/replicate-run.ts';
import { WEBHOOK_SECRET } from '../../support/replicate-webhooks.ts';
import { clientAt, JWT_SECRET, type Reply, tokenOf } from '../../support/service.ts';
import { type FetchLine, objectsOnDisk, type RequestLine, type WebhookLine } from '../audit/evidence.ts';
import { audit } from '../auditor.ts';
import { until } from '../world.ts';

/** Many programs at once may keep each other waiting. */
const PATIENCE_MS = 120_000;

export interface Question {
  user?: number | null;
  body?: unknown;
  key?: string;
}

export class Stage implements AsyncDisposable {
  readonly double: ReplicateDouble;
  /** Serves pictures to whoever asks, and is none of those that may be asked. */
  readonly stranger: Stranger;
  readonly forum: ForumFile;
  /** What the audits have found. */
  readonly violations: string[] = [];
  /** What the provider made is no picture that may be taken. */
  unusable = false;
  readonly #script: string;
  readonly #settings: Settings;
  readonly #before: string;
  readonly #programs: Program[] = [];
  readonly #requests: RequestLine[] = [];
  readonly #webhooks: WebhookLine[] = [];
  #log = '';

  private constructor(double: ReplicateDouble, stranger: Stranger, script: string, settings: Settings) {
    this.double = double;
    this.stranger = stranger;
    this.forum = createForumFile();
    this.#before = join(this.forum.folder, 'before.db');
    copyFileSync(this.forum.path, this.#before);
    this.#script = script;
    this.#settings = settingsFor(this.forum, { ...replicateSettings(double), ...settings });
  }

  static async open(script: string, settings: Settings = {}): Promise<Stage> {
    return new Stage(await ReplicateDouble.start(), await Stranger.open(), script, settings);
  }

  async start(failpoint = ''): Promise<Program> {
    const program = await startProgram({ ...this.#settings, FAILPOINT: failpoint }, [process.execPath, this.#script]);
    this.#programs.push(program);
    program.child.stdout?.on('data', (chunk) => {
      this.#log += chunk;
    });
    return program;
  }

  /** @returns undefined when the program died before it answered */
  async send(
    program: Program,
    method: 'get' | 'post' | 'delete',
    path: string,
    { user = VAINO, body, key }: Question = {},
  ): Promise<Reply | undefined> {
    const client = clientAt(program.origin, user === null ? null : await tokenOf(user));
    const line: RequestLine = { user, method: method.toUpperCase(), path, key, body, status: null, generations: [] };
    this.#requests.push(line);
    try {
      const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key };
      const reply = method === 'post' ? await client.post(path, body, headers) : await client[method](path);
      line.status = reply.status;
      if (reply.status === 202) line.generations = [reply.body].flat().map(({ id }) => id);
      return reply;
    } catch (error) {
      if (error instanceof TypeError) return undefined; // that is how fetch tells of a broken connection
      throw error;
    }
  }

  /** Asks for a picture. @returns the id of its generation, or nothing when it was refused or never answered */
  async ask(
    program: Program,
    question: Question & { path?: string; scene?: string } = {},
  ): Promise<string | undefined> {
    const { path = `/games/${GAME}/images`, scene = 'a mill in the morning', ...rest } = question;
    const reply = await this.send(program, 'post', path, { body: { mode: 'scene', scene }, ...rest });
    return reply?.status === 202 ? reply.body.id : undefined;
  }

  /** A message to the door for webhooks, with the headers as they are given. */
  async tell(program: Program, query: Record<string, string>, headers: Record<string, string>, body: string) {
    const url = `${program.origin}/api/webhooks/replicate?${new URLSearchParams(query)}`;
    const sentAt = Date.now();
    const { status } = await fetch(url, { method: 'POST', headers, body });
    this.#webhooks.push({ sentAt, headers, body, status });
  }

  async died(program: Program): Promise<void> {
    const { child } = program;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  ended(): Promise<void> {
    const open = "SELECT 1 FROM image_generations WHERE status IN ('queued', 'submitting', 'generating', 'storing')";
    return until('everything has ended', () => this.sql(open).length === 0, PATIENCE_MS);
  }

  deleted(): Promise<void> {
    const marked = 'SELECT 1 FROM image_files WHERE deleted_at IS NOT NULL';
    return until('everything deleted is gone', () => this.sql(marked).length === 0, PATIENCE_MS);
  }

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

  /** @param settled everything is expected to have ended */
  async audit(settled: boolean): Promise<void> {
    const { DAILY_BUDGET_USD: budget, DISK_PATH = '' } = this.#settings;
    const found = await audit({
      db: this.forum.path,
      objects: objectsOnDisk(DISK_PATH),
      bill: this.#bill(),
      log: this.#log,
      secrets: [JWT_SECRET, this.double.token, WEBHOOK_SECRET],
      settled,
      dailyBudgetUsd: budget === undefined ? undefined : Number(budget),
      requests: { lines: this.#requests, calm: true },
      webhooks: { lines: this.#webhooks, secret: WEBHOOK_SECRET },
      fetches: { lines: this.#fetches(), origins: [this.double.outputOrigin] },
      before: this.#before,
    });
    this.violations.push(...found);
  }

  #bill() {
    const { double, unusable } = this;
    return double.bill.map(({ id, input }) => ({ id, input, unusable, status: stateOf(double.prediction(id)).status }));
  }

  #fetches(): FetchLine[] {
    const downloads = this.double.requests.filter(({ call }) => call === 'download');
    const { outputOrigin: origin } = this.double;
    return [
      ...downloads.map(({ headers: { authorization } }) => ({ origin, authorization })),
      ...this.stranger.fetches,
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.end('SIGKILL')));
    await Promise.all([this.double.close(), this.stranger.close()]);
    this.forum.remove();
  }
}

class Stranger {
  readonly fetches: FetchLine[] = [];
  readonly #server: Server;

  private constructor(picture: Buffer) {
    this.#server = createServer((request, response) => {
      this.fetches.push({ origin: this.origin, authorization: request.headers.authorization });
      response.writeHead(200, { 'content-type': 'image/png' }).end(picture);
    });
  }

  static async open(): Promise<Stranger> {
    const stranger = new Stranger(await draw({ prompt: 'a stranger', seed: 1, width: 128, height: 128 }));
    stranger.#server.listen(0, '127.0.0.1');
    await once(stranger.#server, 'listening');
    return stranger;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
