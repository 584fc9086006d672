// What the README shows to moderators is run as it stands there.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../src/contract.ts';
import { makeCharacter, makePicture, makeReference, openStage } from '../http/stage.ts';
import { ADMIN, ELINAS_POST } from '../support/forum-file.ts';
import { tokenOf } from '../support/service.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!hasCurl())('a moderator’s five minutes (skipped only where curl is not installed)', async () => {
  await using stage = await openStage();
  const image = await makePicture(stage.elina, ELINAS_POST);
  await makeReference(stage.elina, (await makeCharacter(stage.elina)).id);
  await stage.vaino.post(`/post-images/${image.id}/report`, { reason: 'Verinen' });
  const start = README.indexOf("## A moderator's five minutes");
  const [, script = ''] = /```sh\n(.*?)```/s.exec(README.slice(start)) ?? [];
  expect(script.match(/\ncurl /g)?.length).toBe(7);
  const strict = `curl() { command curl -sS --fail-with-body "$@"; }\n${script}`;
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-euo', 'pipefail', '-c', strict.replace('http://127.0.0.1:3000', stage.service.origin)],
    { env: { ...process.env, TOKEN: await tokenOf(ADMIN) } },
  );
  expect(stdout).toContain('"complete":true');
  const { items } = (await stage.admin.get<{ items: AuditEntry[] }>('/image-admin/audit')).body;
  expect(items.map(({ action }) => action).toReversed()).toEqual([
    'report.resolve',
    'post_image.takedown',
    'post_image.restore',
    'reference_image.takedown',
    'reference_image.restore',
  ]);
});
