// Moderation that is asked for and cannot work is told at the start by the name of its setting; an outage is not.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { ConfigError, readConfig } from '../../src/config.ts';
import { createForumFile, ELINA, GAME } from '../support/forum-file.ts';
import { ModerationDouble } from '../support/moderation-double.ts';
import { faults } from '../support/replicate-double.ts';
import { startService } from '../support/service.ts';

const ENOUGH = { DATABASE_PATH: 'forum.db', JWT_SECRET: 'secret' };
let judge: ModerationDouble;
beforeAll(async () => {
  judge = await ModerationDouble.start();
});
afterAll(() => judge.close());

function faultsOf(env: Record<string, string>): string[] {
  try {
    readConfig({ ...ENOUGH, ...env });
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
}

test.each([
  ['MODERATION_API_KEY', { PICTURE_MODERATION: 'remote' }],
  ['MODERATION_API_KEY', { MODERATION_API_KEY: 'two words' }],
  ['REPLICATE_API_TOKEN', { REPLICATE_API_TOKEN: 'two\nwords' }],
  ['MODERATION_BASE_URL', { MODERATION_API_KEY: 'x', MODERATION_BASE_URL: 'api.openai.com' }],
  ['PICTURE_MODERATION', { PICTURE_MODERATION: 'on' }],
])('%s is at fault: %o', (name, env) => {
  const [fault = '', ...others] = faultsOf(env);
  expect(fault.startsWith(`${name}: `)).toBe(true);
  expect(fault).not.toContain('two');
  expect(others).toEqual([]);
});

test('without settings there are the rules on words alone; a key is enough for texts', () => {
  expect(readConfig(ENOUGH).moderation).toEqual({ remote: null, pictures: 'off' });
  expect(readConfig({ ...ENOUGH, MODERATION_API_KEY: 'x' }).moderation).toEqual({
    remote: { apiKey: 'x', baseUrl: 'https://api.openai.com/v1', model: 'omni-moderation-latest' },
    pictures: 'off',
  });
});

test.each([
  ['MODERATION_API_KEY', { MODERATION_API_KEY: 'sk-another-key' }],
  ['MODERATION_MODEL', { MODERATION_MODEL: 'text-moderation-gone' }],
])('%s is refused by the endpoint: the service does not start, and says so', async (name, env) => {
  const forum = createForumFile();
  const own = { DATABASE_PATH: forum.path, DISK_PATH: `${forum.folder}/images`, JWT_SECRET: 'x', LOG_LEVEL: 'silent' };
  const app = createApp({ env: { ...own, ...judge.settings, ...env } });
  const error = await app.start().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).faults).toEqual([`${name}: is refused at MODERATION_BASE_URL`]);
  await app.close();
  forum.remove();
});

test('pictures are tried at the start as well: a model that takes none is told', async () => {
  judge.next(null, faults.answer(400, { error: { message: 'this model takes no images' } }));
  const forum = createForumFile();
  const own = { DATABASE_PATH: forum.path, DISK_PATH: `${forum.folder}/images`, JWT_SECRET: 'x', LOG_LEVEL: 'silent' };
  const app = createApp({ env: { ...own, ...judge.settings, PICTURE_MODERATION: 'remote' } });
  await expect(app.start()).rejects.toBeInstanceOf(ConfigError);
  await app.close();
  forum.remove();
});

test('an endpoint that is down at the start: the service serves, makes nothing, and goes on when it is back', async () => {
  judge.always(faults.reset('before'));
  await using service = await startService({ env: judge.settings });
  const elina = await service.as(ELINA);
  const ask = () => elina.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'a bay' });
  expect((await elina.get('/image-styles')).status).toBe(200);
  expect((await ask()).body.code).toBe('moderation_unavailable');
  judge.always(null);
  expect((await ask()).status).toBe(202);
});
