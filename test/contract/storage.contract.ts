// What every store must do, whatever it is made of; each implementation runs this suite as it stands.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPictureKeys } from '../../src/storage/keys.ts';
import { type Storage, StorageError, type StoredObject } from '../../src/storage/storage.ts';

export interface Opened {
  storage: Storage;
  close(): Promise<void>;
}

export function newKey(): string {
  return newPictureKeys({ gameId: 7, characterId: 12 }).image;
}

export function picture(size = 40_000): StoredObject {
  return { bytes: randomBytes(size), contentType: 'image/webp' };
}

export function storageContract(name: string, open: () => Promise<Opened>): void {
  describe(`storage contract: ${name}`, () => {
    let opened: Opened;
    let storage: Storage;

    beforeAll(async () => {
      opened = await open();
      storage = opened.storage;
    });
    afterAll(() => opened?.close());

    it('gives back what was put, with its content type', async () => {
      const key = newKey();
      const object = picture();
      await storage.put(key, object);
      expect(await storage.get(key)).toEqual(object);
    });

    it('keeps the pictures of a character and of a scene apart', async () => {
      const ofCharacter = newPictureKeys({ gameId: 1, characterId: 1 });
      const ofScene = newPictureKeys({ gameId: 1, characterId: null });
      const keys = [...Object.values(ofCharacter), ...Object.values(ofScene)];
      const objects = keys.map(() => picture(100));
      await Promise.all(keys.map((key, index) => storage.put(key, objects[index] as StoredObject)));
      expect(await Promise.all(keys.map((key) => storage.get(key)))).toEqual(objects);
    });

    it('has nothing under a key that was never put', async () => {
      expect(await storage.get(newKey())).toBeUndefined();
    });

    it('takes a repeated put of the same bytes for success', async () => {
      const key = newKey();
      const object = picture();
      await storage.put(key, object);
      await storage.put(key, { ...object, bytes: Buffer.from(object.bytes) });
      expect(await storage.get(key)).toEqual(object);
    });

    it('refuses other bytes under a key that is taken, and keeps the first', async () => {
      const key = newKey();
      const first = picture(1000);
      await storage.put(key, first);
      // Of the same length too, so that a look at the size alone would not do.
      for (const other of [picture(1000), picture(999)]) {
        await expect(storage.put(key, other)).rejects.toThrow(StorageError);
      }
      expect(await storage.get(key)).toEqual(first);
    });

    it('lets one of many writers with different bytes win, whole', async () => {
      const key = newKey();
      const objects = Array.from({ length: 8 }, () => picture(200_000));
      const outcomes = await Promise.allSettled(objects.map((object) => storage.put(key, object)));
      const winners = objects.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      expect(await storage.get(key)).toEqual(winners[0]);
    });

    it('deletes some keys and leaves the others', async () => {
      const keys = Array.from({ length: 10 }, newKey);
      await Promise.all(keys.map((key) => storage.put(key, picture(50))));
      await storage.delete(keys.slice(0, 9));
      const left = await Promise.all(keys.map((key) => storage.get(key)));
      expect(left.map((object) => object !== undefined)).toEqual([...Array(9).fill(false), true]);
    });

    it('deletes again, and what never was, and nothing at all', async () => {
      const key = newKey();
      await storage.put(key, picture());
      await storage.delete([key, key, newKey()]);
      await storage.delete([key]);
      await storage.delete([]);
      expect(await storage.get(key)).toBeUndefined();
    });

    it('can be put to again after a delete', async () => {
      const key = newKey();
      await storage.put(key, picture());
      await storage.delete([key]);
      const object = picture();
      await storage.put(key, object);
      expect(await storage.get(key)).toEqual(object);
    });

    it.each(['../escape.webp', 'games/1/scenes/../../x.webp', '/games/1/scenes/x.webp', 'games/1/scenes/x.png', ''])(
      'refuses the key %j everywhere',
      async (key) => {
        await expect(storage.put(key, picture())).rejects.toThrow(StorageError);
        await expect(storage.get(key)).rejects.toThrow(StorageError);
        await expect(storage.delete([newKey(), key])).rejects.toThrow(StorageError);
        expect(() => storage.publicUrl(key)).toThrow(StorageError);
      },
    );

    it('refuses what is empty, huge or no WebP', async () => {
      const bad = [picture(0), { ...picture(), contentType: 'text/html' }, picture(32 * 1024 * 1024 + 1)];
      for (const object of bad) {
        const key = newKey();
        await expect(storage.put(key, object)).rejects.toThrow(StorageError);
        expect(await storage.get(key)).toBeUndefined();
      }
    });

    it('has an unsigned address that ends with the key', () => {
      const key = newKey();
      const url = storage.publicUrl(key);
      expect(url.endsWith(`/${key}`)).toBe(true);
      expect(url).not.toContain('?');
    });

    it('passes its own check, again and again', async () => {
      await storage.check();
      await storage.check();
    });
  });
}
