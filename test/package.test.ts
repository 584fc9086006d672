// What a fresh machine installs from: the lock file must need no compiler and name no registry.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const lock = read('package-lock.json') as { packages: Record<string, Record<string, unknown>> };
const manifest = read('package.json');

test('npm 10 does not compile better-sqlite3, which ships its binaries', () => {
  // npm 10 takes a binding.gyp for an order to compile unless gypfile is false, reads that from the lock file alone, and
  // never writes it there. After an `npm install` that has dropped the line, put it back by hand.
  expect(lock.packages['node_modules/better-sqlite3']).toMatchObject({ gypfile: false });
});

test('only Node itself may run an install script', () => {
  const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript);
  expect(scripted.map(([path]) => path).sort()).toEqual(['node_modules/@scarf/scarf', 'node_modules/node']);
  expect(manifest.allowScripts).toMatchObject({ '@scarf/scarf': false, node: true });
});

test('the lock file names no registry, pins every package by its checksum, and package.json by its version', () => {
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  expect(packages.filter(([, entry]) => 'resolved' in entry)).toEqual([]);
  expect(packages.filter(([, entry]) => !/^sha512-/.test(String(entry.integrity)) && !entry.inBundle)).toEqual([]);
  const ranges = Object.values({ ...manifest.dependencies, ...manifest.devDependencies }) as string[];
  expect(ranges.filter((range) => !/^(npm:\w+@)?\d+\.\d+\.\d+$/.test(range))).toEqual([]);
});
