// Run by trap.test.ts: better-sqlite3 and a second connection, by the library named, write the same file in one process.
import { DatabaseSync } from 'node:sqlite';
import BetterSqlite3 from 'better-sqlite3';

const [path = '', library] = process.argv.slice(2);
const ROWS = 40;
const open = (name: string | undefined) =>
  name === 'node:sqlite' ? new DatabaseSync(path) : new BetterSqlite3(path, { timeout: 0 });

const first = open('better-sqlite3');
const second = open(library);
first.exec('BEGIN IMMEDIATE');
const bothHoldTheLock = succeeds(() => second.exec('BEGIN IMMEDIATE'));
for (let row = 0; row < ROWS; row++) {
  insert(first, 'first', row);
  if (bothHoldTheLock) insert(second, 'second', row);
}
succeeds(() => first.exec('COMMIT'));
if (bothHoldTheLock) succeeds(() => second.exec('COMMIT'));
if (!bothHoldTheLock) for (let row = 0; row < ROWS; row++) insert(second, 'second', row);
succeeds(() => first.close());
succeeds(() => second.close());

const check = new BetterSqlite3(path);
const kept = (who: string) =>
  Number(check.prepare('SELECT count(*) FROM games WHERE description = ?').pluck().get(who)) === ROWS;
let bothKept = false;
try {
  bothKept = kept('first') && kept('second') && check.pragma('integrity_check', { simple: true }) === 'ok';
} catch {
  // destroyed so far that it cannot even be counted
}
process.stdout.write(JSON.stringify({ bothHoldTheLock, bothKept }));

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
