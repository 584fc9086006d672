// What requests, the worker, the sweep and erasures ask over and over, while rows pile up for years, must go by an index.
import BetterSqlite3 from 'better-sqlite3';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchGenerations } from '../../src/database/admin-generations.ts';
import { countCharacters } from '../../src/database/characters.ts';
import { openHold } from '../../src/database/credits.ts';
import * as pictures from '../../src/database/erase-pictures.ts';
import * as rest from '../../src/database/erase-rest.ts';
import { discardUnusedFiles } from '../../src/database/files.ts';
import { FORUM_TABLES } from '../../src/database/forum-queries.ts';
import * as generations from '../../src/database/generations.ts';
import { migrate } from '../../src/database/migrate.ts';
import { type OpenDatabase, openBeside } from '../../src/database/open.ts';
import { billSince, canceledAtCost, rejectionsOf, usualCost } from '../../src/database/spending.ts';
import * as trainings from '../../src/database/trainings.ts';
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

/** How SQLite goes about all that is asked, step by step. */
async function planOf(ask: () => Promise<unknown>): Promise<string[]> {
  asked = [];
  await ask();
  const questions = asked.filter((sql) => /^\s*(select|with|update|delete|insert)/.test(sql));
  return questions.flatMap((sql) => {
    const parameters = Array.from({ length: sql.split('?').length - 1 }, () => 1);
    const plan = host.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
    return plan.map(({ detail }) => detail);
  });
}

/**
 * Every row there is, or every one that succeeded, which comes to the same. No such thing: what is unfinished, a list within a row,
 * what was found so far, a table of one row.
 */
const WHOLE =
  /^SCAN (?!.*INDEX \w+_(unfinished|one_active)$|.*VIRTUAL TABLE|\(subquery|CONSTANT|found|image_spending_switch)|by_status \(status=\?\)$/;

const claim = { statuses: ['queued'] as const, owner: 'w', leaseMs: 9000, limit: 4 };
const everybodys = { status: null, userId: null, before: null, limit: 5 };
const erased = { userId: 1, characterIds: [1] };
const lately = { userId: 1, since: new Date().toISOString(), limit: 20 };
const many = Array.from({ length: 20 }, (_, index) => `g${index}`);
test.each<[string, () => Promise<unknown>]>([
  ['nextDue', () => generations.generationQueue.nextDue(opened.db)],
  ['claimDue', () => generations.claimDue(opened.db, claim)],
  ['countUnfinished', () => generations.countUnfinished(opened.db, 1)],
  ['extendLeases', () => generations.generationQueue.extendLeases(opened.db, 'w', ['a'], 9000)],
  ['releaseLeases', () => generations.generationQueue.releaseLeases(opened.db, 'w')],
  ['predictionsSince', () => generations.predictionsSince(opened.db, new Date().toISOString())],
  ['moveGeneration', () => generations.moveGeneration(opened.db, { id: 'a', status: 'queued', owner: 'w' }, {})],
  ['generationsOf', () => generations.generationsOf(opened.db, 1, { active: true, before: null, limit: 5 })],
  ['searchGenerations', () => searchGenerations(opened.db, { ...everybodys, gameId: 1 })],
  ['billSince', () => billSince(opened.db, new Date().toISOString())],
  ['usualCost', () => usualCost(opened.db, 'm')],
  ['rejectionsOf', () => rejectionsOf(opened.db, 1, 5)],
  ['canceledAtCost', () => canceledAtCost(opened.db, 'image_generations', lately)],
  ['canceledAtCost, trainings', () => canceledAtCost(opened.db, 'image_lora_trainings', lately)],
  ['countCharacters', () => countCharacters(opened.db, { user_id: 1, game_id: 1 })],
  ['openHold', () => openHold(opened.db, 'a')],
  ['portraitsOf', () => trainings.portraitsOf(opened.db, { characterId: 1, userId: 1 })],
  ['picturesOf', () => trainings.picturesOf(opened.db, many)],
  ['discardUnusedFiles', discardOne],
  ['picturesOfOthers', () => all(pictures.picturesOfOthers(opened.db, erased))],
  ['withdrawPictures', () => pictures.withdrawPictures(opened.db, many)],
  ['blankGenerations', () => pictures.blankGenerations(opened.db, many)],
  ['trainingsToErase', () => rest.trainingsToErase(opened.db, erased, 5)],
  ['disownTraining', () => rest.disownTraining(opened.db, 'a')],
  ['purgeTraces', () => rest.purgeTraces(opened.db, 1, 5)],
  ['isAnythingLeft', () => rest.isAnythingLeft(opened.db, 99)],
  ['vanishedUsers', () => rest.vanishedUsers(opened.db)],
])('%s reads no whole table', async (name, ask) => {
  const details = await planOf(ask);
  expect(details.filter((detail) => WHOLE.test(detail))).toEqual([]);
  // To sort is to read all that there is first.
  if (name === 'usualCost') expect(details.join('\n')).not.toMatch(/TEMP B-TREE/);
  expect(details.join('\n')).toMatch(/USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY/);
});

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const row of rows) read.push(row);
  return read;
}

/** There is one that nobody has, so that it is not only looked for. */
async function discardOne(): Promise<void> {
  host.exec(`INSERT INTO image_files (generation_id, image_key, thumbnail_key, width, height, image_bytes, thumbnail_bytes,
    image_sha256, created_at) VALUES ('g', 'i', 't', 1, 1, 1, 1, '', '2026-01-01T00:00:00.000Z')`);
  const marked = await all(discardUnusedFiles(opened.db, '2026-01-02T00:00:00.000Z'));
  expect(marked).toEqual([1]);
}
