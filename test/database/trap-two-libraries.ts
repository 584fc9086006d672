// Run by trap.test.ts: better-sqlite3 and a second connection, by the library named, write one file in one process, which is
// then killed. Prints whether both held the write lock at once, and how many rows were committed by what SQLite said.
import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import BetterSqlite3 from 'better-sqlite3';

const [path = '', library, mode] = process.argv.slice(2);
const ROWS = 40;
const open = (name: string | undefined) =>
  name === 'node:sqlite' ? new DatabaseSync(path) : new BetterSqlite3(path, { timeout: 0 });

let committed = 0;
const first = open('better-sqlite3');
const second = open(library);
first.exec('BEGIN IMMEDIATE');
const bothHoldTheLock = succeeds(() => second.exec('BEGIN IMMEDIATE'));
for (let row = 0; row < ROWS; row++) {
  insert(first, 'first', row);
  if (bothHoldTheLock) insert(second, 'second', row);
}
commit(first);
if (bothHoldTheLock) {
  // In WAL mode SQLite tries for 10 s before it says "locking protocol"; the loss below needs no waiting.
  if (mode === 'wal') second.exec('ROLLBACK');
  else commit(second);
}
first.close();
for (let row = 0; row < ROWS; row++) {
  if (succeeds(() => insert(second, 'later', row))) committed++;
}
writeSync(1, JSON.stringify({ bothHoldTheLock, committed }));
process.kill(process.pid, 'SIGKILL');

function insert(db: ReturnType<typeof open>, who: string, row: number): void {
  db.exec(`INSERT INTO games (name, description) VALUES ('${who} ${row} ${who.repeat(80)}', 'test')`);
}

function commit(db: ReturnType<typeof open>): void {
  if (succeeds(() => db.exec('COMMIT'))) committed += ROWS;
}

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
