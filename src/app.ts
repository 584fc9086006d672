// The composition root: settings, and whatever the host brings itself, in; everything wired together out.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import { type Logger, pino } from 'pino';
import { Accounts } from './admin/accounts.ts';
import { countedProvider } from './admin/counted-provider.ts';
import { GenerationDesk } from './admin/generations.ts';
import { Metrics } from './admin/metrics.ts';
import { SpendingSwitch } from './admin/spending-switch.ts';
import { StorageDesk } from './admin/storage-desk.ts';
import { UsageReports } from './admin/usage.ts';
import { Profiles } from './characters/profiles.ts';
import { References } from './characters/references.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { createJudges, createProvider, createScribe, jwtOf, openDatabase, webhooksOf } from './configured.ts';
import type { ComparisonParts } from './consistency/plan.ts';
import { Reports } from './consistency/reports.ts';
import { Ledger } from './credits/ledger.ts';
import { Spending } from './credits/spending.ts';
import { migrate } from './database/migrate.ts';
import type { Db, OpenDatabase } from './database/open.ts';
import { createForum, type Forum } from './forum/forum.ts';
import { Breaker } from './generation/breaker.ts';
import { Endings } from './generation/endings.ts';
import { GenerationEvents } from './generation/events.ts';
import { Gates } from './generation/gates.ts';
import { Generations } from './generation/generations.ts';
import { freeBytesAt, Intake } from './generation/intake.ts';
import { OrphanSweep } from './generation/orphan-sweep.ts';
import { Pace } from './generation/pace.ts';
import { PostImages } from './generation/post-images.ts';
import { PromptPreviews } from './generation/prompt-preview.ts';
import { type Engine, Requests } from './generation/request.ts';
import { Sweep } from './generation/sweep.ts';
import { createWakeUp } from './generation/wake-up.ts';
import { Worker } from './generation/worker.ts';
import { createHttpApp } from './http/app.ts';
import { type Identify, identifyByJwt } from './http/authenticate.ts';
import { mountable } from './http/mountable.ts';
import { RequestsInHand } from './http/requests-in-hand.ts';
import type { Signer } from './imaging/index.ts';
import { Audit } from './moderation/audit.ts';
import { Quarantine } from './moderation/quarantine.ts';
import { ReportDesk } from './moderation/report-desk.ts';
import { Takedowns } from './moderation/takedowns.ts';
import { Erasures } from './privacy/erasures.ts';
import { Exports } from './privacy/export.ts';
import { ErasureWorker } from './privacy/worker.ts';
import type { Provider } from './providers/provider.ts';
import { openStorage } from './storage/open.ts';
import type { Storage } from './storage/storage.ts';
import { createTraining } from './training/training.ts';
import type { TrainingWorker } from './training/worker.ts';
import { SceneSuggestions } from './writer/scene-suggestions.ts';

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
  readonly #config: Config;
  readonly #log: Logger;
  readonly #opened: OpenDatabase;
  readonly #forum: Forum;
  readonly #worker: Worker;
  readonly #sweep: Sweep;
  readonly #orphans: OrphanSweep;
  readonly #quarantine: Quarantine;
  readonly #trainer: TrainingWorker;
  readonly #eraser: ErasureWorker;
  readonly #gates: Gates;
  readonly #closing = new AbortController();
  readonly #inHand = new RequestsInHand();
  #state: 'new' | 'running' | 'closed' = 'new';
  #closed: Promise<void> | undefined;
  #trapWatch: NodeJS.Timeout | undefined;

  constructor(config: Config, options: AppOptions) {
    const log = options.logger ?? pino({ level: config.logLevel });
    const storage = options.storage ?? openStorage(config.storage);
    const maker = options.provider ?? createProvider(config.provider);
    const opened = openDatabase(config, options.database);
    const { db } = opened;
    const breaker = new Breaker();
    const metrics = new Metrics({ db, breaker, dailyBudgetUsd: config.limits.dailyBudgetUsd });
    const provider = countedProvider(maker, (call, outcome) => metrics.called(call, outcome));
    const forum = options.forum?.(db) ?? createForum(db);

    const events = new GenerationEvents();
    events.onEnded((outcome) => metrics.ended(outcome));
    const ledger = new Ledger(db, config.limits);
    const spending = new Spending({ db, provider, dailyBudgetUsd: config.limits.dailyBudgetUsd });
    const sweep = new Sweep({ db, storage, ledger, log });
    const deleteFiles = (ids: readonly number[]) => sweep.deleteFiles(ids);
    const endings = new Endings({ db, ledger, storage, events, deleteFiles });
    const { generationTimeoutS, maxInFlight } = config.limits;
    const pace = new Pace({ db, provider, maxInFlight });
    const gates = new Gates(createJudges(config.moderation), log);
    const { signer } = options;
    const worker = new Worker({
      db,
      provider,
      storage,
      signer,
      endings,
      events,
      breaker,
      pace,
      gates,
      log,
      generationTimeoutS,
    });
    const wake = () => worker.wake();
    const profiles = new Profiles(db, storage, deleteFiles);
    const freeBytes = () => freeBytesAt(opened.connection.name);
    const intake = new Intake({ closing: this.#closing.signal, breaker, freeBytes, log });
    const engine: Engine = {
      model: provider.model,
      identity: provider.identity,
      styleLoras: config.styleLoras,
      spending,
      wake,
      assertAccepting: () => intake.assertOpen(),
      assertAllowed: (recipes) => gates.assertAllowed(recipes),
    };
    const { limits, publicUrl } = config;
    const { trainer } = provider;
    const training = createTraining({
      db,
      ledger,
      storage,
      profiles,
      engine,
      breaker,
      log,
      trainer,
      limits,
      publicUrl,
    });
    const wakeUp = createWakeUp({ db, log, wake });
    const eraser = new ErasureWorker({
      db,
      storage,
      endings,
      trainingEndings: training.endings,
      log,
      wake: () => {
        worker.wake();
        training.worker.wake();
      },
      watchesUsers: options.forum === undefined,
    });

    const references = new References(db, storage, profiles);
    const requests = new Requests({ db, ledger, profiles, engine, limits: config.limits });

    const generations = new Generations({ db, storage, endings, events, wake });

    this.parts = { db, forum, storage, provider, ledger, profiles, references, requests };
    this.#config = config;
    this.#log = log;
    this.#opened = opened;
    this.#forum = forum;
    this.#worker = worker;
    this.#sweep = sweep;
    this.#trainer = training.worker;
    this.#eraser = eraser;
    this.#quarantine = new Quarantine({ db, storage, log, deleteFiles });
    this.#gates = gates;
    this.#orphans = new OrphanSweep({ db, storage, log, mode: config.orphanSweep });
    const app = createHttpApp({
      log,
      forum,
      storage,
      profiles,
      ledger,
      events,
      identify: options.identify ?? identifyByJwt(jwtOf(config)),
      references,
      requests,
      trainings: training.trainings,
      trainingRequests: training.trainingRequests,
      previews: new PromptPreviews({ db, profiles, ...engine }),
      suggestions: new SceneSuggestions({
        forum,
        profiles,
        scribe: createScribe(config.provider, { db, spending, log }),
        log,
      }),
      generations,
      generationDesk: new GenerationDesk({ db, forum, generations, requests }),
      storageDesk: new StorageDesk({ db, storage, log }),
      postImages: new PostImages({ db, forum, storage, endings, deleteFiles }),
      checks: {
        database: () => forum.game(0),
        storage: () => storage.check(),
        provider: () => provider.check(),
        queue: async () => this.#assertWorking(),
        ...(!gates.areOpen && { moderation: async () => gates.assertWorking() }),
      },
      metricsDoor: { metrics, token: config.metricsToken },
      reports: new Reports(config.consistencyPath),
      audit: new Audit(db),
      accounts: new Accounts({ db, forum, ledger }),
      usage: new UsageReports({ db, forum }),
      spendingSwitch: new SpendingSwitch({ db, forum, spending }),
      erasures: new Erasures(db, () => eraser.wake()),
      exports: new Exports(db, storage),
      reportDesk: new ReportDesk(db),
      takedowns: new Takedowns({ db, storage, quarantine: this.#quarantine }),
      webhooks: webhooksOf(config.provider, async (call) => {
        if (!(await training.wakeUp(call))) await wakeUp(call);
      }),
      closing: this.#closing.signal,
      isServing: () => this.#state === 'running',
      inHand: this.#inHand,
      servesApi: config.workers !== 'only',
      publicUrl: config.publicUrl,
      rateLimitPerMinute: config.limits.rateLimitPerMinute,
    });
    this.router = mountable(app);
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error('start() was called before');
    await Promise.all([this.#checkModels(), this.#gates.check()]);
    const applied = await migrate(this.#opened.connection, this.#forum.tables);
    if (applied.length > 0) this.#log.info({ applied }, 'the database was migrated');
    this.#state = 'running';
    this.#trapWatch = setInterval(() => this.#watchTrap(), TRAP_CHECK_MS).unref();
    if (this.#config.workers === 'off') return;
    this.work();
    this.#sweep.start();
    this.#orphans.start();
    this.#eraser.start();
    this.#quarantine.start();
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
      this.#log.warn({ err: error }, 'the provider cannot be asked about its models now');
    }
  }

  /** Takes up generations, also where the settings leave that to other processes. */
  work(): void {
    this.#worker.start();
    this.#trainer.start();
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
    await this.#gates.close();
    await this.#opened.db.destroy();
  }

  async #stopWork(): Promise<void> {
    const loops = [this.#worker, this.#trainer, this.#sweep, this.#orphans, this.#quarantine, this.#eraser];
    await Promise.all(loops.map((loop) => loop.stop()));
  }

  #assertWorking(): void {
    if (this.#config.workers !== 'off' && !this.#worker.isAlive()) throw new Error('the worker has stopped');
  }

  /** A host that opened the file after us: nothing but letting go at once keeps the file whole. */
  #watchTrap(): void {
    const trap = this.#opened.trap();
    if (!trap) return;
    this.#state = 'closed';
    clearInterval(this.#trapWatch);
    void this.#stopWork().catch(() => {});
    this.#log.fatal({ err: trap }, 'the image service has let go of the database');
  }
}
