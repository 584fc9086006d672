// What the README says an admin can do about credits and money, run as it stands.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ADMIN } from '../support/forum-file.ts';
import { startService, tokenOf } from '../support/service.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, chapter = ''] = README.split('\n## Credits and money\n');
const [, script = ''] = /```sh\n(.*?)```/s.exec(chapter) ?? [];

test('credits are given and taken, usage is read, and spending is stopped and started, with curl', async ({ skip }) => {
  const shell = promisify(execFile);
  await shell('curl', ['--version']).catch(() => skip('curl is not installed'));
  await using service = await startService({ env: { CREDITS_PER_MONTH: '100' } });
  const commands = `curl() { command curl -sS --fail-with-body "$@"; echo; }\n${script}`;
  const { stdout } = await shell(
    'bash',
    ['-euo', 'pipefail', '-c', commands.replace('http://127.0.0.1:3000', service.origin)],
    { env: { ...process.env, TOKEN: await tokenOf(ADMIN) } },
  );
  const replies = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(replies.slice(0, 3).map(({ available }) => available)).toEqual([100, 120, 115]);
  expect(replies.slice(-3).map(({ paused }) => paused)).toEqual([false, true, false]);
  expect(replies).toHaveLength(9);
});
