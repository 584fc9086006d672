// What every request and every round of the worker asks, while finished generations pile up for years, must go by an index.
import BetterSqlite3 from 'better-sqlite3';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FORUM_TABLES } from '../../src/database/forum-queries.ts';
import * as generations from '../../src/database/generations.ts';
import { migrate } from '../../src/database/migrate.ts';
import { type OpenDatabase, openBeside } from '../../src/database/open.ts';
import { billSince, rejectionsOf, usualCost } from '../../src/database/spending.ts';
import { createForumFile, type ForumFile } from '../support/forum-file.ts';

let forum: ForumFile;
let host: BetterSqlite3.Database;
let opened: OpenDatabase;
let asked: string[] = [];

beforeAll(async () => {
  forum = createForumFile();
  host = new BetterSqlite3(forum.path);
  opened = openBeside(host);
  await migrate(opened.connection, FORUM_TABLES);
  const prepare = opened.connection.prepare.bind(opened.connection);
  opened.connection.prepare = ((sql: string) => {
    asked.push(sql);
    return prepare(sql);
  }) as typeof prepare;
  await opened.db.executeQuery(CompiledQuery.raw('select 1'));
});
afterAll(async () => {
  await opened.db.destroy();
  host.close();
  forum.remove();
});

const claim = { statuses: ['queued'] as const, owner: 'w', leaseMs: 9000, limit: 4 };
test.each<[string, () => Promise<unknown>]>([
  ['nextDue', () => generations.generationQueue.nextDue(opened.db)],
  ['claimDue', () => generations.claimDue(opened.db, claim)],
  ['countUnfinished', () => generations.countUnfinished(opened.db, 1)],
  ['extendLeases', () => generations.generationQueue.extendLeases(opened.db, 'w', ['a'], 9000)],
  ['releaseLeases', () => generations.generationQueue.releaseLeases(opened.db, 'w')],
  ['predictionsSince', () => generations.predictionsSince(opened.db, new Date().toISOString())],
  ['moveGeneration', () => generations.moveGeneration(opened.db, { id: 'a', status: 'queued', owner: 'w' }, {})],
  ['generationsOf', () => generations.generationsOf(opened.db, 1, { active: true, before: null, limit: 5 })],
  ['billSince', () => billSince(opened.db, new Date().toISOString())],
  ['usualCost', () => usualCost(opened.db, 'm')],
  ['rejectionsOf', () => rejectionsOf(opened.db, 1, 5)],
])('%s reads no whole table', async (name, ask) => {
  asked = [];
  await ask();
  const [sql = ''] = asked;
  const parameters = Array.from({ length: sql.split('?').length - 1 }, () => 1);
  const plan = host.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
  const details = plan.map(({ detail }) => detail);
  expect(details.filter((detail) => /^SCAN (?!.*USING.*INDEX|\(subquery|CONSTANT)/.test(detail))).toEqual([]);
  // To sort is to read all that there is first.
  if (name === 'usualCost') expect(details.join('\n')).not.toMatch(/TEMP B-TREE/);
  expect(details.join('\n')).toMatch(/USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY/);
});
