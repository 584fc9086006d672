// What every call to a bucket needs: a client that never waits without end, a deadline for the whole, errors in our own words.
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Config } from '../config.ts';
import { StorageError } from './storage.ts';

/** Milliseconds. The SDK has no deadline of its own: a server that never answers would be waited for without end. */
export interface Deadlines {
  /** One request up to the first byte of its answer. */
  attemptMs: number;
  /** One operation with all its requests, tries and pauses; for a delete, each key. */
  totalMs: number;
}

export interface Bucket {
  client: S3Client;
  name: string;
  totalMs: number;
  /** False once the server has said that it cannot do conditional writes. */
  conditionalWrites: boolean;
}

const MAX_ATTEMPTS = 3;
const CONNECT_MS = 5_000;

export function openClient(config: S3Config, attemptMs: number): S3Client {
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

/** The race, beside the signal, because the SDK's pauses between two tries (a server may ask for seconds) heed no signal. */
export async function within<T>(ms: number, aim: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
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

export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

export function named(error: unknown, ...names: string[]): boolean {
  return error instanceof S3ServiceException && names.includes(error.name);
}

export function at(bucket: Bucket, key: string): { Bucket: string; Key: string } {
  return { Bucket: bucket.name, Key: key };
}
