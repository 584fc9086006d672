// Which paths are the service's, and which stay with the forum.
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { forumPaths, servicePaths } from './paths.ts';

const { isImagePath } = createRequire(import.meta.url)(
  'forum-ai-images/forward',
) as typeof import('../../src/forward.cts');

test.each(servicePaths)('%s is the service’s', (path) => {
  expect(isImagePath(path)).toBe(true);
});

test.each(forumPaths)('%s is the forum’s', (path) => {
  expect(isImagePath(path)).toBe(false);
});
