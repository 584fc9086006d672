// What the program says when it cannot start: a sentence for whoever set it up, and exit code 1.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createForumFile, type ForumFile } from '../support/forum-file.ts';
import { runProgram, settingsFor, startProgram } from '../support/program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let forum: ForumFile;
beforeAll(() => {
  forum = createForumFile();
});
afterAll(() => forum.remove());

test('bad settings: every variable at once, each with what it should be', async () => {
  const settings = settingsFor(forum, {
    PORT: 'eighty',
    IMAGE_PROVIDER: 'dalle',
    REPLICATE_BASE_URL: 'ftp://replicate',
    REPLICATE_OUTPUT_ORIGINS: 'http://example.test',
    S3_FORCE_PATH_STYLE: 'yes',
    GENERATION_TIMEOUT_S: '1',
    WORKERS: 'many',
  });
  const { code, stderr, stdout } = await runProgram(settings);
  expect(code).toBe(1);
  const named = [...stderr.matchAll(/^ {2}([A-Z0-9_]+): ./gm)].map(([, name]) => name);
  expect(named.sort()).toEqual([
    'GENERATION_TIMEOUT_S',
    'IMAGE_PROVIDER',
    'PORT',
    'REPLICATE_BASE_URL',
    'REPLICATE_OUTPUT_ORIGINS',
    'S3_FORCE_PATH_STYLE',
    'WORKERS',
  ]);
  expect(stderr + stdout).not.toMatch(/^\s+at /m);
});

test('missing settings: every variable at once, and no secret is repeated', async () => {
  const { code, stderr, stdout } = await runProgram({
    IMAGE_PROVIDER: 'replicate',
    AWS_SECRET_ACCESS_KEY: 'very-secret',
  });
  expect(code).toBe(1);
  for (const name of ['DATABASE_PATH', 'JWT_SECRET', 'REPLICATE_API_TOKEN', 'AWS_ACCESS_KEY_ID']) {
    expect(stderr).toMatch(new RegExp(`^ {2}.*${name}`, 'm'));
  }
  expect(stderr + stdout).not.toMatch(/very-secret|^\s+at /m);
});

test('the port is in use: one sentence, and no work was begun', async () => {
  const first = await startProgram(settingsFor(forum));
  const { code, stderr, stdout } = await runProgram(settingsFor(forum, { PORT: new URL(first.origin).port }));
  expect(code).toBe(1);
  expect(stderr.trim()).toMatch(/^The port is in use: .*EADDRINUSE.*$/);
  expect(stdout).toBe('');
  expect((await first.end()).code).toBe(0);
});

test('a database that is not there: one sentence that names it', async () => {
  const path = join(forum.folder, 'nowhere.db');
  const { code, stderr } = await runProgram(settingsFor(forum, { DATABASE_PATH: path }));
  expect(code).toBe(1);
  expect(stderr.trim()).toBe(`DATABASE_PATH: there is no file ${path}`);
});

test.skipIf(process.platform !== 'linux').each([
  ['two, so that what sharp leaves behind does not add up', {}, 'MALLOC_ARENA_MAX=2'],
  ['as many as the operator says', { MALLOC_ARENA_MAX: '5' }, 'MALLOC_ARENA_MAX=5'],
  ['as another allocator has', { LD_PRELOAD: '/nowhere/libjemalloc.so' }, undefined],
])('the process has few heaps: %s', async (_name, settings, expected) => {
  const program = await startProgram(settingsFor(forum, settings));
  const environment = readFileSync(`/proc/${program.child.pid}/environ`, 'utf8').split('\0');
  expect((await program.end()).code).toBe(0);
  expect(environment.find((line) => line.startsWith('MALLOC_ARENA_MAX'))).toBe(expected);
});

const oldNode = findOldNode();

test.skipIf(!oldNode)(`an older Node (${oldNode?.version}) is told what is needed`, async () => {
  const { node } = oldNode as { node: string };
  const built = join(ROOT, 'dist', 'server.js');
  if (!existsSync(built)) execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', join(ROOT, 'tsconfig.build.json')]);
  const { code, stderr } = await runProgram(settingsFor(forum), [node, built]);
  expect(code).toBe(1);
  expect(stderr.trim()).toMatch(/^forum-ai-images needs Node\.js \d+\.\d+ or later, and this is \d+\.\d+\.\d+\.$/);
});

/** A Node before 22 on the search path, outside this project; says so when there is none. */
function findOldNode(): { node: string; version: string } | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    if (folder.includes('node_modules') || !existsSync(node)) continue;
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
    if (Number(/^v(\d+)/.exec(version)?.[1]) < 22) return { node, version };
  }
  console.warn('The test of an older Node is skipped: there is no Node before 22 on the search path.');
  return undefined;
}
