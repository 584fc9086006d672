// Run by trap.test.ts: better-sqlite3 and a second connection, by the library named, write one file in one process, which is
// then killed. Prints whether both held the write lock at once, and whose rows SQLite said were committed.
import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import BetterSqlite3 from 'better-sqlite3';

const [path = '', library, mode] = process.argv.slice(2);
const ROWS = 40;
const open = (name: string | undefined) =>
  name === 'node:sqlite' ? new DatabaseSync(path) : new BetterSqlite3(path, { timeout: 0 });

const committed: string[] = [];
const first = open('better-sqlite3');
const second = open(library);
first.exec('BEGIN IMMEDIATE');
const bothHoldTheLock = succeeds(() => second.exec('BEGIN IMMEDIATE'));
// In WAL mode SQLite would try for 10 s before it says "locking protocol"; there the loss comes with the closing, below.
const bothWrite = bothHoldTheLock && mode !== 'wal';
if (bothHoldTheLock && !bothWrite) second.exec('ROLLBACK');
for (let row = 0; row < ROWS; row++) {
  insert(first, 'first', row);
  if (bothWrite) insert(second, 'second', row);
}
if (succeeds(() => first.exec('COMMIT'))) committed.push('first');
if (bothWrite && succeeds(() => second.exec('COMMIT'))) committed.push('second');
first.close();
if (succeeds(() => insert(second, 'later', 0))) committed.push('later');
writeSync(1, JSON.stringify({ bothHoldTheLock, committed }));
process.kill(process.pid, 'SIGKILL');

function insert(db: ReturnType<typeof open>, who: string, row: number): void {
  db.exec(`INSERT INTO games (name, description) VALUES ('${who} ${row} ${who.repeat(80)}', '${who}')`);
}

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
