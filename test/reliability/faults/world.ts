// One forum with the service, a Replicate, an S3 and a stranger, all on sockets, for one fault to happen in.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { pino } from 'pino';
import { readConfig } from '../../../src/config.ts';
import type { Credits, Generation } from '../../../src/contract.ts';
import { createReplicateProvider } from '../../../src/providers/replicate.ts';
import { createS3Storage } from '../../../src/storage/s3.ts';
import { createForumFile, ELINA, type ForumFile, GAME } from '../../support/forum-file.ts';
import { replicateSettings, type Settings, s3Settings, settingsFor, startProgram } from '../../support/program.ts';
import { ReplicateDouble } from '../../support/replicate-double.ts';
import { stateOf } from '../../support/replicate-run.ts';
import { type Client, JWT_SECRET, type Reply, startService } from '../../support/service.ts';
import type { BillLine } from '../audit/evidence.ts';
import { audit } from '../auditor.ts';
import { until } from '../world.ts';
import { Gate, openStranger, type Stranger } from './neighbours.ts';
import { S3Double } from './s3-double.ts';

export const CREDITS = 10;
export const SCENE = 'a bay of black water';

export interface WorldOptions {
  env?: Settings;
  /** The adapters give up after some seconds, where by themselves they would after 5 to 30. */
  impatient?: boolean;
  /** Runs the program itself, in a process of its own whose memory can be measured. */
  program?: boolean;
}

const SHORT = { submitMs: 2500, readMs: 2500, downloadMs: 3000, stallMs: 1500 };

interface Running {
  origin: string;
  pid: number;
  as(userId: number): Promise<Client>;
  stop(): Promise<unknown>;
}

export class FaultWorld implements AsyncDisposable {
  readonly double: ReplicateDouble;
  readonly s3: S3Double;
  readonly stranger: Stranger;
  /** Before Replicate's API; its pictures are fetched past it. */
  readonly gate: Gate;
  readonly forum: ForumFile;
  /** The forum's own connection. */
  readonly db: BetterSqlite3.Database;
  /** Every connection that the service has opened in this process. */
  readonly connections: BetterSqlite3.Database[] = [];
  /** What its user was told when something was refused or had failed. */
  readonly told: string[] = [];
  /** Of faults that last for a while: when they are over. */
  readonly ends: Promise<void>[] = [];
  elina!: Client;
  #log = '';
  #running!: Running;
  readonly #options: WorldOptions;

  private constructor(parts: { double: ReplicateDouble; s3: S3Double; stranger: Stranger }, options: WorldOptions) {
    this.double = parts.double;
    this.s3 = parts.s3;
    this.stranger = parts.stranger;
    this.gate = new Gate(Number(new URL(parts.double.url).port));
    this.forum = createForumFile();
    const { connections } = this;
    class Watched extends BetterSqlite3 {
      constructor(path: string) {
        // In the service's own thread, waiting would keep it from ever letting go.
        super(path, { timeout: options.program ? 5000 : 0 });
        connections.push(this);
      }
    }
    this.db = new Watched(this.forum.path);
    this.#options = options;
  }

  static async open(options: WorldOptions = {}): Promise<FaultWorld> {
    const [double, s3, stranger] = await Promise.all([ReplicateDouble.start(), S3Double.start(), openStranger()]);
    const world = new FaultWorld({ double, s3, stranger }, options);
    await world.gate.open();
    await world.start();
    return world;
  }

  async start(): Promise<void> {
    this.#running = this.#options.program ? await this.#startProgram() : await this.#startService();
    this.elina = overheard(await this.#running.as(ELINA), this.told);
  }

  stop(): Promise<unknown> {
    return this.#running.stop();
  }

  get origin(): string {
    return this.#running.origin;
  }

  get #settings(): Settings {
    return settingsFor(this.forum, {
      ...replicateSettings(this.double),
      REPLICATE_BASE_URL: `${this.gate.origin}/v1`,
      REPLICATE_OUTPUT_ORIGINS: `${this.double.outputOrigin},https://replicate.delivery,https://*.replicate.delivery`,
      ...s3Settings({ ...this.s3.address, stop: async () => {} }),
      CREDITS_PER_MONTH: String(CREDITS),
      ...this.#options.env,
    });
  }

  async #startService(): Promise<Running> {
    const write = (line: string) => {
      this.#log += line;
    };
    const env = this.#settings;
    const logger = pino({ level: 'info' }, { write });
    const service = await startService({ env, database: this.db, forumFile: this.forum, logger, ...this.#adapters() });
    const { origin, as, stop } = service;
    return { origin, as, stop, pid: process.pid };
  }

  #adapters() {
    if (!this.#options.impatient) return {};
    const { provider, storage } = readConfig(this.#settings);
    if (provider.kind !== 'replicate' || storage.kind !== 's3') throw new Error('the settings name both');
    const deadlines = { attemptMs: 2500, totalMs: 6000 };
    return { provider: createReplicateProvider(provider, SHORT), storage: createS3Storage(storage, deadlines) };
  }

  async #startProgram(): Promise<Running> {
    const { origin, as, child, end } = await startProgram(this.#settings);
    child.stdout?.on('data', (chunk) => {
      this.#log += chunk;
    });
    const stop = async () => {
      const { code, signal } = await end();
      if (code !== 0) throw new Error(`the program ended with ${code ?? signal}`);
    };
    return { origin, as, stop, pid: child.pid ?? 0 };
  }

  ask(body: object = {}): Promise<Reply<Generation>> {
    return this.elina.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: SCENE, ...body });
  }

  /** Begins a fault and ends it after a while, with what it returned. */
  lasting(ms: number, begin: (world: FaultWorld) => () => void): void {
    const end = begin(this);
    this.ends.push(sleep(ms).then(end));
  }

  /** Whether the service has written this into its log. */
  hasLogged(text: string): boolean {
    return this.#log.includes(text);
  }

  /** What the user has, as she sees it. */
  async credits(): Promise<{ available: number; held: number }> {
    const { available, held } = (await this.elina.get<Credits>('/image-credits')).body;
    return { available, held };
  }

  sql<T>(query: string, ...values: unknown[]): T[] {
    const statement = this.db.prepare(query);
    if (statement.reader) return statement.all(...values) as T[];
    statement.run(...values);
    return [];
  }

  /** What waits for its turn has it now. Rows in hand are left alone, as are those due by themselves in a moment. */
  hurry(): void {
    const soon = Date.now() + 200;
    this.#patiently(
      'UPDATE image_generations SET run_at_ms = 0 WHERE run_at_ms > ? AND lease_until_ms = 0 AND finished_at IS NULL',
      soon,
    );
  }

  /** Looks until it is so, and hurries what stands in its way. */
  hurryUntil(what: string, reached: () => boolean): Promise<void> {
    const look = () => {
      this.hurry();
      return reached();
    };
    return until(what, look, 90_000);
  }

  /** As if what was asked for had been asked for and sent off so many minutes earlier. */
  async age(minutes: number): Promise<void> {
    const earlier = (column: string) => `${column} = strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, '-${minutes} minutes')`;
    const query = `UPDATE image_generations SET ${earlier('submitted_at')}, ${earlier('created_at')}, run_at_ms = 0`;
    await until('the file is free', () => this.#patiently(query));
  }

  /** @returns whether the file was free for it */
  #patiently(query: string, ...values: unknown[]): boolean {
    try {
      this.sql(query, ...values);
      return true;
    } catch (error) {
      if (/^SQLITE_(BUSY|CANTOPEN)/.test(String((error as { code?: string }).code))) return false;
      throw error;
    }
  }

  /** Starts the service anew where something is left to be deleted, as it does that at its start. */
  async settle(): Promise<void> {
    const marked = () => this.sql('SELECT 1 FROM image_files WHERE deleted_at IS NOT NULL').length;
    if (marked() === 0) return;
    await this.stop();
    await this.start();
    await until('everything deleted is gone', () => marked() === 0, 90_000);
  }

  /** @param undelivered whether what was drawn and billed was never to be had */
  audit(undelivered: boolean): Promise<string[]> {
    const status = (id: string) => stateOf(this.double.prediction(id)).status;
    const bill: BillLine[] = this.double.bill.map(({ id, input }) => ({
      id,
      input,
      status: status(id),
      unusable: undelivered,
    }));
    const secrets = [JWT_SECRET, this.double.token, this.s3.address.secretAccessKey];
    return audit({ db: this.forum.path, objects: this.s3.objects, bill, log: this.#log, secrets, settled: true });
  }

  /** The most memory that the service has held since `forgetMemory`, in MiB. */
  peakMemory(): number {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${this.#running.pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  }

  forgetMemory(): void {
    writeFileSync(`/proc/${this.#running.pid}/clear_refs`, '5');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.ends);
    await this.stop().catch(() => {});
    this.db.close();
    await Promise.all([this.gate.shut(), this.double.close(), this.s3.close(), this.stranger.close()]);
    this.forum.remove();
  }
}

/** A client that notes what its user is told when something goes wrong. */
function overheard(client: Client, told: string[]): Client {
  const note = <T>(reply: Reply<T>): Reply<T> => {
    const { error } = (reply.body ?? {}) as { error?: unknown };
    const { request_id: _, ...rest } = (reply.body ?? {}) as { request_id?: string };
    if (reply.status >= 400) told.push(JSON.stringify(rest));
    else if (error) told.push(JSON.stringify(error));
    return reply;
  };
  return {
    ...client,
    // Once more, when a connection that was kept open is closed by a busy server in the very moment of its use.
    get: async (...call) => note(await client.get(...call).catch(() => client.get(...call))),
    post: async (...call) => note(await client.post(...call)),
    delete: async (...call) => note(await client.delete(...call)),
  };
}
