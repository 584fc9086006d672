// Every setting by its name in the environment: what it may be, and what it is when left out.
import { z } from 'zod';
import { modelSetting, priceSetting } from '../providers/models.ts';
import { bearer, flag, integer, number, origin, styleLoras, url } from './kinds.ts';

export const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65535).default(3000),
  DATABASE_PATH: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  JWT_SECRET: z.string().optional(),
  JWT_COOKIE: z
    .string()
    .regex(/^[\w-]+$/, 'must be a cookie name')
    .default('token'),
  IMAGE_PROVIDER: z.enum(['replicate', 'preview']).optional(),
  REPLICATE_API_TOKEN: bearer.optional(),
  REPLICATE_BASE_URL: url.default('https://api.replicate.com/v1'),
  REPLICATE_MODEL: modelSetting(['prompt', 'reference', 'lora']).prefault('stability-ai/sdxl'),
  REPLICATE_MODEL_PRICE: priceSetting.optional(),
  IDENTITY_MODEL: modelSetting(['identity']).optional(),
  IDENTITY_MODEL_PRICE: priceSetting.optional(),
  REPLICATE_OUTPUT_ORIGINS: z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(origin).min(1))
    .default(['https://replicate.delivery', 'https://*.replicate.delivery']),
  STYLE_LORAS: styleLoras.default({}),
  REPLICATE_TRAINING_DESTINATION: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name of a model of yours')
    .optional(),
  PROMPT_WRITER_MODEL: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+(:[0-9a-f]{64})?$/, 'must be owner/name or owner/name:version of a language model')
    .optional(),
  REPLICATE_WEBHOOK_SECRET: z
    .string()
    // No less than the 24 bytes that Standard Webhooks asks for: with an empty key everybody could sign.
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_… as Replicate tells it')
    .optional(),
  PUBLIC_URL: url.optional(),
  POLL_INTERVAL_MS: integer(50, 60_000).default(2000),
  GENERATION_TIMEOUT_S: integer(5, 3600).default(300),
  IMAGE_STORAGE: z.enum(['s3', 'disk']).optional(),
  DISK_PATH: z.string().default('data/images'),
  AWS_REGION: z.string().default('eu-north-1'),
  AWS_BUCKET_NAME: z.string().default('kuvatjakalat'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  S3_ENDPOINT: url.optional(),
  S3_FORCE_PATH_STYLE: flag.default(false),
  IMAGE_PUBLIC_BASE_URL: url.optional(),
  ORPHAN_SWEEP: z.enum(['report', 'quarantine', 'off']).default('report'),
  CONSISTENCY_PATH: z.string().default('data/consistency'),
  MODERATION_API_KEY: bearer.optional(),
  MODERATION_BASE_URL: url.default('https://api.openai.com/v1'),
  MODERATION_MODEL: z.string().default('omni-moderation-latest'),
  PICTURE_MODERATION: z.enum(['off', 'remote', 'nsfwjs']).default('off'),
  CREDITS_PER_MONTH: integer(0, 1_000_000).default(100),
  DAILY_BUDGET_USD: number(0, 1_000_000).optional(),
  MAX_ACTIVE_PER_USER: integer(1, 1000).default(3),
  RATE_LIMIT_PER_MINUTE: integer(1, 100_000).default(10),
  MAX_QUEUED: integer(1, 10_000).default(200),
  MAX_TRAININGS_PER_USER: integer(1, 100).default(1),
  MAX_TRAININGS: integer(0, 1000).default(5),
  MAX_IN_FLIGHT: integer(1, 1000).default(300),
  WORKERS: z.enum(['on', 'off', 'only']).default('on'),
  METRICS_TOKEN: z
    .string()
    .regex(/^\S{16,200}$/, 'must be 16 to 200 signs without a space')
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});
export type Environment = z.output<typeof Environment>;
