// What may be said on the command line, and the sentence for what may not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOptions } from '../../src/consistency/options.ts';
import { DEFAULT_SCENES } from '../../src/consistency/scenes.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'options-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function scenes(text: string): string[] {
  const path = join(folder, 'scenes.txt');
  writeFileSync(path, text);
  return ['--scenes', path];
}

test('left out, everything is the character’s own', () => {
  const nothing = { characterId: null, userId: null, seed: null, strategies: null, scenes: DEFAULT_SCENES };
  expect(readOptions([])).toEqual({ ...nothing, dryRun: false, yes: false });
  expect(readOptions(['--help'])).toBe('help');
});

test('what is said is read', () => {
  const said = [
    '--character',
    '7',
    '--user',
    '3',
    '--seed',
    '0',
    '--strategies',
    'lora,prompt,lora',
    '--yes',
    '--dry-run',
  ];
  expect(readOptions([...said, ...scenes('\ufeff# ours\r\n\r\n  a pier \r\nmetsässä\n')])).toEqual({
    characterId: 7,
    userId: 3,
    seed: 0,
    strategies: ['lora', 'prompt'],
    scenes: ['a pier', 'metsässä'],
    dryRun: true,
    yes: true,
  });
});

test.each<[() => string[], RegExp]>([
  [() => ['--character', 'x'], /--character: must be a whole number/],
  [() => ['--character', '-1'], /--character/],
  [() => ['--seed', '4294967296'], /--seed: must be a whole number/],
  [() => ['--strategies', 'prompt,magic'], /--strategies: magic is none of prompt/],
  [() => ['--scenes', join(folder, 'none')], /--scenes: ENOENT/],
  [() => scenes('# nothing\n'), /has no scene in it/],
  [() => scenes('a\n'.repeat(25)), /at most 24/],
  [() => scenes(`fine\n${'a'.repeat(1001)}`), /the scene 2 is too long/],
  [() => scenes('a\0b'), /the scene 1 is too long, or no plain text/],
  [() => ['7'], /7/],
])('%s is refused by name', (args, message) => {
  expect(() => readOptions(args())).toThrow(message);
});
