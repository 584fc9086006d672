// The orphan sweep as a whole: its brake, pictures that are not there, a storage that fails, one runner, and once a day.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mostOrphans, type OrphanReport } from '../../src/generation/orphan-report.ts';
import type { OrphanSweep } from '../../src/generation/orphan-sweep.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { figures, HOUR, newKeys, OrphanWorld, type Picture } from './orphans-world.ts';

const MINUTE = HOUR / 60;

let world: OrphanWorld;
beforeEach(async () => {
  world = await OrphanWorld.open();
});
afterEach(() => world[Symbol.asyncDispose]());

const quarantined = () => world.keys().filter((key) => key.startsWith('quarantine/')).length;

describe('the brake', () => {
  test.each([
    [1, 0],
    [2, 1],
    [10, 5],
    [20, 10],
    [1000, 10],
    [1099, 10],
    [2000, 20],
    [10_000, 100],
    [1_000_000, 100],
  ])('of %d objects lets %d go', (objects, most) => expect(mostOrphans(objects)).toBe(most));

  test.each([
    { what: 'at more than 1 %', objects: 2100, orphans: 22, moved: 0 },
    { what: 'not at 1 %', objects: 2101, orphans: 21, moved: 21 },
    { what: 'at 101', objects: 10_401, orphans: 101, moved: 0 },
    { what: 'not at 100', objects: 10_400, orphans: 100, moved: 100 },
    { what: 'at 11 of a small forum', objects: 41, orphans: 11, moved: 0 },
    { what: 'not at 10 of a small forum', objects: 40, orphans: 10, moved: 10 },
    { what: 'at more than half of a tiny one', objects: 13, orphans: 7, moved: 0 },
    { what: 'at a database that knows of nothing', objects: 8, orphans: 8, moved: 0 },
  ])('acts $what', async ({ objects, orphans, moved }) => {
    world.pictures((objects - orphans) / 2);
    world.orphans(orphans);
    const quarantine = async (key: string) => world.rename(key, `quarantine/${key}`); // without a disk's pauses
    const report = await world.sweep({ storage: { ...world.storage, quarantine } });
    const limit = mostOrphans(objects);
    const braked = moved === 0;
    expect(figures(report)).toEqual({ objects, orphans, limit, braked, quarantined: moved, failures: 0 });
    expect(quarantined()).toBe(moved);
    expect(world.log.map(({ level, braked }) => ({ level, braked }))).toEqual([{ level: braked ? 40 : 30, braked }]);
  });
});

test('more than a thousand objects: what is missing and what is too much is found on every page', async () => {
  const pictures = world.pictures(1700).toSorted((a, b) => (a.image < b.image ? -1 : 1));
  const gone = [0, 1, 499, 500, 501, 999, 1000, 1650, 1699].map((place) => pictures[place] as Picture);
  for (const { thumbnail } of gone) rmSync(join(world.root, thumbnail));
  const orphans = world.orphans(20);
  const report = await world.sweep();
  expect(report).toMatchObject({ objects: 3411, orphans: 20, quarantined: 20, newly_broken: gone.length, failures: 0 });
  expect(report.orphan_keys).toEqual(orphans.toSorted());
  expect(world.broken().map(({ id }) => id)).toEqual(gone.map(({ fileId }) => fileId).toSorted((a, b) => a - b));
});

describe('a picture that is not as its row says', () => {
  const DAMAGE: Record<string, (picture: Picture) => void> = {
    missing: ({ image }) => rmSync(join(world.root, image)),
    'missing ': ({ thumbnail }) => rmSync(join(world.root, thumbnail)),
    'missing  ': ({ image, thumbnail }) => [image, thumbnail].map((key) => rmSync(join(world.root, key))),
    size: ({ image }) => world.plant(image, { bytes: Buffer.alloc(79) }),
    'size ': ({ thumbnail }) => world.plant(thumbnail, { bytes: Buffer.alloc(41) }),
    sha256: ({ image }) => world.plant(image, { bytes: Buffer.alloc(80) }),
  };

  test.each(Object.keys(DAMAGE))(
    'is marked with the time, told of once, and otherwise left alone: %s',
    async (damage) => {
      const [picture] = world.pictures(4) as [Picture];
      DAMAGE[damage]?.(picture);
      const before = world.keys();
      const report = await world.sweep();
      expect(report).toMatchObject({ broken: 1, newly_broken: 1, newly_broken_file_ids: [picture.fileId], orphans: 0 });
      const [marked] = world.broken();
      expect(marked).toMatchObject({ id: picture.fileId, broken_reason: damage.trim() });
      expect(Math.abs(Date.parse(marked?.broken_at ?? '') - Date.now())).toBeLessThan(60_000);
      expect(await world.sweep()).toMatchObject({ broken: 1, newly_broken: 0, mended: 0 });
      expect(world.broken()).toEqual([marked]);
      expect(world.keys()).toEqual(before);
      expect(world.log.filter(({ files }) => files)).toMatchObject([{ level: 40, files: [picture.fileId] }]);
    },
  );

  test('is as good as ever when it comes back', async () => {
    const [picture] = world.pictures(4) as [Picture];
    const image = await world.storage.get(picture.image);
    await world.storage.delete([picture.image]);
    await world.sweep();
    world.plant(picture.image, { bytes: image?.bytes });
    expect(await world.sweep()).toMatchObject({ broken: 0, newly_broken: 0, mended: 1 });
    expect(world.broken()).toEqual([]);
  });

  test('a sample is read of a large forum, all of a small one', async () => {
    world.pictures(5);
    expect((await world.sweep()).checked).toBe(5);
    world.pictures(795);
    expect((await world.sweep()).checked).toBe(8);
  });

  test('an empty bucket: all are marked, nothing else happens, and all come back', async () => {
    const pictures = world.pictures(600);
    world.sql('UPDATE image_files SET deleted_at = created_at WHERE id = ?', pictures[0]?.fileId);
    const rows = () => world.sql('SELECT count(*) AS files, count(deleted_at) AS deleted FROM image_files');
    const before = rows();
    const empty: Storage = { ...world.storage, list: async function* () {}, get: async () => undefined };
    expect(await world.sweep({ storage: empty })).toMatchObject({ broken: 599, newly_broken: 599, orphans: 0 });
    expect(rows()).toEqual(before);
    expect(await world.sweep()).toMatchObject({ broken: 0, mended: 599, orphans: 0 });
  });
});

describe('a storage that fails', () => {
  const away = () => Promise.reject(new StorageError('The picture store is away.'));
  /** Fails at these turns, counted from 0. */
  const failing = (work: Storage['get' | 'quarantine'], turns: number[]) => {
    let turn = 0;
    return (key: string): Promise<never> => (turns.includes(turn++) ? away() : (work(key) as Promise<never>));
  };

  test('in the middle of the list: nothing is moved and nothing is marked', async () => {
    world.pictures(600);
    world.orphans(3);
    const list: Storage['list'] = async function* () {
      for await (const page of world.storage.list()) {
        yield page;
        await away();
      }
    };
    const report = await world.sweep({ storage: { ...world.storage, list } });
    expect(report).toMatchObject({ error: 'The picture store is away.', quarantined: 0, newly_broken: 0 });
    expect(quarantined()).toBe(0);
    expect(await world.sweep()).toMatchObject({ error: null, quarantined: 3, newly_broken: 0 });
  });

  test('at some of what is moved: the rest goes, and they go the next time', async () => {
    world.pictures(10);
    world.orphans(6);
    const quarantine = failing(world.storage.quarantine, [1, 3]);
    const report = await world.sweep({ storage: { ...world.storage, quarantine } });
    expect(report).toMatchObject({ orphans: 6, quarantined: 4, failures: 2, error: null });
    expect(quarantined()).toBe(4);
    expect(await world.sweep()).toMatchObject({ orphans: 2, quarantined: 2, failures: 0 });
  });

  test('again and again: it is left in peace', async () => {
    world.pictures(10);
    world.orphans(8);
    const quarantine = failing(world.storage.quarantine, [0, 1, 2, 3, 4, 5, 6, 7]);
    const report = await world.sweep({ storage: { ...world.storage, quarantine } });
    expect(report).toMatchObject({ quarantined: 0, failures: 5, error: 'The picture store is away.' });
  });

  test('when a picture is read: that is no reason to call it broken', async () => {
    world.pictures(5);
    const get = failing(world.storage.get, [0, 2]) as Storage['get'];
    const report = await world.sweep({ storage: { ...world.storage, get } });
    expect(report).toMatchObject({ checked: 5, failures: 2, newly_broken: 0, error: null });
  });
});

describe('one at a time', () => {
  const script = fileURLToPath(new URL('orphan-process.ts', import.meta.url));
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  async function ready(...args: string[]): Promise<ChildProcess> {
    const child = fork(script, [join(world.folder, 'forum.db'), world.root, ...args], { execArgv: [] });
    children.push(child);
    await once(child, 'message');
    return child;
  }

  async function reportOf(child: ChildProcess): Promise<OrphanReport | null> {
    const answer = once(child, 'message');
    child.send('go');
    const [{ report }] = (await answer) as [{ report: OrphanReport | null }];
    return report;
  }

  test('of processes that begin at once, one sweeps', async () => {
    world.pictures(300);
    world.orphans(6);
    await world.opened.db.destroy();
    const all = await Promise.all(Array.from({ length: 3 }, () => ready()));
    const reports = await Promise.all(all.map(reportOf));
    expect(reports.filter(Boolean)).toMatchObject([{ orphans: 6, quarantined: 6, failures: 0, error: null }]);
  });

  test('killed in the middle: all is there, the next one waits for the lease and ends the work', async () => {
    const pictures = world.pictures(10);
    const orphans = world.orphans(6);
    const child = await ready('4');
    const dead = once(child, 'exit');
    child.send('go');
    expect(await dead).toEqual([null, 'SIGKILL']);
    const keys = world.keys();
    expect(keys.filter((key) => key.startsWith('quarantine/'))).toHaveLength(3);
    expect(keys.map((key) => key.replace('quarantine/', ''))).toEqual(expect.arrayContaining(orphans));
    const later = (ms: number) => world.sweeper({ now: () => Date.now() + ms });
    expect(await later(0).run({ dryRun: false })).toBeUndefined();
    expect(await later(4 * MINUTE).run({ dryRun: false })).toBeUndefined();
    expect(await later(6 * MINUTE).run({ dryRun: false })).toMatchObject({ orphans: 3, quarantined: 3 });
    const live = pictures.flatMap(({ image, thumbnail }) => [image, thumbnail]);
    expect(world.keys()).toEqual([...live, ...orphans.map((key) => `quarantine/${key}`)].sort());
  });

  test('who has lost the lease stops, and whoever has it goes on', async () => {
    world.pictures(10);
    world.orphans(6);
    let clock = 0;
    const now = () => Date.now() + clock;
    const moved: string[] = [];
    let second: OrphanReport | undefined;
    const quarantine: Storage['quarantine'] = async (key) => {
      const done = await world.storage.quarantine(key);
      if (moved.push(key) === 2) {
        clock = 6 * MINUTE; // as of a process that was stopped and goes on
        second = await world.sweep({ now });
      }
      return done;
    };
    const first = await world.sweep({ now, storage: { ...world.storage, quarantine } });
    expect(second).toMatchObject({ orphans: 4, quarantined: 4, error: null });
    expect(first.error).toContain('longer');
    expect(moved).toHaveLength(2);
  });

  test('a long one keeps its lease', async () => {
    world.pictures(10);
    world.orphans(6);
    let clock = 0;
    const now = () => Date.now() + clock;
    const others: unknown[] = [];
    const quarantine: Storage['quarantine'] = async (key) => {
      clock += 4 * MINUTE;
      others.push(await world.sweeper({ now }).run({ dryRun: true }));
      return world.storage.quarantine(key);
    };
    expect(await world.sweep({ now, storage: { ...world.storage, quarantine } })).toMatchObject({ quarantined: 6 });
    expect(others).toEqual(Array(6).fill(undefined));
  });
});

describe('once a day', () => {
  const running: OrphanSweep[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((sweep) => sweep.stop()));
  });
  const reports = () =>
    world
      .sql<{ report: string }>('SELECT report FROM image_orphan_sweeps WHERE report IS NOT NULL ORDER BY id')
      .map(({ report }) => JSON.parse(report) as OrphanReport);

  /** Starts one so many hours from now, waits until it has swept, or only looked, and stops it. */
  async function look(hours: number, sweeps: boolean, options: Parameters<OrphanWorld['sweeper']>[0] = {}) {
    let looks = 0;
    const now = () => {
      looks++;
      return Date.now() + hours * HOUR;
    };
    const before = reports().length;
    const sweep = world.sweeper({ firstLookMs: 0, now, ...options });
    running.push(sweep);
    sweep.start();
    // Who was wrong to begin is told to stop by then, and reports that.
    await vi.waitUntil(() => (sweeps ? reports().length > before : looks >= 3), { timeout: PATIENCE_MS });
    await sweep.stop();
    expect(reports().length - before).toBe(sweeps ? 1 : 0);
  }

  test('and not more often, whoever begins', async () => {
    world.pictures(3);
    await look(0, true);
    for (const hours of [1, 12, 23]) await look(hours, false);
    await look(24.5, true);
  });

  test('sooner after one that failed', async () => {
    const list: Storage['list'] = async function* () {
      yield await Promise.reject(new StorageError('away'));
    };
    await look(0, true, { storage: { ...world.storage, list } });
    await look(0.25, false);
    await look(1, true);
    expect(reports().map(({ error }) => error)).toEqual(['away', null]);
  });

  test.each(['report', 'quarantine'] as const)('as the setting says: %s', async (mode) => {
    world.pictures(3);
    world.orphans(2);
    await look(0, true, { mode });
    expect(reports().map(({ dry_run }) => dry_run)).toEqual([mode === 'report']);
    expect(quarantined()).toBe(mode === 'quarantine' ? 2 : 0);
  });

  test('never, when it is switched off', async () => {
    const sweep = world.sweeper({ firstLookMs: 0, mode: 'off' });
    const timers = process.getActiveResourcesInfo().length;
    sweep.start();
    expect(process.getActiveResourcesInfo()).toHaveLength(timers);
    await sweep.stop();
    expect(reports()).toEqual([]);
  });

  test('told to stop, it ends at the next step', async () => {
    world.pictures(10);
    world.orphans(6);
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const quarantine: Storage['quarantine'] = async (key) => {
      reached.resolve();
      await goOn.promise;
      return world.storage.quarantine(key);
    };
    const sweep = world.sweeper({ firstLookMs: 0, storage: { ...world.storage, quarantine } });
    sweep.start();
    await reached.promise;
    const stopped = sweep.stop();
    goOn.resolve();
    await stopped;
    expect(quarantined()).toBe(1);
    expect(reports()).toMatchObject([{ quarantined: 1, error: expect.stringContaining('stop') }]);
  });

  test('the last thirty reports are kept, and the log has the numbers and no names', async () => {
    world.pictures(3);
    const orphan = world.orphan();
    for (let round = 0; round < 33; round++) await world.sweep({ dryRun: true });
    expect(reports()).toHaveLength(30);
    expect(reports().at(-1)).toMatchObject({ orphans: 1, orphan_keys: [orphan] });
    expect(world.log).toHaveLength(33);
    expect(world.log.at(-1)).toMatchObject({ level: 30, objects: 7, orphans: 1, quarantined: 0 });
    expect(JSON.stringify(world.log)).not.toContain(newKeys().image.slice(0, 8));
  });
});
