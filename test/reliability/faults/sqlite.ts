// Faults of the database file: before anything is paid a request is refused whole; after that nothing paid is lost or paid twice.
import { mkdirSync, rmdirSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { refusal } from '../../storage/scripted-s3.ts';
import type { Call } from '../../support/replicate-double.ts';
import * as faults from '../../support/replicate-faults.ts';
import type { FaultCase, Kind } from './case.ts';
import { picture, refused } from './expect.ts';
import type { FaultWorld } from './world.ts';

/** Begins a wrong; @returns what ends it */
type Wrong = (world: FaultWorld) => () => void;

/** Another connection holds the file, as strongly as it is told. */
const held =
  (begin: string): Wrong =>
  ({ forum }) => {
    const holder = new BetterSqlite3(forum.path, { timeout: 5000 });
    holder.exec(begin);
    holder.prepare('SELECT count(*) FROM posts').get();
    return () => {
      holder.exec('COMMIT');
      holder.close();
    };
  };

/** Of the service's own connection, as nobody else would notice. */
const pragma =
  (wrong: (db: BetterSqlite3.Database) => string, right: string): Wrong =>
  ({ connections }) => {
    const own = connections.at(-1) as BetterSqlite3.Database;
    own.pragma(wrong(own));
    return () => own.pragma(right);
  };

const exclusive = held('BEGIN EXCLUSIVE');
const written = held('BEGIN IMMEDIATE');
/** Lets others read and prepare, and nobody commit. */
const readFor = held('BEGIN');
/** No page more than it has: a commit that needs one ends with SQLITE_FULL. */
const full = pragma(
  (db) => `max_page_count = ${db.pragma('page_count', { simple: true })}`,
  'max_page_count = 1073741823',
);
const readOnly = pragma(() => 'query_only = 1', 'query_only = 0');
/** Nothing can be begun without a journal: what stands in its place makes SQLite unable to read, too. */
const unusable: Wrong = ({ forum }) => {
  const journal = `${forum.path}-journal`;
  mkdirSync(journal);
  return () => rmdirSync(journal);
};

/** For so many ms from the moment that the picture is asked for. */
function before(name: string, wrong: Wrong, ms: number, expected: FaultCase['expected']): FaultCase {
  return { name, arrange: (world) => world.lasting(ms, wrong), expected };
}

/** For so many ms from the moment that the provider is asked this; its answer comes when the wrong has begun. */
function during(name: string, call: Call, wrong: Wrong, ms: number): FaultCase {
  return {
    name,
    arrange: (world) =>
      world.double.next(
        call,
        faults.slow(0, () => world.lasting(ms, wrong)),
      ),
    expected: picture(),
    patient: true,
  };
}

/** Far more than there is room for on the pages that a new database has. */
const LONG = { scene: '鶴'.repeat(900) };
const wasFull = (world: FaultWorld) => (world.hasLogged('database or disk is full') ? [] : ['it was never full']);
const UNAVAILABLE = refused('storage_unavailable');

export const SQLITE: Kind = {
  kind: 'sqlite',
  tries: ({ double }) => double.count('create'),
  cases: [
    before('locked for 4 s', exclusive, 4000, picture()),
    before('locked for 6 s', exclusive, 6500, UNAVAILABLE),
    before('written to for 4 s', written, 4000, picture()),
    before('written to for 6 s', written, 6500, UNAVAILABLE),
    before('read for 6 s, in one go', readFor, 6500, UNAVAILABLE),
    { ...before('full', full, 1000, UNAVAILABLE), body: LONG, check: wasFull },
    before('without a journal', unusable, 1000, UNAVAILABLE),
    before('read-only', readOnly, 1000, UNAVAILABLE),

    during('locked for 4 s while the request is answered', 'create', exclusive, 4000),
    during('locked for 6 s while the request is answered', 'create', exclusive, 6500),
    during('locked for 12 s while the request is answered', 'create', exclusive, 12_000),
    during('without a journal while the request is answered', 'create', unusable, 2000),
    during('read-only while the request is answered', 'create', readOnly, 2000),
    during('locked for 6 s while it is drawn', 'get', exclusive, 6500),
    during('read for 6 s while it is drawn', 'get', readFor, 6500),
    during('read-only while it is drawn', 'get', readOnly, 2000),
    during('locked for 4 s while it is fetched', 'download', exclusive, 4000),
    during('locked for 6 s while it is fetched', 'download', exclusive, 6500),
    during('locked for 12 s while it is fetched', 'download', exclusive, 12_000),
    during('without a journal while it is drawn', 'get', unusable, 2000),
    during('without a journal while it is fetched', 'download', unusable, 2000),
    during('read-only while it is recorded', 'download', readOnly, 2000),
    {
      ...during('full, and the storage away, so that the bytes cannot be kept', 'download', full, 3000),
      arrange(world) {
        world.s3.next('PUT', ...Array.from({ length: 3 }, () => refusal(503, 'SlowDown')));
        world.double.next(
          'download',
          faults.slow(0, () => world.lasting(3000, full)),
        );
      },
      check: wasFull,
    },
    {
      name: 'written to without a pause, in WAL mode',
      arrange: writeWithoutPause,
      expected: picture(),
      patient: true,
    },
  ],
};

/** Short commits one after the other, as many as there is time for: whoever reads first and writes then is always too late. */
function writeWithoutPause({ forum, double }: FaultWorld): void {
  const writer = new BetterSqlite3(forum.path, { timeout: 1000 });
  writer.pragma('journal_mode = wal');
  const commit = writer.prepare('UPDATE users SET username = username || ? WHERE id = 4');
  const timer = setInterval(() => {
    commit.run('x');
    if (double.count('download') === 0) return;
    clearInterval(timer);
    writer.close();
  }, 1);
}
