// The only reader of the environment: strings in, one checked and tagged configuration out; all faults at once, by variable name.
import { FAILPOINTS, type Failpoint } from './failpoints.ts';
import type { Price } from './providers/catalogue.ts';
import { Environment } from './settings/environment.ts';
import { crossFaults, type HostParts, storageKind } from './settings/faults.ts';

export type DatabaseConfig = { kind: 'sqlite'; path: string };

export interface WebhookConfig {
  /** Where Replicate calls, without a query. */
  url: string;
  /** `whsec_` and the key in base64. */
  secret: string;
}
export interface ReplicateConfig {
  kind: 'replicate';
  token: string;
  /** With /v1 and without a slash at the end. */
  baseUrl: string;
  /** As the catalogue's models are named: `owner/name:version`, or `owner/name` of an official one. */
  model: string;
  /** Draws by an identity image; null where none is to. */
  identityModel: string | null;
  /** In place of the catalogue's. */
  modelPrice: Price | null;
  identityModelPrice: Price | null;
  /** Origins that pictures may be downloaded from; `https://*.host` allows every subdomain. */
  outputOrigins: string[];
  pollIntervalMs: number;
  /** After this many seconds the provider itself gives up, so that a forgotten prediction cannot bill for ever. */
  cancelAfterS: number;
  /** `owner/name` of the operator's model that LoRA trainings go to; null where none are made. */
  trainingDestination: string | null;
  /** A language model, `owner/name` or `owner/name:version`, that scenes are written with; null for none. */
  promptWriter: string | null;
  /** Null: nobody calls, and running predictions are only asked about. */
  webhook: WebhookConfig | null;
}
export type ProviderConfig = ReplicateConfig | { kind: 'preview' };

export interface RemoteModeration {
  apiKey: string;
  /** With /v1 and without a slash at the end. */
  baseUrl: string;
  model: string;
}
export interface ModerationConfig {
  /** Judges texts; null where only the rules on words do. */
  remote: RemoteModeration | null;
  /** Who judges finished pictures. */
  pictures: 'off' | 'remote' | 'nsfwjs';
}

export interface S3Config {
  kind: 's3';
  region: string;
  bucket: string;
  /** Absent: the SDK's own credential sources. */
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
  endpoint: string | undefined;
  forcePathStyle: boolean;
  /** Where browsers load objects from, without a slash at the end; absent: the bucket's own address. */
  publicBaseUrl: string | undefined;
}
export interface DiskConfig {
  kind: 'disk';
  path: string;
  /** As above; absent: `/api/image-files` on the forum's own origin. */
  publicBaseUrl: string | undefined;
}
export type StorageConfig = S3Config | DiskConfig;

export interface Limits {
  creditsPerMonth: number;
  /** US dollars a day (UTC) for the whole forum; null for no limit. */
  dailyBudgetUsd: number | null;
  maxActivePerUser: number;
  rateLimitPerMinute: number;
  /** Pictures of all users that may wait for their turn; one more is refused. */
  maxQueued: number;
  /** Predictions that the provider may be at work on at the same time; what is beyond waits. */
  maxInFlight: number;
  /** Trainings that may be under way at the same time: of one user, and of all. */
  maxTrainingsPerUser: number;
  maxTrainings: number;
  generationTimeoutS: number;
}

export interface Config {
  host: string;
  port: number;
  /** Null when the host hands over its own database handle. */
  database: DatabaseConfig | null;
  /** Null when the host passes its own `identify`. */
  jwt: { secret: string; cookie: string } | null;
  provider: ProviderConfig;
  storage: StorageConfig;
  moderation: ModerationConfig;
  /** What the daily comparison of the storage with the rows does with objects that no row names. */
  orphanSweep: 'report' | 'quarantine' | 'off';
  /** The folder of comparisons of the strategies. */
  consistencyPath: string;
  /** By the id of the art style. */
  styleLoras: Record<string, { weights: string; scale: number; trigger: string }>;
  limits: Limits;
  workers: 'on' | 'off' | 'only';
  /** The forum's public origin; requests from it are never taken for another site's. */
  publicUrl: string | undefined;
  /** Lets a scraper read the metrics; null: admins alone. */
  metricsToken: string | null;
  logLevel: string;
}

/** What a bad setting says at start: one line for each variable. */
export class ConfigError extends Error {
  readonly faults: string[];

  constructor(faults: string[]) {
    super(`The settings are not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/**
 * Reads the settings. An empty variable counts as unset, as in a .env file.
 * @throws ConfigError naming every variable at fault
 */
export function readConfig(env: Record<string, string | undefined>, host: HostParts = {}): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
    throw new ConfigError([...faults, ...crossFaults(given, host)]);
  }
  const settings = parsed.data;
  const faults = crossFaults(given, host);
  if (faults.length > 0) throw new ConfigError(faults);
  return {
    host: settings.HOST,
    port: settings.PORT,
    database: settings.DATABASE_PATH ? { kind: 'sqlite', path: settings.DATABASE_PATH } : null,
    jwt: settings.JWT_SECRET ? { secret: settings.JWT_SECRET, cookie: settings.JWT_COOKIE } : null,
    provider: providerConfig(settings),
    storage: storageConfig(settings),
    moderation: moderationConfig(settings),
    orphanSweep: settings.ORPHAN_SWEEP,
    consistencyPath: settings.CONSISTENCY_PATH,
    styleLoras: settings.STYLE_LORAS,
    limits: {
      creditsPerMonth: settings.CREDITS_PER_MONTH,
      dailyBudgetUsd: settings.DAILY_BUDGET_USD ?? null,
      maxActivePerUser: settings.MAX_ACTIVE_PER_USER,
      rateLimitPerMinute: settings.RATE_LIMIT_PER_MINUTE,
      maxQueued: settings.MAX_QUEUED,
      maxInFlight: settings.MAX_IN_FLIGHT,
      maxTrainingsPerUser: settings.MAX_TRAININGS_PER_USER,
      maxTrainings: settings.MAX_TRAININGS,
      generationTimeoutS: settings.GENERATION_TIMEOUT_S,
    },
    workers: settings.WORKERS,
    publicUrl: settings.PUBLIC_URL,
    metricsToken: settings.METRICS_TOKEN ?? null,
    logLevel: settings.LOG_LEVEL,
  };
}

/**
 * FAILPOINT=K6:kill, or K6:kill:3 for the third time that the point is reached. For tests of the program alone, and so none
 * of the settings above.
 * @throws ConfigError for anything else
 */
export function readFailpoint({ FAILPOINT }: Record<string, string | undefined>): Failpoint | undefined {
  if (!FAILPOINT) return undefined;
  const [, name = '', action, nth = 1] = /^([A-Z]\d+):(kill|throw|hang)(?::(\d+))?$/.exec(FAILPOINT) ?? [];
  if (!(name in FAILPOINTS)) throw new ConfigError(['FAILPOINT: is for tests, and this is none of its points']);
  return { name: name as Failpoint['name'], action: action as Failpoint['action'], skip: Number(nth) - 1 };
}

function providerConfig(settings: Environment): ProviderConfig {
  const token = settings.REPLICATE_API_TOKEN;
  if (settings.IMAGE_PROVIDER === 'preview' || !token) return { kind: 'preview' };
  return {
    kind: 'replicate',
    token,
    baseUrl: settings.REPLICATE_BASE_URL,
    model: settings.REPLICATE_MODEL,
    modelPrice: settings.REPLICATE_MODEL_PRICE ?? null,
    identityModel: settings.IDENTITY_MODEL ?? null,
    identityModelPrice: settings.IDENTITY_MODEL_PRICE ?? null,
    outputOrigins: settings.REPLICATE_OUTPUT_ORIGINS,
    pollIntervalMs: settings.POLL_INTERVAL_MS,
    cancelAfterS: settings.GENERATION_TIMEOUT_S,
    trainingDestination: settings.REPLICATE_TRAINING_DESTINATION ?? null,
    promptWriter: settings.PROMPT_WRITER_MODEL ?? null,
    webhook: webhookConfig(settings),
  };
}

function webhookConfig({ REPLICATE_WEBHOOK_SECRET: secret, PUBLIC_URL }: Environment): WebhookConfig | null {
  return secret && PUBLIC_URL ? { url: `${PUBLIC_URL}/api/webhooks/replicate`, secret } : null;
}

function moderationConfig(settings: Environment): ModerationConfig {
  const { MODERATION_API_KEY: apiKey, MODERATION_BASE_URL: baseUrl, MODERATION_MODEL: model } = settings;
  return { remote: apiKey ? { apiKey, baseUrl, model } : null, pictures: settings.PICTURE_MODERATION };
}

function storageConfig(settings: Environment): StorageConfig {
  const publicBaseUrl = settings.IMAGE_PUBLIC_BASE_URL;
  if (storageKind(settings) === 'disk') return { kind: 'disk', path: settings.DISK_PATH, publicBaseUrl };
  return {
    kind: 's3',
    region: settings.AWS_REGION,
    bucket: settings.AWS_BUCKET_NAME,
    credentials:
      settings.AWS_ACCESS_KEY_ID && settings.AWS_SECRET_ACCESS_KEY
        ? { accessKeyId: settings.AWS_ACCESS_KEY_ID, secretAccessKey: settings.AWS_SECRET_ACCESS_KEY }
        : undefined,
    endpoint: settings.S3_ENDPOINT,
    forcePathStyle: settings.S3_FORCE_PATH_STYLE,
    publicBaseUrl,
  };
}
