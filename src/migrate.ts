// The program behind `npm run migrate`: brings the database of DATABASE_PATH up to date and stops.
import { readConfig } from './config.ts';
import { FORUM_TABLES } from './database/forum-queries.ts';
import { migrate } from './database/migrate.ts';
import { openPath } from './database/open.ts';
import { explain } from './explain.ts';

async function run(): Promise<void> {
  const { database } = readConfig(process.env, { identify: true });
  if (!database) return;
  const { db, connection } = openPath(database.path);
  const applied = await migrate(connection, FORUM_TABLES);
  await db.destroy();
  console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'Nothing to do.');
}

run().catch((error: unknown) => {
  console.error(explain(error));
  process.exit(1);
});
