// The README's examples for admins, run as they stand: the storage, and pictures that failed.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { ProviderError } from '../../src/providers/provider.ts';
import { finish, openStage, SCENE } from '../http/stage.ts';
import { ADMIN, GAME } from '../support/forum-file.ts';
import { tokenOf } from '../support/service.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

function examples(title: string): string {
  const start = README.indexOf(title);
  const chapter = README.slice(start, README.indexOf('\n## ', start + 1));
  return [...chapter.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text).join('\n');
}

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!hasCurl())(
  'what admins are shown with curl works (skipped only where curl is not installed)',
  async () => {
    const preview = createPreviewProvider();
    const submit = () => Promise.reject(new ProviderError('refused', 'not today'));
    await using stage = await openStage({ provider: { ...preview, submit } });
    const [failed, lost] = [
      await finish(stage.elina, `/games/${GAME}/images`, SCENE),
      await finish(stage.elina, `/games/${GAME}/images`, SCENE),
    ];
    await stage.forum.run(
      "UPDATE image_generations SET status = 'needs_review', error_code = 'needs_review' WHERE id = ?",
      lost.id,
    );
    const script = `${examples('### The bucket')}\n${examples('## When a picture fails')}`;
    expect(script.match(/curl /g)?.length).toBeGreaterThanOrEqual(4);
    const prelude = `curl() { command curl -sS --fail-with-body "$@"; }
    API=${stage.service.origin}/api AUTH="Authorization: Bearer $TOKEN" JSON="Content-Type: application/json"`;
    const env = { ...process.env, TOKEN: await tokenOf(ADMIN), FAILED: failed.id, LOST: lost.id };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', `${prelude}\n${script}`], { env });
    expect(stdout).toContain('"ok":true,"storage":"disk"');
    expect(stdout).toContain(`"retried_as":null`);
    expect(stdout).toMatch(/"status":"failed".*"code":"needs_review"|"code":"needs_review".*"status":"failed"/);
  },
);
