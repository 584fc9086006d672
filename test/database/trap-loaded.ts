// Run by trap.test.ts: loads the libraries named and prints which of them the guard would report.
import { createRequire } from 'node:module';
import { otherSqliteLibraries } from '../../src/database/one-library.ts';

const load = createRequire(import.meta.url);
for (const name of process.argv.slice(2)) {
  const library = load(name);
  new (library.DatabaseSync ?? library)(':memory:'); // better-sqlite3 loads its binary with the first connection
}
process.stdout.write(JSON.stringify(otherSqliteLibraries()));
