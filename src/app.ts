// The service as its host sees it: made of settings and whatever the host brings itself, started, and closed.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import { type Logger, pino } from 'pino';
import { createProvider, jwtOf, openDatabase } from './assembly/configured.ts';
import { createDoors } from './assembly/doors.ts';
import { createPipeline, type Outside, type Pipeline } from './assembly/pipeline.ts';
import type { Profiles } from './characters/profiles.ts';
import type { References } from './characters/references.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import type { ComparisonParts } from './consistency/plan.ts';
import { migrate } from './database/migrate.ts';
import type { Db } from './database/open.ts';
import { createForum, type Forum } from './forum/forum.ts';
import { createHttpApp } from './http/app.ts';
import { type Identify, identifyByJwt } from './http/authenticate.ts';
import { mountable } from './http/mountable.ts';
import { RequestsInHand } from './http/requests-in-hand.ts';
import type { Signer } from './imaging/index.ts';
import type { Provider } from './providers/provider.ts';
import { openStorage } from './storage/open.ts';
import type { Storage } from './storage/storage.ts';

/** What a host may bring; everything left out is made from the settings. */
export interface AppOptions {
  /** Settings by the names of .env.example; the process's environment when left out. */
  env?: Record<string, string | undefined>;
  /** The host's own better-sqlite3 handle on the forum's file: the way to run inside the forum's process. */
  database?: BetterSqlite3.Database;
  /** The host's own login: the id of the user who asks, null for nobody. */
  identify?: Identify;
  /** For a forum of another shape. */
  forum?: (db: Db) => Forum;
  provider?: Provider;
  storage?: Storage;
  /** Signs every finished picture and thumbnail, for instance by C2PA; what it has not signed is never stored. */
  signer?: Signer;
  logger?: Logger;
}

export interface App {
  /** Express or Connect middleware, to be mounted at `/api`. Requests that are not for it are passed on untouched. */
  router: (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;
  /** Migrates the database and starts the workers. Until then every route of ours answers 503. */
  start(): Promise<void>;
  /** Ends what is in hand within 20 s, leaves the rest for the next start, lets go of the database. Safe to repeat. */
  close(): Promise<void>;
}

/** What our own programs work with directly, where a host has the routes. */
export interface Parts extends ComparisonParts {
  profiles: Profiles;
  references: References;
}

/** How often it is looked whether another SQLite library has come to hold the forum's file. */
const TRAP_CHECK_MS = 2000;
/** How long the start waits for the provider's word on its models. */
const MODEL_CHECK_MS = 5000;
/** How long requests that came before the end may still take. */
const LAST_ANSWERS_MS = 3000;

/**
 * @throws ConfigError naming every bad setting; DatabaseTrapError when this process holds the file already
 */
export function createApp(options: AppOptions = {}): App {
  const config = readConfig(options.env ?? process.env, {
    database: options.database !== undefined,
    identify: options.identify !== undefined,
  });
  return new Service(config, options);
}

/** Exported for our own programs; a host sees no more of it than App. */
export class Service implements App {
  readonly router: App['router'];
  readonly parts: Parts;
  readonly #outside: Outside;
  readonly #pipeline: Pipeline;
  readonly #closing = new AbortController();
  readonly #inHand = new RequestsInHand();
  #state: 'new' | 'running' | 'closed' = 'new';
  #closed: Promise<void> | undefined;
  #trapWatch: NodeJS.Timeout | undefined;

  constructor(config: Config, options: AppOptions) {
    const outside = outsideOf(config, options, this.#closing.signal);
    const { db } = outside.opened;
    const pipeline = createPipeline(outside);
    this.#outside = outside;
    this.#pipeline = pipeline;
    this.parts = { db, ...outside, ...pipeline };
    const doors = createDoors(outside, pipeline, {
      identify: options.identify ?? identifyByJwt(jwtOf(config)),
      isServing: () => this.#state === 'running',
      inHand: this.#inHand,
      assertWorking: () => this.#assertWorking(),
    });
    this.router = mountable(createHttpApp(doors));
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error('start() was called before');
    const { config, log, opened, forum } = this.#outside;
    await Promise.all([this.#checkModels(), this.#pipeline.gates.check()]);
    const applied = await migrate(opened.connection, forum.tables);
    if (applied.length > 0) log.info({ applied }, 'the database was migrated');
    this.#state = 'running';
    this.#trapWatch = setInterval(() => this.#watchTrap(), TRAP_CHECK_MS).unref();
    if (config.workers === 'off') return;
    this.work();
    const { sweep, orphans, eraser, quarantine } = this.#pipeline;
    for (const loop of [sweep, orphans, eraser, quarantine]) loop.start();
  }

  /**
   * A model that does not take what the catalogue says would refuse every picture, so that is found now. An outage is no reason
   * not to serve, and a slow answer none to wait: whether the provider is ready is also asked later.
   */
  async #checkModels(): Promise<void> {
    const late = delay(MODEL_CHECK_MS, undefined, { ref: false }).then(() =>
      Promise.reject(new Error('took too long')),
    );
    try {
      await Promise.race([this.parts.provider.check(), late]);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      this.#outside.log.warn({ err: error }, 'the provider cannot be asked about its models now');
    }
  }

  /** Takes up generations, also where the settings leave that to other processes. */
  work(): void {
    this.#pipeline.worker.start();
    this.#pipeline.training.worker.start();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const wasRunning = this.#state === 'running';
    this.#closing.abort();
    clearInterval(this.#trapWatch);
    if (wasRunning) await this.#stopWork();
    this.#state = 'closed'; // what comes from now on is told so; what came before is answered first
    await this.#inHand.idle(LAST_ANSWERS_MS);
    await this.#pipeline.gates.close();
    await this.#outside.opened.db.destroy();
  }

  async #stopWork(): Promise<void> {
    const { worker, training, sweep, orphans, quarantine, eraser } = this.#pipeline;
    const loops = [worker, training.worker, sweep, orphans, quarantine, eraser];
    await Promise.all(loops.map((loop) => loop.stop()));
  }

  #assertWorking(): void {
    if (this.#outside.config.workers !== 'off' && !this.#pipeline.worker.isAlive())
      throw new Error('the worker has stopped');
  }

  /** A host that opened the file after us: nothing but letting go at once keeps the file whole. */
  #watchTrap(): void {
    const trap = this.#outside.opened.trap();
    if (!trap) return;
    this.#state = 'closed';
    clearInterval(this.#trapWatch);
    void this.#stopWork().catch(() => {});
    this.#outside.log.fatal({ err: trap }, 'the image service has let go of the database');
  }
}

function outsideOf(config: Config, options: AppOptions, closing: AbortSignal): Outside {
  const storage = options.storage ?? openStorage(config.storage);
  const provider = options.provider ?? createProvider(config.provider);
  const opened = openDatabase(config, options.database); // last: what is opened has to be closed again
  return {
    config,
    log: options.logger ?? pino({ level: config.logLevel }),
    opened,
    forum: options.forum?.(opened.db) ?? createForum(opened.db),
    isOwnForum: options.forum === undefined,
    storage,
    provider,
    signer: options.signer,
    closing,
  };
}
