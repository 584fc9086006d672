// A disk that is nearly full takes no new pictures, and what was asked for before goes on.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Credits } from '../../src/contract.ts';
import { Intake } from '../../src/generation/intake.ts';
import { Breaker } from '../../src/queue/breaker.ts';
import { createForumFile, ELINA, GAME } from '../support/forum-file.ts';
import { startService } from '../support/service.ts';

const SCENE = { mode: 'scene', scene: 'a bay' };

let small: string;
let isMounted = false;
beforeAll(() => {
  small = mkdtempSync(join(tmpdir(), 'small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', small], { stdio: 'ignore' });
    isMounted = true;
  } catch {
    // Only root may mount; the other test has a disk of its own imagination.
  }
});
afterAll(() => {
  if (isMounted) execFileSync('umount', [small]);
  rmdirSync(small);
});

test('a disk with less than 500 MB left: 503, and nothing is held', async ({ skip }) => {
  if (!isMounted) skip('mounting a small disk needs root');
  vi.stubEnv('TMPDIR', small);
  const forumFile = createForumFile();
  vi.unstubAllEnvs();
  await using service = await startService({ forumFile });
  const elina = await service.as(ELINA);
  const refused = await elina.post(`/games/${GAME}/images`, SCENE);
  expect(refused).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.body.error).not.toMatch(/disk|byte|MB/);
  expect((await elina.get<Credits>('/image-credits')).body).toMatchObject({ available: 1000, held: 0 });
});

test('opens again as soon as there is room', () => {
  let free = 499_999_999;
  const intake = new Intake({
    closing: new AbortController().signal,
    breaker: new Breaker(),
    freeBytes: () => free,
    log: pino({ level: 'silent' }),
  });
  expect(() => intake.assertOpen()).toThrow('no room');
  free = 500_000_000;
  expect(() => intake.assertOpen()).not.toThrow();
});
