// The README's examples are run as they stand, so that they cannot rot.
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ELINA } from './support/forum-file.ts';
import { startService, tokenOf } from './support/service.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

function chapter(title: string): string {
  const start = README.indexOf(`## ${title}`);
  return README.slice(start, README.indexOf('\n## ', start + 1));
}

const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map((match) => match[1] ?? '');

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!hasCurl())('every route with curl (skipped only where curl is not installed)', async () => {
  await using service = await startService();
  const script = blocks(chapter('Every route, with curl'), 'sh').join('\n');
  expect(script.match(/curl /g)?.length).toBeGreaterThan(30);
  const { stdout } = await promisify(execFile)(
    'bash',
    [
      '-euo',
      'pipefail',
      '-c',
      `curl() { command curl -sS --fail-with-body "$@"; }\n${script}`.replace('http://127.0.0.1:3000', service.origin),
    ],
    { env: { ...process.env, TOKEN: await tokenOf(ELINA) }, maxBuffer: 10_000_000 },
  );
  expect(stdout).toContain('"status":"succeeded"');
  expect(stdout).not.toContain('"status":"failed"');
});

test('the nginx block is the one that is tested', () => {
  const tested = readFileSync(new URL('./forward/nginx.conf.template', import.meta.url), 'utf8');
  const [shown = ''] = blocks(chapter('Wiring it into a forum'), 'nginx');
  const location = /location ~ \S+/.exec(shown)?.[0] ?? 'none';
  expect(tested).toContain(location);
  for (const line of shown.match(/proxy_set_header .*;/g) ?? []) expect(tested).toContain(line);
});

test('the lines for a page of posts are those of the demo, at most ten, and it has no others', () => {
  const [block = ''] = blocks(chapter('Wiring it into a forum'), 'js').filter((each) =>
    each.includes('forum-images.js'),
  );
  const shown = block
    .trim()
    .split('\n')
    .map((line) => line.replace(/;\s+\/\/ .*/, ';'));
  expect(shown.length).toBeLessThanOrEqual(10);
  const demo = readFileSync(new URL('../src/demo/pages/thread.js', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.trim());
  expect(shown.filter((line) => !demo.includes(line))).toEqual([]);
  const used = demo.filter((line) => /forum-images|loadPostImages|post-images|add-image|attachTo/.test(line));
  expect(used.filter((line) => !shown.includes(line))).toEqual([]);
});

test('the elements of the table are those of the module, and the custom properties those that it reads', () => {
  const sources = (folder: string) => {
    const at = new URL(`../src/client/${folder}/`, import.meta.url);
    return readdirSync(at)
      .map((name) => readFileSync(new URL(name, at), 'utf8'))
      .join('\n');
  };
  const text = chapter('Wiring it into a forum');
  const all = (from: string, pattern: RegExp) =>
    [...new Set([...from.matchAll(pattern)].map(([, name]) => name))].sort();
  const main = readFileSync(new URL('../src/client/forum-images.ts', import.meta.url), 'utf8');
  const forPages = main.slice(main.indexOf('const ELEMENTS'), main.indexOf('// The parts of these'));
  expect(all(text, /^\| `<([a-z-]+)>`/gm)).toEqual(all(forPages, /^ {2}'([a-z-]+)':/gm));
  const read = all(sources('parts') + sources('elements'), /var\((--forum-images-[\w-]+)/g);
  expect(all(text, /^ {2}(--forum-images-[\w-]+):/gm)).toEqual(read);
});

test('wiring it in takes no more than fifteen lines', () => {
  for (const block of blocks(chapter('Wiring it into a forum'), 'js')) {
    expect(block.trim().split('\n').length).toBeLessThanOrEqual(15);
  }
});
