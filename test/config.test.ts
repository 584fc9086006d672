// The settings: defaults, every fault at once and by name, and .env.example in step with the code.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Config, ConfigError, readConfig } from '../src/config.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ENOUGH = { DATABASE_PATH: 'forum.db', JWT_SECRET: 'secret' };

function faultsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => fault.slice(0, fault.indexOf(':')));
    throw error;
  }
}

test('a database and a secret are enough to start with', () => {
  expect(readConfig(ENOUGH)).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    provider: { kind: 'preview' },
    storage: { kind: 'disk' },
    limits: { creditsPerMonth: 100, dailyBudgetUsd: null, maxActivePerUser: 3, rateLimitPerMinute: 10 },
  } satisfies Partial<Config> | object);
});

test('a host that brings its handle and its login needs no setting at all', () => {
  expect(readConfig({}, { database: true, identify: true })).toMatchObject({ database: null, jwt: null });
});

test('all faults are told at once, by the name of the variable', () => {
  const bad = {
    PORT: 'x',
    POLL_INTERVAL_MS: '1',
    REPLICATE_MODEL: 'sdxl',
    S3_ENDPOINT: 'localhost',
    LOG_LEVEL: 'loud',
  };
  expect(faultsOf({ ...ENOUGH, ...bad }).sort()).toEqual(Object.keys(bad).sort());
  expect(faultsOf({ PORT: 'x' }).sort()).toEqual(['DATABASE_PATH', 'JWT_SECRET', 'PORT']);
  expect(faultsOf({}).sort()).toEqual(['DATABASE_PATH', 'JWT_SECRET']);
});

test.each([
  ['DATABASE_URL', { ...ENOUGH, DATABASE_URL: 'postgres://x/y' }],
  ['REPLICATE_API_TOKEN', { ...ENOUGH, IMAGE_PROVIDER: 'replicate' }],
  ['AWS_SECRET_ACCESS_KEY', { ...ENOUGH, AWS_ACCESS_KEY_ID: 'x' }],
  ['REPLICATE_OUTPUT_ORIGINS', { ...ENOUGH, REPLICATE_OUTPUT_ORIGINS: 'http://example.test' }],
  ['REPLICATE_OUTPUT_ORIGINS', { ...ENOUGH, REPLICATE_OUTPUT_ORIGINS: 'https://*' }],
  ['GENERATION_TIMEOUT_S', { ...ENOUGH, GENERATION_TIMEOUT_S: '1e3' }],
  ['PUBLIC_URL', { ...ENOUGH, REPLICATE_WEBHOOK_SECRET: SECRET }],
  ['PUBLIC_URL', { ...ENOUGH, REPLICATE_WEBHOOK_SECRET: SECRET, PUBLIC_URL: 'http://forum.test' }],
  ['PUBLIC_URL', { ...ENOUGH, REPLICATE_WEBHOOK_SECRET: SECRET, PUBLIC_URL: 'http://127.0.0.1.evil.test' }],
  [
    'REPLICATE_TRAINING_DESTINATION',
    { ...ENOUGH, REPLICATE_TRAINING_DESTINATION: 'forum', PUBLIC_URL: 'https://x.test' },
  ],
  ['PUBLIC_URL', { ...ENOUGH, REPLICATE_TRAINING_DESTINATION: 'forum/characters' }],
  ['PROMPT_WRITER_MODEL', { ...ENOUGH, PROMPT_WRITER_MODEL: 'llama' }],
  ['PROMPT_WRITER_MODEL', { ...ENOUGH, PROMPT_WRITER_MODEL: 'meta/llama:latest' }],
  ['STYLE_LORAS', { ...ENOUGH, STYLE_LORAS: 'anime' }],
  ['STYLE_LORAS', { ...ENOUGH, STYLE_LORAS: '{"anime": {"weights": "http://x.test/w.tar"}}' }],
  ['REPLICATE_WEBHOOK_SECRET', { ...ENOUGH, REPLICATE_WEBHOOK_SECRET: 'whsec_', PUBLIC_URL: 'https://forum.test' }],
  ['REPLICATE_WEBHOOK_SECRET', { ...ENOUGH, REPLICATE_WEBHOOK_SECRET: SECRET.slice(6), PUBLIC_URL: 'https://x.test' }],
  ['MAX_ACTIVE_PER_USER', { ...ENOUGH, MAX_ACTIVE_PER_USER: '0' }],
  ['MAX_ACTIVE_PER_USER', { ...ENOUGH, MAX_ACTIVE_PER_USER: '2.5' }],
])('%s is at fault', (name, env) => {
  expect(faultsOf(env)).toEqual([name]);
});

test('a token chooses Replicate, keys or an endpoint choose S3, and what is named wins', () => {
  const token = { ...ENOUGH, REPLICATE_API_TOKEN: 'r8_x' };
  expect(readConfig(token).provider.kind).toBe('replicate');
  expect(readConfig({ ...token, IMAGE_PROVIDER: 'preview' }).provider.kind).toBe('preview');
  expect(readConfig({ ...ENOUGH, S3_ENDPOINT: 'http://127.0.0.1:7480/' }).storage).toMatchObject({
    kind: 's3',
    bucket: 'kuvatjakalat',
    region: 'eu-north-1',
    endpoint: 'http://127.0.0.1:7480',
  });
  expect(readConfig({ ...ENOUGH, S3_ENDPOINT: 'http://x.test', IMAGE_STORAGE: 'disk' }).storage.kind).toBe('disk');
});

test('weights of art styles are read from one line of JSON, and those of characters need no public address beside S3', () => {
  const weights = 'https://x.test/trained_model.tar';
  const env = { ...ENOUGH, STYLE_LORAS: JSON.stringify({ anime: { weights } }) };
  expect(readConfig(env).styleLoras).toEqual({ anime: { weights, scale: 0.6, trigger: 'TOK' } });
  const destination = { REPLICATE_API_TOKEN: 'r8_x', REPLICATE_TRAINING_DESTINATION: 'forum/characters' };
  expect(readConfig({ ...ENOUGH, ...destination, IMAGE_STORAGE: 's3' }).provider).toMatchObject({
    trainingDestination: 'forum/characters',
  });
});

test('webhooks are expected where both a secret and the public address are set, and not by one of them', () => {
  const webhookOf = (env: Record<string, string>) => {
    const { provider } = readConfig({ ...ENOUGH, REPLICATE_API_TOKEN: 'r8_x', ...env });
    return provider.kind === 'replicate' ? provider.webhook : undefined;
  };
  const url = 'https://forum.test/api/webhooks/replicate';
  expect(webhookOf({ REPLICATE_WEBHOOK_SECRET: SECRET, PUBLIC_URL: 'https://forum.test/' })).toEqual({
    url,
    secret: SECRET,
  });
  expect(webhookOf({ REPLICATE_WEBHOOK_SECRET: SECRET, PUBLIC_URL: 'http://127.0.0.1:3000' })).not.toBeNull();
  expect(webhookOf({ PUBLIC_URL: 'http://forum.test' })).toBeNull();
});

test('.env.example names every setting that the code reads, with its default, and README explains the same', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const code = readFileSync(new URL('../src/settings/environment.ts', import.meta.url), 'utf8');
  const shown = Object.fromEntries(
    [...example.matchAll(/^([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  const read = [...code.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map((match) => match[1] ?? '');
  expect(read.length).toBeGreaterThan(25);
  expect(Object.keys(shown)).toEqual(expect.arrayContaining(read));
  const reread = readConfig({ ...shown, ...ENOUGH });
  expect(reread).toEqual(readConfig(ENOUGH));
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(Object.keys(shown).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
