// The settings choose the store.
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openStorage } from '../../src/storage/open.ts';

const HOST = { database: true, identify: true };

it.each([
  [{}, 'disk'],
  [{ IMAGE_STORAGE: 's3' }, 's3'],
  [{ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }, 's3'],
  [{ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', IMAGE_STORAGE: 'disk' }, 'disk'],
])('with %j it is %s', (env, kind) => {
  expect(openStorage(readConfig(env, HOST).storage).kind).toBe(kind);
});
