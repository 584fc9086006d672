// Run by trap.test.ts: what another process sees of the file: the rows of a query, or whether somebody holds the write lock.
import BetterSqlite3 from 'better-sqlite3';

const [path = '', query] = process.argv.slice(2);
const db = new BetterSqlite3(path, { timeout: 0 });
process.stdout.write(JSON.stringify(query ? db.prepare(query).all() : { locked: isLocked() }));

function isLocked(): boolean {
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch {
    return true;
  }
}
