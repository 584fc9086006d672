// What every store refuses before it touches anything outside.
import { isGeneratedKey, isPictureKey, isWeightsKey } from './keys.ts';
import { StorageError, type StoredObject } from './storage.ts';

/** Far above any picture (2048 × 2048 WebP stays under 10 MiB); a store that answers with more is not trusted. */
export const MAX_OBJECT_BYTES = 32 * 1024 * 1024;

/** @throws StorageError for anything but a picture's key; the key is not repeated, since it may hold anything. */
export function checkKey(key: string): void {
  if (!isPictureKey(key)) throw new StorageError('That is not the key of a picture.');
}

/** @throws StorageError for anything but the key of weights */
export function checkWeightsKey(key: string): void {
  if (!isWeightsKey(key)) throw new StorageError('That is not the key of weights.');
}

/** @throws StorageError for anything but a key of a picture or of weights */
export function checkAnyKey(key: string): void {
  if (!isWeightsKey(key)) checkKey(key);
}

/** @throws StorageError for a key that this service has not made */
export function checkGeneratedKey(key: string): void {
  if (!isGeneratedKey(key)) throw new StorageError('That is not the key of a picture of ours.');
}

/** @throws StorageError for what could not be read back as it was put: the ending of a key stands for its content type */
export function checkObject({ bytes, contentType }: StoredObject): void {
  if (contentType !== 'image/webp') throw new StorageError('Only WebP pictures are stored.');
  if (bytes.length === 0) throw new StorageError('An empty picture is not stored.');
  if (bytes.length > MAX_OBJECT_BYTES) throw new StorageError('The picture is larger than 32 MiB.');
}
