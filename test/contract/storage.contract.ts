// What every store must do, whatever it is made of; each implementation runs this suite as it stands.
import { createHash, randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPictureKeys, newWeightsKey } from '../../src/storage/keys.ts';
import { type Storage, StorageError, type StoredObject } from '../../src/storage/storage.ts';

export interface Opened {
  storage: Storage;
  /** Puts an object there behind the store's back. */
  plant(key: string): Promise<void>;
  /** The keys of all that is really there. */
  keys(): Promise<string[]>;
  close(): Promise<void>;
}

export function newKey(): string {
  return newPictureKeys({ gameId: 7, characterId: 12 }).image;
}

export function picture(size = 40_000): StoredObject {
  return { bytes: randomBytes(size), contentType: 'image/webp' };
}

/** Keys that are nearly such as this service makes. */
export function lookAlikes(): string[] {
  const name = randomBytes(16).toString('hex');
  return [
    `games/1/scenes/${name}.png`,
    `games/1/scenes/${name}_thumb_thumb.webp`,
    `games/1/scenes/${name}.webp.bak`,
    `games/1/scenes/${name.slice(1)}.webp`,
    `games/1/scenes/${name}0.webp`,
    `games/1/scenes/A${name.slice(1)}.webp`,
    `games/1/scenes/old/${name}.webp`,
    `games/1/${name}.webp`,
    `games/01/scenes/${name}.webp`,
    `games/0/scenes/${name}.webp`,
    `games/1/characters/x/${name}.webp`,
    `games/1/characters/${name}.webp`,
    `games/1/players/1/${name}.webp`,
    `games/a+b c&<ä>/scenes/${name}.webp`,
    `games/1/scenes/portrait-of-aino.webp`,
    `games2/1/scenes/${name}.webp`,
    `old-games/games/1/scenes/${name}.webp`,
    `${name}.webp`,
  ];
}

async function weightsFile(size: number) {
  const bytes = randomBytes(size);
  const path = join(tmpdir(), `weights-${randomBytes(8).toString('hex')}.tar`);
  await writeFile(path, bytes);
  return { path, bytes, weights: { bytes: size, sha256: createHash('sha256').update(bytes).digest('hex') } };
}

export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function listedKeys(storage: Storage): Promise<string[]> {
  return (await allOf(storage.list())).flat().map(({ key }) => key);
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

    it('lists more than a thousand objects, once each, in order, with size and time', async () => {
      const keys = Array.from({ length: 1050 }, newKey);
      const waiting = [...keys];
      const lane = async () => {
        for (let key = waiting.pop(); key; key = waiting.pop()) await opened.plant(key);
      };
      await Promise.all(Array.from({ length: 8 }, lane));
      const known = newKey();
      await storage.put(known, picture(1234));

      const pages = await allOf(storage.list());
      expect(pages.every((page) => page.length <= 1000)).toBe(true);
      const listed = pages.flat();
      const all = listed.map(({ key }) => key);
      expect(all).toEqual([...new Set(all)].toSorted());
      expect(all).toEqual(expect.arrayContaining(keys));
      const found = listed.find(({ key }) => key === known);
      expect(found?.size).toBe(1234);
      expect(Math.abs(Date.now() - (found?.lastModified ?? 0))).toBeLessThan(60_000);
    });

    it('lists games and characters of many digits in the order of the keys', async () => {
      const owners = [1, 2, 10, 11, 100].flatMap((gameId) => [
        ...[1, 9, 10, 99].map((characterId) => ({ gameId, characterId })),
        { gameId, characterId: null },
      ]);
      for (const owner of owners)
        for (const key of Object.values(newPictureKeys(owner))) await storage.put(key, picture(9));
      const listed = await listedKeys(storage);
      expect(listed).toEqual(listed.toSorted());
    });

    it('does not list what it has not made, however much it looks like it', async () => {
      const strangers = lookAlikes();
      for (const key of strangers) await opened.plant(key);
      const listed = await listedKeys(storage);
      expect(listed.filter((key) => strangers.includes(key))).toEqual([]);
      expect(await opened.keys()).toEqual(expect.arrayContaining(strangers));
    });

    it('takes a picture out of sight and puts it back', async () => {
      const [key, other] = [newKey(), newKey()];
      const object = picture();
      for (const each of [key, other]) await storage.put(each, object);
      expect(await storage.quarantine(key)).toBe(true);
      expect(await storage.get(key)).toBeUndefined();
      const listed = await listedKeys(storage);
      expect(listed).not.toContain(key);
      expect(listed).not.toContain(`quarantine/${key}`);
      expect((await opened.keys()).filter((each) => each.endsWith(key))).toEqual([`quarantine/${key}`]);
      expect(await storage.get(other)).toEqual(object);
      expect(await storage.restore(key)).toBe(true);
      expect(await storage.get(key)).toEqual(object);
      expect((await opened.keys()).filter((each) => each.endsWith(key))).toEqual([key]);
    });

    it('moves again where a move was broken off after the copy, and does nothing where there is nothing', async () => {
      const key = newKey();
      const object = picture();
      await storage.put(key, object);
      await storage.quarantine(key);
      await storage.put(key, object); // now it is in both places
      expect(await storage.quarantine(key)).toBe(true);
      expect(await storage.quarantine(key)).toBe(false);
      expect(await storage.restore(newKey())).toBe(false);
      expect((await opened.keys()).filter((each) => each.endsWith(key))).toEqual([`quarantine/${key}`]);
    });

    it('loses neither of two different pictures that would come to lie under one key', async () => {
      const key = newKey();
      const [first, second] = [picture(), picture()];
      await storage.put(key, first);
      await storage.quarantine(key);
      await storage.put(key, second);
      await expect(storage.quarantine(key)).rejects.toThrow(StorageError);
      await expect(storage.restore(key)).rejects.toThrow(StorageError);
      expect(await storage.get(key)).toEqual(second);
      expect((await opened.keys()).filter((each) => each.endsWith(key)).sort()).toEqual([key, `quarantine/${key}`]);
    });

    it('deletes what is in its place, in the quarantine or in both, and nothing else', async () => {
      const keys = [newKey(), newKey(), newKey(), newKey()] as const;
      const [stored, hidden, both, other] = keys;
      for (const key of keys) await storage.put(key, picture());
      for (const key of [hidden, both]) await storage.quarantine(key);
      await storage.put(both, picture());
      for (let time = 0; time < 2; time++) await storage.delete([stored, hidden, both]);
      const left = (await opened.keys()).filter((each) => keys.some((key) => each.endsWith(key)));
      expect(left).toEqual([other]);
      await expect(storage.delete(['quarantine/x'])).rejects.toThrow(StorageError);
    });

    it('moves nothing that it has not made', async () => {
      for (const key of [...lookAlikes(), 'staging/x', '../games/1/scenes/x.webp', 'quarantine/x', '']) {
        await expect(storage.quarantine(key)).rejects.toThrow(StorageError);
        await expect(storage.restore(key)).rejects.toThrow(StorageError);
      }
    });

    it('keeps weights from a file, again for the same, and gives them out', async () => {
      const key = newWeightsKey({ gameId: 7, characterId: 12 });
      const { path, bytes, weights } = await weightsFile(9_000_000);
      expect(await storage.hasWeights(key, weights)).toBe(false);
      expect(await storage.readWeights(key)).toBeUndefined();
      await storage.putWeights(key, path, weights);
      await storage.putWeights(key, path, weights);
      expect(await storage.hasWeights(key, weights)).toBe(true);
      const stored = await storage.readWeights(key);
      expect(stored?.bytes).toBe(bytes.length);
      expect((await buffer(stored?.content ?? Readable.from([]))).equals(bytes)).toBe(true);
      expect(await listedKeys(storage)).not.toContain(key);
      expect(storage.publicUrl(key).endsWith(`/${key}`)).toBe(true);
      await storage.delete([key]);
      expect(await storage.hasWeights(key, weights)).toBe(false);
      await rm(path);
    });

    it('refuses other weights under a key that is taken, and keeps the first', async () => {
      const key = newWeightsKey({ gameId: 7, characterId: 12 });
      const [first, second] = [await weightsFile(1000), await weightsFile(1000)];
      await storage.putWeights(key, first.path, first.weights);
      await expect(storage.putWeights(key, second.path, second.weights)).rejects.toThrow(StorageError);
      expect(await storage.hasWeights(key, first.weights)).toBe(true);
      expect(await storage.hasWeights(key, second.weights)).toBe(false);
      for (const { path } of [first, second]) await rm(path);
    });

    it('takes neither weights for a picture nor a picture for weights', async () => {
      const key = newWeightsKey({ gameId: 7, characterId: 12 });
      const { path, weights } = await weightsFile(100);
      await expect(storage.put(key, picture())).rejects.toThrow(StorageError);
      await expect(storage.get(key)).rejects.toThrow(StorageError);
      await expect(storage.putWeights(newKey(), path, weights)).rejects.toThrow(StorageError);
      await expect(storage.readWeights('games/1/characters/1/../x.tar')).rejects.toThrow(StorageError);
      await rm(path);
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

    it('is looked at through and through, each thing once, and nothing is left of that', async () => {
      const before = await opened.keys();
      const findings = await storage.inspect('http://127.0.0.1:9');
      const names = findings.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const own = findings.filter(({ name }) => ['write', 'read', 'delete'].includes(name));
      expect(own.map(({ ok }) => ok)).toEqual([true, true, true]);
      expect(await opened.keys()).toEqual(before);
    });
  });
}
