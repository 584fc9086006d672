// The README's way to read out and erase a user's data is walked as it stands.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ADMIN, GM, VAINO } from '../support/forum-file.ts';
import { startService, tokenOf } from '../support/service.ts';
import { erased, fill, makeOthers } from './world.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, script = ''] = /## A user's data\n.*?```sh\n(.*?)```/s.exec(README) ?? [];
const run = promisify(execFile);
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);

test.skipIf(!hasCurl)('with curl (skipped only where curl is not installed)', async () => {
  await using service = await startService();
  const others = await makeOthers(await service.as(GM), 1);
  await fill(await service.as(VAINO), others[0] as (typeof others)[0], 0);
  const bash = `curl() { command curl -sS --fail-with-body "$@"; }\n${script}`.replace(
    'http://127.0.0.1:3000',
    service.origin,
  );
  const env = { ...process.env, TOKEN: await tokenOf(ADMIN), TMPDIR: service.forum.folder };
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', bash], { env });
  expect(stdout).toContain('"status":"running"');
  const read = JSON.parse(readFileSync(join(service.forum.folder, 'images-of-user-2.json'), 'utf8'));
  expect(read).toMatchObject({ user_id: VAINO, characters: [{}], reference_images: [{}, {}] });
  const { erased: gone } = await erased(await service.as(ADMIN), VAINO);
  expect(gone).toMatchObject({ characters: 1 });
});
