// The socket for whoever keeps the pictures. Keys are immutable: a new picture is a new key.

/** A stored object. Only what this service wrote itself: re-encoded, marked WebP. */
export interface StoredObject {
  bytes: Buffer;
  contentType: string;
}

/** Every failure of a store: the picture is safe elsewhere, the caller tries again. `cause` is for the log. */
export class StorageError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'StorageError';
  }
}

export interface Storage {
  readonly kind: 's3' | 'disk';
  /**
   * Stores the object whole or not at all, and confirms it by reading its size back.
   * Repeating a put with the same bytes is success; other bytes under the same key is a StorageError. Deadline 30 s.
   */
  put(key: string, object: StoredObject): Promise<void>;
  /** The object, or undefined when there is none. */
  get(key: string): Promise<StoredObject | undefined>;
  /** Afterwards none of the keys exists; ones that never did are fine. Safe to repeat. */
  delete(keys: string[]): Promise<void>;
  /** The address a browser loads the object from. Never signed, so it never expires. */
  publicUrl(key: string): string;
  /** Resolves when the store can be written to and read from. */
  check(): Promise<void>;
}
