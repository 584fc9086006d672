// Nothing that the service answers may be left out of what a host forwards to it.
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { startService } from '../support/service.ts';

const { isImagePath } = createRequire(import.meta.url)(
  'forum-ai-images/forward',
) as typeof import('../../src/forward.cts');

test('every route of the service is forwarded', async () => {
  await using service = await startService();
  const document = await service.anonymous.get('/image-openapi.json');
  const paths = Object.keys(document.body.paths).map((path) => `/api${path.replace(/\{\w+\}/g, '1')}`);
  expect(paths.length).toBeGreaterThan(15);
  expect(paths.filter((path) => !isImagePath(path))).toEqual([]);
  for (const path of ['/api/image-openapi.json', '/api/image-docs/', '/api/image-files/games/1/scenes/x.webp']) {
    expect(isImagePath(path)).toBe(true);
  }
});
