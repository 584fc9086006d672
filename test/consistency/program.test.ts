// The whole program as an operator starts it: a process of its own, seen by its output, its folder and the database.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Report } from '../../src/consistency/report.ts';
import { makeCharacter, makeReference } from '../http/stage.ts';
import { ELINA, GM, VAINO } from '../support/forum-file.ts';
import { replicateSettings, settingsFor } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { startService, type TestService } from '../support/service.ts';

/** Whole programs that draw pictures, beside other tests on the same machine. */
const LONG = 180_000;
const PROGRAM = join(import.meta.dirname, '../../src/consistency.ts');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'consistency-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Nothing of the tester's own settings. */
function run(settings: Record<string, string>, ...args: string[]): Promise<Ended> {
  const env = { PATH: process.env.PATH, CONSISTENCY_PATH: folder, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    );
  });
}

function onlyReport(): { page: string; report: Report } {
  const [html, json, ...more] = readdirSync(folder).filter((file) => /\.(html|json)$/.test(file));
  expect([html?.slice(0, -5), more]).toEqual([json?.slice(0, -5), []]);
  const read = (file = '') => readFileSync(join(folder, file), 'utf8');
  return { page: read(html), report: Report.parse(JSON.parse(read(json))) };
}

function rows(path: string, sql: string): Record<string, unknown>[] {
  const db = new BetterSqlite3(path, { readonly: true });
  try {
    return db.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    db.close();
  }
}

/** A forum where Elina's character has an accepted reference and Väinö's another, for the service that is given. */
async function cast(service: TestService): Promise<number> {
  const elina = await service.as(ELINA);
  const vaino = await service.as(VAINO);
  const { id } = await makeCharacter(elina, { name: 'Aino <b>', base_description: 'red braid, green cloak' });
  const other = await makeCharacter(vaino, { name: 'Ilmo', base_description: 'bald, grey beard, brown coat' });
  await makeReference(elina, id);
  await makeReference(vaino, other.id);
  return id;
}

test('with no settings at all it compares a character of its own forum, and ranks her above the others', {
  timeout: LONG,
}, async () => {
  const first = await run({});
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const { page, report } = onlyReport();
  expect(report.character.name).toBe('Aino Kaarnasydän');
  expect(report.strategies.map(({ strategy }) => strategy)).toEqual(expect.arrayContaining(['prompt', 'reference']));
  expect(report.pictures).toHaveLength(report.scenes.length * report.strategies.length);
  expect(report.pictures.filter(({ error, score }) => error !== null || score === null)).toEqual([]);
  expect(report.baseline.length).toBeGreaterThanOrEqual(10);
  for (const { above_baseline } of report.strategies) expect(above_baseline).toBeGreaterThan(0.75);
  expect(page).toContain('Aino Kaarnasydän');
  expect(first.stdout.trim().split('\n').at(-1)).toMatch(/-aino-kaarnasydan\.html$/);
  // The second run has all it needs, and says only what it would do.
  const second = await run({}, '--dry-run', '--strategies', 'prompt');
  expect(second.stdout).toContain('price: 4 credits of Elina');
  expect(onlyReport().report).toEqual(report);
});

describe('on the database of a forum', { timeout: LONG }, () => {
  test('where a service is at work it makes the pictures, with one seed, and the user who is named pays', async () => {
    await using service = await startService();
    const id = await cast(service);
    const scenes = join(folder, 'scenes.txt');
    writeFileSync(scenes, '# two\n\nin a <i>forest</i>\r\non a pier\n');
    const ended = await run(
      settingsFor(service.forum, { WORKERS: 'on' }),
      ...['--character', String(id), '--user', String(GM), '--scenes', scenes, '--seed', '77'],
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).not.toContain('this program makes the pictures itself');
    const { page, report } = onlyReport();
    expect(report).toMatchObject({ seed: 77, paid_by: { id: GM }, scenes: ['in a <i>forest</i>', 'on a pier'] });
    expect(report.baseline).toHaveLength(1);
    expect(page).not.toMatch(/<i>|<b>/);
    const made = rows(
      service.forum.path,
      "SELECT id, user_id, status, kind, recipe FROM image_generations WHERE kind = 'draft' ORDER BY created_at",
    );
    expect(made.map(({ id: made_id }) => made_id)).toEqual(report.pictures.map(({ generation_id }) => generation_id));
    const recipes = made.map(({ recipe }) => JSON.parse(String(recipe)));
    expect(recipes.map(({ strategy, seed }) => [strategy, seed])).toEqual([
      ['prompt', 77],
      ['reference', 77],
      ['prompt', 77],
      ['reference', 77],
    ]);
    expect(made.every(({ user_id, status }) => user_id === GM && status === 'succeeded')).toBe(true);
    const credits = rows(
      service.forum.path,
      `SELECT -sum(amount) AS spent FROM image_credit_entries WHERE user_id = ${GM} AND kind = 'settle'`,
    );
    expect(credits).toEqual([{ spent: 4 }]);
  });

  test('where none is, it makes them itself', async () => {
    await using service = await startService();
    const id = await cast(service);
    await service.stop();
    const scenes = join(folder, 'scenes.txt');
    writeFileSync(scenes, 'on a pier\n');
    const settings = settingsFor(service.forum, { MAX_ACTIVE_PER_USER: '1' });
    const ended = await run(settings, '--character', String(id), '--scenes', scenes);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('No service is at work on this database: this program makes the pictures itself.');
    expect(onlyReport().report.pictures.map(({ error }) => error)).toEqual([null, null]);
  });

  test('a stranger’s pictures that wait for another model are left to their service', async () => {
    await using service = await startService();
    const id = await cast(service);
    await service.stop();
    const db = new BetterSqlite3(service.forum.path);
    const recipe = "json_set(recipe, '$.model', 'stability-ai/sdxl:other')";
    db.exec(
      `UPDATE image_generations SET status = 'queued', finished_at = NULL, recipe = ${recipe} WHERE user_id = ${VAINO}`,
    );
    db.close();
    const ended = await run(settingsFor(service.forum), '--character', String(id));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/Start the service/);
    expect(rows(service.forum.path, `SELECT status FROM image_generations WHERE user_id = ${VAINO}`)).toEqual([
      { status: 'queued' },
    ]);
  });

  test('dollars are spent only on a word, and never more credits than there are', async () => {
    const double = await ReplicateDouble.start();
    onTestFinished(() => double.close());
    await using service = await startService();
    const id = await cast(service);
    const settings = settingsFor(service.forum, replicateSettings(double));
    const asked = await run(settings, '--character', String(id));
    expect(asked.code).toBe(1);
    expect(asked.stdout).toMatch(/price: 8 credits of Elina, who has \d+; about \$0\.\d+/);
    expect(asked.stderr).toContain('--yes');
    const poor = await run(
      settingsFor(service.forum, { CREDITS_PER_MONTH: '1' }),
      '--character',
      String(id),
      '--user',
      '4',
    );
    expect(poor).toMatchObject({ code: 1, stderr: 'This costs 8 credits, and Ylläpito has 1.\n' });
    expect(double.bill).toEqual([]);
    expect(rows(service.forum.path, "SELECT id FROM image_generations WHERE kind = 'draft'")).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('what cannot be done', { timeout: LONG }, () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
    await cast(service);
    await makeCharacter(await service.as(ELINA), { name: 'Nobody' });
  });
  afterAll(() => service.close());

  test.each([
    [['--character', '99'], 'The character 99 was not found.'],
    [[], '--character: is required'],
    [['--character', '1', '--user', '99'], 'The user 99 was not found.'],
    [['--character', '1', '--user', '2'], 'has not allowed others'],
    [['--character', '1', '--strategies', 'lora'], 'can do none of these'],
    [['--character', '3'], 'has no accepted reference image'],
    [['--unknown'], '--unknown'],
  ])('%j is answered in a sentence', async (args, sentence) => {
    const ended = await run(settingsFor(service.forum), ...args);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(sentence);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });
});
