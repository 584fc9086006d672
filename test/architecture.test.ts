// Holds the house together: who may import whom, who may touch the environment, SQL, Express and the SDKs, and how long files get.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** From the door to the outside. A folder may import from those below its own line, and files at the root of src as listed. */
const LAYERS: string[][] = [
  ['server.ts', 'program.ts', 'migrate.ts', 'consistency.ts', 'explain.ts', 'demo', 'index.ts'],
  ['app.ts', 'assembly'],
  ['http'],
  ['consistency'],
  ['training', 'writer', 'privacy', 'admin'],
  ['generation'],
  ['characters', 'credits', 'moderation', 'queue'],
  ['forum'],
  ['database', 'storage', 'providers', 'imaging'],
];
/** Leaves that everybody may use. */
const COMMON = ['errors.ts', 'config.ts', 'settings', 'contract.ts', 'contract', 'failpoints.ts', 'arenas.ts'];

interface Source {
  /** Path below src. */
  path: string;
  text: string;
  imports: string[];
}

const sources = (readdirSync(SRC, { recursive: true }) as string[])
  // The browser module has a machine, and types, of its own.
  .filter((path) => /\.c?ts$/.test(path) && !path.startsWith('client/'))
  .map((path): Source => {
    const text = readFileSync(join(SRC, path), 'utf8');
    return { path, text, imports: [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] ?? '') };
  });

const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : path);
const isCommon = (path: string) => COMMON.includes(roomOf(path));
const layerOf = (path: string) => LAYERS.findIndex((rooms) => rooms.includes(roomOf(path)));

test.each(sources.filter(({ path }) => path !== 'forward.cts'))('$path imports nothing upward', ({ path, imports }) => {
  const own = layerOf(path);
  if (!isCommon(path)) expect(own, `${path} stands in no layer`).toBeGreaterThanOrEqual(0);
  const inner = imports
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(SRC, resolve(SRC, dirname(path), name)));
  for (const target of inner.filter((name) => !isCommon(name))) {
    const sameRoom = roomOf(target) === roomOf(path) || layerOf(target) === own;
    expect(sameRoom || layerOf(target) > own, `${path} → ${target}`).toBe(true);
  }
});

test('rooms side by side at the bottom do not know each other, but that the services are configured alike', () => {
  const bottom = LAYERS.at(-1) ?? [];
  const crossings = sources.flatMap(({ path, imports }) =>
    imports
      .filter((name) => name.startsWith('../'))
      .map((name) => relative(SRC, resolve(SRC, dirname(path), name)))
      .filter((target) => roomOf(target) !== roomOf(path))
      .filter((target) => bottom.includes(roomOf(path)) && bottom.includes(roomOf(target)))
      .map((target) => `${path} → ${target}`),
  );
  expect(crossings).toEqual([]);
});

const only = (pattern: RegExp) => sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

test('the environment is read in one place, by the programs that pass it on', () => {
  expect(only(/process\.env/)).toEqual(expect.arrayContaining(['app.ts']));
  expect(only(/process\.env\.\w+/).filter((path) => !path.startsWith('demo/'))).toEqual([]);
});

test('Express stays at the doors', () => {
  const allowed = (path: string) => /^(http|demo)\//.test(path) || path === 'program.ts';
  expect(only(/from 'express'/).filter((path) => !allowed(path))).toEqual([]);
});

test('SQL stays in the database', () => {
  const allowed = (path: string) => /^(database|demo)\//.test(path);
  expect(
    only(/from 'kysely'|from 'better-sqlite3'/).filter(
      (path) => !allowed(path) && !['app.ts', 'assembly/configured.ts'].includes(path),
    ),
  ).toEqual([]);
  expect(only(/\.(selectFrom|insertInto|updateTable|deleteFrom)\(/).filter((path) => !allowed(path))).toEqual([]);
});

test('each SDK stays in the file named after it', () => {
  expect(only(/from '@aws-sdk/).every((path) => path.startsWith('storage/s3'))).toBe(true);
  expect(only(/from 'replicate'/).every((path) => path.startsWith('providers/replicate'))).toBe(true);
  expect(only(/from 'sharp'/).every((path) => /^(imaging|providers\/preview)/.test(path))).toBe(true);
});

test('what a host loads into its own process loads nothing of ours and nothing native', () => {
  const forward = sources.find(({ path }) => path === 'forward.cts');
  expect(forward?.imports.every((name) => name.startsWith('node:'))).toBe(true);
});

test('every file opens with a sentence of purpose and stays readable', () => {
  const lines = ({ text }: Source) => text.split('\n').length;
  expect(sources.filter(({ text }) => !/^(#!.*\n)?\/\/ \S/.test(text)).map(({ path }) => path)).toEqual([]);
  expect(sources.filter((source) => lines(source) > 350).map(({ path }) => path)).toEqual([]);
});

test('the browser module takes types from the server, and never code', () => {
  const files = (readdirSync(join(SRC, 'client'), { recursive: true }) as string[]).filter((path) =>
    path.endsWith('.ts'),
  );
  const crossings = files.flatMap((path) => {
    const text = readFileSync(join(SRC, 'client', path), 'utf8');
    return [...text.matchAll(/^(?:import|export) ([^';]*) from '((?:\.\.\/)+)[\w/-]+\.ts'/gm)]
      .filter(([, , up = '']) => up.split('/').length - 1 > path.split('/').length - 1)
      .filter(([, what = '']) => !what.startsWith('type '))
      .map(([line]) => `${path}: ${line}`);
  });
  expect(crossings).toEqual([]);
});
