// A ledger on a fresh forum file, with the connection that the forum would have.
import BetterSqlite3 from 'better-sqlite3';
import { Ledger } from '../../src/credits/ledger.ts';
import { FORUM_TABLES } from '../../src/database/forum-queries.ts';
import { migrate } from '../../src/database/migrate.ts';
import { type OpenDatabase, openBeside } from '../../src/database/open.ts';
import { createForumFile } from '../support/forum-file.ts';

export interface OpenedLedger extends AsyncDisposable, Pick<OpenDatabase, 'db' | 'connection'> {
  host: BetterSqlite3.Database;
  ledger: Ledger;
}

export async function openLedger(creditsPerMonth: number): Promise<OpenedLedger> {
  const file = createForumFile();
  const host = new BetterSqlite3(file.path);
  const { db, connection } = openBeside(host);
  await migrate(connection, FORUM_TABLES);
  const close = async () => {
    await db.destroy();
    host.close();
    file.remove();
  };
  return { db, host, connection, ledger: new Ledger(db, { creditsPerMonth }), [Symbol.asyncDispose]: close };
}
