// Keeps the pictures in an S3 bucket: every call with a deadline, every write confirmed by reading its size and digest back.
import { createHash, randomBytes } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { S3Config } from '../config.ts';
import { checkKey, checkObject, MAX_OBJECT_BYTES } from './checks.ts';
import { type Storage, StorageError, type StoredObject } from './storage.ts';

/** Milliseconds. The SDK has no deadline of its own: a server that never answers would be waited for without end. */
export interface Deadlines {
  /** One request up to the first byte of its answer. */
  attemptMs: number;
  /** One operation with all its requests, tries and pauses; for a delete, each key. */
  totalMs: number;
}

interface Bucket {
  client: S3Client;
  name: string;
  totalMs: number;
  /** False once the server has said that it cannot do conditional writes. */
  conditionalWrites: boolean;
}

const MAX_ATTEMPTS = 3;
const CONNECT_MS = 5_000;
const DELETES_AT_ONCE = 4;
/** A day, not a year: an erased picture must not live on in caches. */
const CACHE_CONTROL = 'public, max-age=86400';
/** Outside the prefix that anyone may read. */
const STAGING = 'staging/';

export function createS3Storage(
  config: S3Config,
  { attemptMs = 10_000, totalMs = 30_000 }: Partial<Deadlines> = {},
): Storage {
  const client = openClient(config, attemptMs);
  const bucket: Bucket = { client, name: config.bucket, totalMs, conditionalWrites: true };
  const baseUrl = publicBase(config);
  return {
    kind: 's3',
    put: (key, object) =>
      within(totalMs, 'store the picture', async (signal) => {
        checkKey(key);
        checkObject(object);
        await put(bucket, key, object, signal);
      }),
    get: (key) =>
      within(totalMs, 'read the picture', async (signal) => {
        checkKey(key);
        return get(bucket, key, signal);
      }),
    delete: (keys) => removeAll(bucket, keys),
    publicUrl(key) {
      checkKey(key);
      return `${baseUrl}/${key}`;
    },
    check: () => within(totalMs, 'be written to and read from', (signal) => check(bucket, signal)),
  };
}

function openClient(config: S3Config, attemptMs: number): S3Client {
  return new S3Client({
    region: config.region,
    // A copy, because the SDK writes into the object it is given.
    ...(config.credentials && { credentials: { ...config.credentials } }),
    ...(config.endpoint && { endpoint: config.endpoint }),
    // The SDK's own checksums are news to many servers that are not Amazon's; the signature covers the body anyway.
    ...(config.endpoint && {
      requestChecksumCalculation: 'WHEN_REQUIRED' as const,
      responseChecksumValidation: 'WHEN_REQUIRED' as const,
    }),
    forcePathStyle: config.forcePathStyle,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    // Without throwOnRequestTimeout the SDK only warns when the time is over, and waits on.
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_MS, attemptMs),
      requestTimeout: attemptMs,
      throwOnRequestTimeout: true,
    },
  });
}

function publicBase(config: S3Config): string {
  if (config.publicBaseUrl) return config.publicBaseUrl;
  if (!config.endpoint) return `https://${config.bucket}.s3.${config.region}.amazonaws.com`;
  if (config.forcePathStyle) return `${config.endpoint}/${config.bucket}`;
  return config.endpoint.replace('://', `://${config.bucket}.`);
}

async function put(bucket: Bucket, key: string, { bytes, contentType }: StoredObject, signal: AbortSignal) {
  const digest = sha256(bytes);
  const request = {
    ...at(bucket, key),
    Body: bytes,
    ContentType: contentType,
    CacheControl: CACHE_CONTROL,
    Metadata: { sha256: digest, 'ai-generated': 'true' },
  };
  const outcome = await write(bucket, request, signal);
  const present = await head(bucket, key, signal);
  if (present?.ContentLength === bytes.length && present.Metadata?.sha256 === digest) return;
  throw new StorageError(
    outcome === 'taken'
      ? 'Another picture is already stored under this key.'
      : 'The picture store does not hold what was sent to it.',
  );
}

type PutRequest = ConstructorParameters<typeof PutObjectCommand>[0];

/** `taken` may still mean us: when the answer to a write is lost, the SDK's second try finds the first one's object. */
async function write(bucket: Bucket, request: PutRequest, signal: AbortSignal): Promise<'written' | 'taken'> {
  if (!bucket.conditionalWrites) return writeAfterLook(bucket, request, signal);
  try {
    await send(bucket, { ...request, IfNoneMatch: '*' }, signal);
    return 'written';
  } catch (error) {
    // 409: another write to the key was under way at the same moment.
    if (statusOf(error) === 412 || statusOf(error) === 409) return 'taken';
    if (!named(error, 'NotImplemented')) throw error;
    bucket.conditionalWrites = false;
    return writeAfterLook(bucket, request, signal);
  }
}

/**
 * For servers without conditional writes (OpenStack Swift answers 501). Two writers could pass the look together, but they
 * would have to share a key of 128 random bits, which only the tries of one and the same picture do.
 */
async function writeAfterLook(bucket: Bucket, request: PutRequest, signal: AbortSignal): Promise<'written' | 'taken'> {
  if (await head(bucket, request.Key ?? '', signal)) return 'taken';
  await send(bucket, request, signal);
  return 'written';
}

/** A login page of some proxy answers 200 as well, and the SDK is content with that; but only S3 sends an ETag. */
async function send(bucket: Bucket, request: PutRequest, signal: AbortSignal): Promise<void> {
  const { ETag } = await bucket.client.send(new PutObjectCommand(request), { abortSignal: signal });
  if (!ETag) throw new StorageError('Something that is not S3 answered in the place of the picture store.');
}

async function head(bucket: Bucket, key: string, signal: AbortSignal): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await bucket.client.send(new HeadObjectCommand(at(bucket, key)), { abortSignal: signal });
  } catch (error) {
    if (named(error, 'NotFound', 'NoSuchKey')) return undefined;
    throw error;
  }
}

async function get(bucket: Bucket, key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
  try {
    const answer = await bucket.client.send(new GetObjectCommand(at(bucket, key)), { abortSignal: signal });
    const bytes = await readLimited(answer.Body as Readable, signal);
    const digest = answer.Metadata?.sha256;
    if (!answer.ETag || (digest && digest !== sha256(bytes))) {
      throw new StorageError('The picture store gave back something else than was stored.');
    }
    return { bytes, contentType: answer.ContentType ?? 'image/webp' };
  } catch (error) {
    if (named(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/** The signal is put on the body too: the SDK lets go of it once the answer's head is there. */
async function readLimited(body: Readable, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, body)) {
    length += chunk.length;
    if (length > MAX_OBJECT_BYTES) throw new StorageError('The picture store gave back more than 32 MiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** One request per key: the bulk call hides its failures in a 200 and asks for a digest that some servers refuse. */
async function removeAll(bucket: Bucket, keys: string[]): Promise<void> {
  keys.forEach(checkKey);
  const waiting = [...new Set(keys)];
  const failures: unknown[] = [];
  const lane = async () => {
    for (let key = waiting.pop(); key; key = waiting.pop()) {
      await removeOne(bucket, key).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: DELETES_AT_ONCE }, lane));
  if (failures.length > 0) throw failures[0];
}

function removeOne(bucket: Bucket, key: string): Promise<void> {
  return within(bucket.totalMs, 'delete the picture', (signal) => remove(bucket, key, signal));
}

async function remove(bucket: Bucket, key: string, signal: AbortSignal): Promise<void> {
  try {
    const answer = await bucket.client.send(new DeleteObjectCommand(at(bucket, key)), { abortSignal: signal });
    if (answer.$metadata.httpStatusCode !== 204) {
      throw new StorageError('Something that is not S3 answered in the place of the picture store.');
    }
  } catch (error) {
    if (!named(error, 'NoSuchKey')) throw error;
  }
}

async function check(bucket: Bucket, signal: AbortSignal): Promise<void> {
  const key = `${STAGING}${randomBytes(16).toString('hex')}`;
  const probe = randomBytes(64);
  try {
    await put(bucket, key, { bytes: probe, contentType: 'application/octet-stream' }, signal);
    const back = await get(bucket, key, signal);
    if (!back?.bytes.equals(probe)) throw new StorageError('The picture store does not give back what it was given.');
  } catch (error) {
    await remove(bucket, key, signal).catch(() => undefined);
    throw error;
  }
  await remove(bucket, key, signal);
}

/** The race, beside the signal, because the SDK's pauses between two tries (a server may ask for seconds) heed no signal. */
async function within<T>(ms: number, aim: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    deadline.reject(new StorageError(`The picture store could not ${aim} in time.`));
    controller.abort();
  }, ms);
  try {
    return await Promise.race([work(controller.signal), deadline.promise]);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw new StorageError(`The picture store could not ${aim} (${reason(error)}).`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** A status and a code word. Never the upstream text, which may repeat parts of the request and its signature. */
function reason(error: unknown): string {
  const { code, name, $metadata } = error as NodeJS.ErrnoException & Partial<S3ServiceException>;
  const word = [code, name].find((candidate) => /^\w{1,60}$/.test(candidate ?? '')) ?? 'unknown fault';
  return $metadata?.httpStatusCode ? `${$metadata.httpStatusCode} ${word}` : word;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

function named(error: unknown, ...names: string[]): boolean {
  return error instanceof S3ServiceException && names.includes(error.name);
}

function at(bucket: Bucket, key: string): { Bucket: string; Key: string } {
  return { Bucket: bucket.name, Key: key };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
