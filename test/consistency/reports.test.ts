// Past comparisons: kept whole in their folder, found again by name, read by admins and nobody else.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/consistency/report.ts';
import { nameOf, Reports } from '../../src/consistency/reports.ts';
import { openStage } from '../http/stage.ts';
import { ADMIN } from '../support/forum-file.ts';

const PATH = '/image-admin/consistency-reports';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reports-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const reportAt = (created_at: string, name = 'Väinö Ö.'): Report => ({
  created_at,
  character: { id: 7, name, game_id: 1, reference_revision: 1 },
  paid_by: { id: 1, username: 'Elina' },
  provider: 'preview',
  model: 'preview:1',
  seed: 42,
  measure: 'likeness',
  scenes: ['a pier'],
  strategies: [],
  left_out: [],
  baseline: [],
  pictures: [],
});
const FIRST = reportAt('2026-11-21T08:00:00.000Z');
const SECOND = reportAt('2026-11-22T20:01:45.000Z');

describe('the folder', () => {
  test.each([
    ['Väinö Ö.', '2026-11-22-200145-7-vaino-o'],
    ['../../etc/passwd', '2026-11-22-200145-7-etc-passwd'],
    ['🐉', '2026-11-22-200145-7'],
    ['a'.repeat(100), `2026-11-22-200145-7-${'a'.repeat(20)}${`-${'a'.repeat(20)}`.repeat(3)}`],
  ])('a report on %s is called %s', (name, expected) => {
    expect(nameOf(reportAt(SECOND.created_at, name))).toBe(expected);
  });

  test('keeps the page and its figures, and lists them newest first, in pages', async () => {
    const reports = new Reports(join(folder, 'not', 'there', 'yet'));
    expect(await reports.list({ before: null, limit: 10 })).toEqual([]);
    await reports.save(FIRST, 'the first');
    await reports.save(SECOND, 'the second');
    const all = await reports.list({ before: null, limit: 10 });
    expect(all.map(({ report }) => report)).toEqual([SECOND, FIRST]);
    const [newest] = await reports.list({ before: null, limit: 1 });
    expect(newest?.report).toEqual(SECOND);
    expect(await reports.list({ before: newest?.name ?? '', limit: 1 })).toEqual([
      { name: nameOf(FIRST), report: FIRST },
    ]);
    expect(await reports.page(nameOf(FIRST))).toBe('the first');
  });

  test('passes over what is not a report', async () => {
    const reports = new Reports(folder);
    await reports.save(FIRST, 'the first');
    writeFileSync(join(folder, '2026-11-23-000000-1-x.html'), 'without figures');
    writeFileSync(join(folder, '2026-11-24-000000-1-x.html'), 'with junk');
    writeFileSync(join(folder, '2026-11-24-000000-1-x.json'), '{"pictures": 1');
    writeFileSync(join(folder, 'notes.html'), 'somebody else’s');
    mkdirSync(join(folder, '2026-11-25-000000-1-x.html'));
    expect((await reports.list({ before: null, limit: 10 })).map(({ name }) => name)).toEqual([nameOf(FIRST)]);
    expect(readdirSync(folder).filter((file) => file.endsWith('.new'))).toEqual([]);
  });

  test('gives no file of another name or place', async () => {
    const reports = new Reports(join(folder, 'inner'));
    await reports.save(FIRST, 'the first');
    writeFileSync(join(folder, `${nameOf(SECOND)}.html`), 'outside');
    writeFileSync(join(folder, 'inner', 'notes.html'), 'not ours');
    for (const name of [
      `../${nameOf(SECOND)}`,
      'notes',
      '../inner/notes',
      `${nameOf(FIRST)}.html`,
      '',
      '.',
      `${nameOf(FIRST)}\0`,
      `/${nameOf(FIRST)}`,
    ])
      expect(await reports.page(name), name).toBeUndefined();
  });
});

describe('the route', () => {
  const open = async () => {
    const reports = new Reports(folder);
    await reports.save(FIRST, '<!doctype html>the first');
    await reports.save(SECOND, '<!doctype html>the second');
    return openStage({ env: { CONSISTENCY_PATH: folder } });
  };

  test.each(['elina', 'vaino', 'gm'] as const)('%s does not learn that there is one', async (role) => {
    await using stage = await open();
    const list = await stage[role].get(PATH);
    const page = await stage[role].get(`${PATH}/${nameOf(FIRST)}`);
    const none = await stage[role].get(`${PATH}/2026-01-01-000000-1-none`);
    expect([list.status, page.status, none.status]).toEqual([404, 404, 404]);
    expect(page.body.error).not.toContain('comparison');
    expect(page.body.error).toBe(none.body.error);
  });

  test('nobody is asked to log in', async () => {
    await using stage = await open();
    expect((await stage.anonymous.get(PATH)).status).toBe(401);
    expect((await stage.anonymous.get(`${PATH}/${nameOf(FIRST)}`)).status).toBe(401);
  });

  test('an admin reads the list page by page, and each report as it was written', async () => {
    await using stage = await open();
    const first = await stage.admin.get(`${PATH}?limit=1`);
    expect(first.body.items).toMatchObject([
      { name: nameOf(SECOND), character: { id: 7 }, created_at: SECOND.created_at },
    ]);
    const second = await stage.admin.get(`${PATH}?limit=1&cursor=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ items: [{ name: nameOf(FIRST) }], next_cursor: null });
    const admin = await stage.service.as(ADMIN);
    const page = await admin.get(`${PATH}/${nameOf(SECOND)}`);
    expect(page).toMatchObject({ status: 200, body: '<!doctype html>the second' });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/; sandbox$/);
    expect(policy).not.toMatch(/script|https?:|\*/);
    expect(page.headers.get('cache-control')).toContain('private');
  });

  test('no path leads out of the folder', async () => {
    writeFileSync(join(folder, 'outside.html'), 'outside');
    writeFileSync(join(folder, `${nameOf(SECOND)}.html`), 'outside');
    await new Reports(join(folder, 'inner')).save(FIRST, 'the first');
    await using stage = await openStage({ env: { CONSISTENCY_PATH: join(folder, 'inner') } });
    const admin = await stage.service.as(ADMIN);
    expect((await admin.get(`${PATH}/${nameOf(FIRST)}`)).body).toBe('the first');
    for (const name of [
      `..%2f${nameOf(SECOND)}`,
      '%2e%2e%2foutside',
      '..%5coutside',
      `${nameOf(FIRST)}%00`,
      nameOf(SECOND),
    ]) {
      expect((await admin.get(`${PATH}/${name}`)).status, name).toBe(404);
    }
  });
});
