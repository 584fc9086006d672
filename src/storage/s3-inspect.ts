// Tries a bucket as the service uses it, and as strangers might; every object of its own is deleted again.
import { randomBytes } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { fault, fine, newProbe, tryDelete, tryHidden, tryLists, tryPublicRead, tryWrites } from './bucket-check.ts';
import { QUARANTINE } from './keys.ts';
import { at, type Bucket, named, within } from './s3-calls.ts';
import { explain } from './s3-explain.ts';
import { type Finding, StorageError } from './storage.ts';

/** Without a slash at the end. */
export interface Addresses {
  /** The bucket's own, where strangers may try anything. */
  own: string;
  /** Where browsers load pictures. */
  shown: string;
}

interface Probe {
  key: string;
  bytes: Buffer<ArrayBuffer>;
}

const FORBIDDEN =
  'allow s3:GetObject on games/* for everyone, and let Block Public Access accept that policy; behind CloudFront, allow its distribution to read.';

export async function inspectBucket(bucket: Bucket, addresses: Addresses): Promise<Finding[]> {
  const picture = newProbe();
  const staged = { key: `staging/${randomBytes(16).toString('hex')}`, bytes: newProbe().bytes };
  const [hidden, foreign] = [newProbe(), newProbe()];
  const quarantined = { key: QUARANTINE + hidden.key, bytes: hidden.bytes };
  const probes = [picture, staged, quarantined];
  const strangers = [foreign.key, `staging/${randomBytes(16).toString('hex')}`, QUARANTINE + foreign.key];
  const cleaning = new Cleaning(bucket);
  try {
    const written = await tried('write', 'The service can write.', () => writeAll(bucket, probes, cleaning));
    if (written.ok) cleaning.expect(strangers);
    const read = written.ok ? await whatIsThere(bucket, addresses, { picture, staged, quarantined, strangers }) : [];
    const deleted = await cleaning.all();
    return [written, ...(written.ok ? [...read, deleted, cleaning.versioning()] : []), encryption(addresses)];
  } finally {
    await cleaning.all();
  }
}

async function whatIsThere(
  bucket: Bucket,
  { own, shown }: Addresses,
  probes: { picture: Probe; staged: Probe; quarantined: Probe; strangers: string[] },
): Promise<Finding[]> {
  const { picture, staged, quarantined, strangers } = probes;
  const both = (key: string) => [...new Set([own, shown])].map((base) => `${base}/${key}`);
  const findings = await Promise.all([
    tried('read', 'The service can read.', () => readBack(bucket, [picture, staged, quarantined])),
    listing(bucket, picture.key),
    tryPublicRead(`${shown}/${picture.key}`, picture.bytes, FORBIDDEN),
    tryHidden('staging_hidden', 'what is in staging/', both(staged.key), staged.bytes),
    tryHidden(
      'quarantine_hidden',
      'what was taken out of sight, in quarantine/',
      both(quarantined.key),
      quarantined.bytes,
    ),
    tryLists([`${own}?list-type=2&prefix=games/`, `${own}?list-type=2`, `${own}/`, `${shown}/`]),
    tryWrites(
      strangers.map((key) => `${own}/${key}`),
      picture.bytes,
    ),
  ]);
  const isGone = async () => (await read(bucket, picture.key)) === undefined;
  const gone = await tryDelete(`${own}/${picture.key}`, isGone).catch((error) =>
    fault('anonymous_delete', explain(error)),
  );
  return [...findings, gone];
}

async function tried(name: string, found: string, work: () => Promise<unknown>): Promise<Finding> {
  return work().then(
    () => fine(name, found),
    (error: unknown) => fault(name, explain(error)),
  );
}

async function writeAll(bucket: Bucket, probes: Probe[], cleaning: Cleaning): Promise<void> {
  for (const { key, bytes } of probes) {
    cleaning.expect([key]);
    await within(bucket.totalMs, 'store', async (abortSignal) => {
      const object = { ...at(bucket, key), Body: bytes, ContentType: 'image/webp', CacheControl: 'no-store' };
      const { ETag, VersionId } = await bucket.client.send(new PutObjectCommand(object), { abortSignal });
      if (!ETag) throw new StorageError('Something that is not S3 answers.');
      cleaning.remember(key, VersionId);
    });
  }
}

async function readBack(bucket: Bucket, probes: Probe[]): Promise<void> {
  for (const { key, bytes } of probes) {
    const found = await read(bucket, key);
    if (!found?.equals(bytes)) throw new StorageError('Something that is not S3 answers.');
  }
}

function read(bucket: Bucket, key: string): Promise<Buffer | undefined> {
  return within(bucket.totalMs, 'read', async (abortSignal) => {
    try {
      const { Body } = await bucket.client.send(new GetObjectCommand(at(bucket, key)), { abortSignal });
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if (named(error, 'NoSuchKey')) return undefined;
      throw error;
    }
  });
}

/** Only the daily comparison lists, and a missing object is told from a forbidden one by the same right. */
async function listing(bucket: Bucket, key: string): Promise<Finding> {
  try {
    await within(bucket.totalMs, 'list', async (abortSignal) => {
      const asked = { Bucket: bucket.name, Prefix: key };
      const { Contents = [] } = await bucket.client.send(new ListObjectsV2Command(asked), { abortSignal });
      if (Contents[0]?.Key !== key) throw new StorageError('Something that is not S3 answers.');
    });
    return fine('list', 'The service can list.');
  } catch (error) {
    return fault('list', `The daily comparison with the database cannot list games/. ${explain(error)}`, 'warning');
  }
}

function encryption({ own, shown }: Addresses): Finding {
  if ([own, shown].every(isSafe)) return fine('tls', 'The bucket and its pictures are reached by https.');
  return fault(
    'tls',
    'S3_ENDPOINT or IMAGE_PUBLIC_BASE_URL is plain http: anybody on the way can read and change pictures.',
    'warning',
  );
}

/** What does not leave the machine needs no encryption. */
function isSafe(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(hostname);
}

/** Deletes all keys that were or may have been written, and learns from the answers whether bytes stay behind. */
class Cleaning {
  readonly #bucket: Bucket;
  readonly #left = new Set<string>();
  readonly #versions = new Map<string, string>();
  #isVersioned = false;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** Something is, or may come to be, under these keys. */
  expect(keys: string[]): void {
    for (const key of keys) this.#left.add(key);
  }

  remember(key: string, version: string | undefined): void {
    if (!version || version === 'null') return;
    this.#versions.set(version, key);
    this.#isVersioned = true;
  }

  async all(): Promise<Finding> {
    const failures: unknown[] = [];
    const deletes = [...this.#left].map((key) => this.#delete(key).catch((error: unknown) => failures.push(error)));
    await Promise.all(deletes);
    // Best effort: without the right to do so, a lifecycle rule has to.
    for (const [version, key] of this.#versions) await this.#delete(key, version).catch(() => {});
    this.#versions.clear();
    if (failures.length === 0) return fine('delete', 'The service can delete.');
    return fault('delete', `The service cannot delete, so pictures stay for ever. ${explain(failures[0])}`);
  }

  /** Told by the versions that the answers have named: the right to ask the bucket itself is not needed. */
  versioning(): Finding {
    if (!this.#isVersioned) return fine('versioning', 'What is deleted leaves nothing behind.');
    const mend = 'switch it off, or let a lifecycle rule expire old versions';
    return fault(
      'versioning',
      `The bucket keeps old versions, so the bytes of deleted pictures stay: ${mend}.`,
      'warning',
    );
  }

  #delete(Key: string, VersionId?: string): Promise<void> {
    return within(this.#bucket.totalMs, 'delete', async (abortSignal) => {
      const wanted = new DeleteObjectCommand({ ...at(this.#bucket, Key), VersionId });
      const answer = await this.#bucket.client.send(wanted, { abortSignal });
      if (VersionId) return;
      this.#left.delete(Key);
      if (answer.DeleteMarker) this.remember(Key, answer.VersionId);
    });
  }
}
