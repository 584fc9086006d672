// Keeps the pictures in an S3 bucket: every call with a deadline, every write confirmed by reading its size and digest back.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Config } from '../config.ts';
import { checkAnyKey, checkGeneratedKey, checkKey, checkObject, checkWeightsKey, MAX_OBJECT_BYTES } from './checks.ts';
import { placesOf, QUARANTINE } from './keys.ts';
import { at, type Bucket, type Deadlines, named, openClient, statusOf, within } from './s3-calls.ts';
import { inspectBucket } from './s3-inspect.ts';
import { listPictures } from './s3-list.ts';
import { DamagedObject, type Storage, StorageError, type StoredObject, type Weights } from './storage.ts';

/** 190 MB at 3 Mbit/s take about as long; the usual deadlines are those of pictures. */
const WEIGHTS_MS = 600_000;
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
  const baseUrl = config.publicBaseUrl ?? addressOf(config);
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
    putWeights: (key, path, weights) => putWeights(bucket, key, path, weights),
    hasWeights: (key, weights) => hasWeights(bucket, key, weights),
    readWeights: (key) => readWeights(bucket, key),
    delete: (keys) => removeAll(bucket, keys),
    list: () => listPictures(bucket),
    quarantine: (key) => move(bucket, key, { from: '', to: QUARANTINE }),
    restore: (key) => move(bucket, key, { from: QUARANTINE, to: '' }),
    publicUrl(key) {
      checkAnyKey(key);
      return `${baseUrl}/${key}`;
    },
    check: () => within(totalMs, 'be written to and read from', (signal) => check(bucket, signal)),
    inspect: () => inspectBucket(bucket, { own: addressOf(config), shown: baseUrl }),
  };
}

/** The bucket's own, without a slash at the end. */
function addressOf(config: S3Config): string {
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
async function send(bucket: Bucket, request: PutRequest, signal: AbortSignal, requestTimeout?: number): Promise<void> {
  const { ETag } = await bucket.client.send(new PutObjectCommand(request), { abortSignal: signal, requestTimeout });
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

/** A stream can be sent but once, so neither the SDK nor a condition may send it again; the key is shared by its own tries alone. */
async function putWeights(bucket: Bucket, key: string, path: string, weights: Weights): Promise<void> {
  if (await hasWeights(bucket, key, weights)) return;
  await within(WEIGHTS_MS, 'store the weights', async (signal) => {
    if (await head(bucket, key, signal)) throw new StorageError('Other weights are already stored under this key.');
    const request = {
      ...at(bucket, key),
      Body: createReadStream(path),
      ContentLength: weights.bytes,
      ContentType: 'application/x-tar',
      CacheControl: CACHE_CONTROL,
      Metadata: { sha256: weights.sha256 },
    };
    await send(bucket, request, signal, WEIGHTS_MS);
  });
  if (!(await hasWeights(bucket, key, weights))) {
    throw new StorageError('The picture store does not hold what was sent to it.');
  }
}

/** By the digest that was written beside them. */
async function hasWeights(bucket: Bucket, key: string, { bytes, sha256 }: Weights): Promise<boolean> {
  checkWeightsKey(key);
  const present = await within(bucket.totalMs, 'read the weights', (signal) => head(bucket, key, signal));
  return present?.ContentLength === bytes && present.Metadata?.sha256 === sha256;
}

async function readWeights(bucket: Bucket, key: string) {
  checkWeightsKey(key);
  return within(bucket.totalMs, 'read the weights', async (signal) => {
    try {
      const answer = await bucket.client.send(new GetObjectCommand(at(bucket, key)), { abortSignal: signal });
      return { bytes: answer.ContentLength ?? 0, content: answer.Body as Readable };
    } catch (error) {
      if (named(error, 'NoSuchKey')) return undefined;
      throw error;
    }
  });
}

async function get(bucket: Bucket, key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
  const found = await read(bucket, key, signal);
  if (found?.digest && found.digest !== sha256(found.bytes)) {
    throw new DamagedObject('The picture store gave back something else than was stored.');
  }
  return found && { bytes: found.bytes, contentType: found.contentType };
}

/** As it is there, with the digest that was written beside it. */
async function read(bucket: Bucket, key: string, signal: AbortSignal) {
  try {
    const answer = await bucket.client.send(new GetObjectCommand(at(bucket, key)), { abortSignal: signal });
    const bytes = await readLimited(answer.Body as Readable, signal);
    if (!answer.ETag) throw new StorageError('The picture store gave back something else than was stored.');
    return { bytes, contentType: answer.ContentType ?? 'image/webp', digest: answer.Metadata?.sha256 };
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
  keys.forEach(checkAnyKey);
  const waiting = [...new Set(keys)].flatMap(placesOf);
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

/**
 * Read and written again rather than copied in the bucket: a bucket whose policy asks for conditional writes refuses copies.
 */
async function move(bucket: Bucket, key: string, { from, to }: { from: string; to: string }): Promise<boolean> {
  checkGeneratedKey(key);
  return within(bucket.totalMs, 'move the picture', async (signal) => {
    const object = await read(bucket, `${from}${key}`, signal);
    if (!object) return false;
    await put(bucket, `${to}${key}`, object, signal);
    await remove(bucket, `${from}${key}`, signal);
    return true;
  });
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

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
