// The socket for whoever keeps the pictures, and the weights. Keys are immutable: a new picture is a new key.
import type { Readable } from 'node:stream';

/** A stored object. Only what this service wrote itself: re-encoded, marked WebP. */
export interface StoredObject {
  bytes: Buffer;
  contentType: string;
}

/** Weights of a LoRA: a tar of up to 250 MB, which is never in memory as a whole. */
export interface Weights {
  bytes: number;
  sha256: string;
}

/** Every failure of a store: the picture is safe elsewhere, the caller tries again. `cause` is for the log. */
export class StorageError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'StorageError';
  }
}

/** What came back is not what was stored: trying again will not help. */
export class DamagedObject extends StorageError {}

/** What a listing tells of an object. */
export interface ListedObject {
  key: string;
  /** Bytes. */
  size: number;
  /** Unix milliseconds, by the clock of the store. */
  lastModified: number;
}

/** One thing that was tried on the store, for whoever sets it up. */
export interface Finding {
  name: string;
  ok: boolean;
  /** `error`: pictures are not kept, not shown, or not safe; `warning`: they are, and yet it should be mended. */
  severity: 'error' | 'warning';
  /** A sentence: what was found and, where it is not as it should be, what to mend. No secret, no words of the store's own. */
  message: string;
}

export interface Storage {
  readonly kind: 's3' | 'disk';
  /**
   * Stores the object whole or not at all, and confirms it by reading its size back.
   * Repeating a put with the same bytes is success; other bytes under the same key is a StorageError. Deadline 30 s.
   */
  put(key: string, object: StoredObject): Promise<void>;
  /** The object, or undefined when there is none. @throws DamagedObject when the store knows that it has changed */
  get(key: string): Promise<StoredObject | undefined>;
  /** As put, for weights that lie in a file on this machine. Deadline 10 min. */
  putWeights(key: string, path: string, weights: Weights): Promise<void>;
  /** Whether exactly these are stored, and whole. */
  hasWeights(key: string, weights: Weights): Promise<boolean>;
  /** For whoever passes them on; undefined when there are none. */
  readWeights(key: string): Promise<{ bytes: number; content: Readable } | undefined>;
  /** Afterwards none of the keys exists, in the quarantine neither; ones that never did are fine. Safe to repeat. */
  delete(keys: string[]): Promise<void>;
  /**
   * All pictures whose keys this service has made, in pages of 1,000 or less and in the order of their keys; whatever else lies
   * beside them is left out. An object that comes or goes meanwhile may be listed or not.
   */
  list(): AsyncGenerator<ListedObject[]>;
  /**
   * Takes an object out of sight and keeps it. At every moment it is in one place or in both, never in none. Safe to repeat.
   * @returns false when there is no such object
   */
  quarantine(key: string): Promise<boolean>;
  /** Puts an object back from the quarantine. @returns false when it is not there */
  restore(key: string): Promise<boolean>;
  /** The address a browser loads the object from. Never signed, so it never expires. */
  publicUrl(key: string): string;
  /** Resolves when the store can be written to and read from. */
  check(): Promise<void>;
  /**
   * Tries, with objects of its own that are deleted again, all that pictures need and all that strangers must not be able to do.
   * What is out of order is told, never thrown. About 2 minutes at the most.
   * @param origin where public addresses without a host are asked for, such as `http://127.0.0.1:3000`
   */
  inspect(origin: string): Promise<Finding[]>;
}
