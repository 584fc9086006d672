// Alive, ready, and what is said while a part of the outside is away.
import { expect, test } from 'vitest';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { ProviderError } from '../../src/providers/provider.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createForumFile, GAME } from '../support/forum-file.ts';
import { createHeldProvider, finish, openStage, SCENE } from './stage.ts';

const fail = () => Promise.reject(new Error('a secret of the inside'));

test('alive and ready are for everybody and never cached', async () => {
  await using stage = await openStage();
  const alive = await stage.anonymous.get('/image-healthz');
  expect([alive.status, alive.body]).toEqual([200, { status: 'ok' }]);
  const ready = await stage.anonymous.get('/image-readyz');
  const checks = { database: 'ok', storage: 'ok', provider: 'ok', queue: 'ok' };
  expect([ready.status, ready.body]).toEqual([200, { status: 'ready', checks }]);
  for (const { headers } of [alive, ready]) expect(headers.get('cache-control')).toBe('no-store');
});

test('a storage that fails is told, without its inside; the process is alive all the same', async () => {
  const forumFile = createForumFile();
  const disk = createDiskStorage({ kind: 'disk', path: `${forumFile.folder}/images`, publicBaseUrl: undefined });
  const storage: Storage = { ...disk, check: fail };
  await using stage = await openStage({ forumFile, storage });
  const { status, body } = await stage.anonymous.get('/image-readyz');
  expect(status).toBe(503);
  expect(body).toEqual({
    status: 'not_ready',
    checks: { database: 'ok', storage: 'failing', provider: 'ok', queue: 'ok' },
  });
  expect((await stage.anonymous.get('/image-healthz')).status).toBe(200);
});

test('a provider that fails is told, too, and is not asked for every request', async () => {
  let asked = 0;
  const check = () => {
    asked += 1;
    return fail();
  };
  await using stage = await openStage({ provider: { ...createPreviewProvider(), check } });
  expect(asked).toBe(1); // at start, which goes on without it
  asked = 0;
  for (let time = 0; time < 5; time += 1) {
    expect((await stage.anonymous.get('/image-readyz')).body.checks.provider).toBe('failing');
  }
  expect(asked).toBe(1);
});

test('a provider that wants its operator ends the picture without a charge and stops new ones', async () => {
  const submit = () => Promise.reject(new ProviderError('unavailable', 'the token is wrong'));
  await using stage = await openStage({ provider: { ...createPreviewProvider(), submit } });
  const ended = await finish(stage.elina, `/games/${GAME}/images`, SCENE);
  expect(ended).toMatchObject({ status: 'failed', error: { code: 'provider_unavailable' }, cost: { charged: false } });
  const { status, headers, body } = await stage.elina.post(`/games/${GAME}/images`, SCENE);
  expect([status, body.code]).toEqual([503, 'provider_unavailable']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(JSON.stringify([ended, body])).not.toContain('token');
  expect((await stage.elina.get('/image-credits')).body).toMatchObject({ available: 1000, held: 0 });
});

test('a service that stops refuses with a time to come back', async () => {
  await using stage = await openStage({ provider: createHeldProvider().provider });
  await stage.elina.post(`/games/${GAME}/images`, SCENE);
  await stage.service.app.close();
  const { status, headers, body } = await stage.elina.post(`/games/${GAME}/images`, SCENE);
  expect([status, body.code]).toEqual([503, 'shutting_down']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});
