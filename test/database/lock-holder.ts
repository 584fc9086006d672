// Run by sqlite-dialect.test.ts: another process that holds the file, as strongly as it is told, until it is told to let go.
import BetterSqlite3 from 'better-sqlite3';

const [path = '', begin = ''] = process.argv.slice(2);
const db = new BetterSqlite3(path, { timeout: 1000 });
db.exec(begin);
// BEGIN alone takes no lock yet: reading does, for as long as the transaction lasts.
db.prepare('SELECT count(*) FROM posts').get();
process.once('message', () => {
  db.exec('COMMIT');
  db.close();
  process.disconnect();
});
process.send?.('held');
