// The thread that judges pictures offline: with a stand-in for nsfwjs, and with nsfwjs itself where it is installed.
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { ConfigError } from '../../src/config.ts';
import { NsfwJudge, type NsfwOptions } from '../../src/moderation/nsfwjs.ts';
import { until } from '../http/stage.ts';
import { createForumFile } from '../support/forum-file.ts';

const STAND_IN = new URL('../support/nsfw-stand-in.mjs', import.meta.url);
const MISSING = new URL('../support/no-such-module.mjs', import.meta.url);

const plain = (background: string) =>
  sharp({ create: { width: 300, height: 200, channels: 3, background } })
    .webp({ lossless: true })
    .toBuffer();
const GREY = plain('#808080');
const REFUSED = plain('#ff0000');
const UNREADABLE = plain('#0000ff');
const DEADLY = plain('#00ff00');
const SILENT = plain('#ffff00');
const NONSENSE = plain('#ff00ff');

let judge: NsfwJudge;
afterEach(() => judge?.close());
const start = (options: NsfwOptions = {}) => {
  judge = new NsfwJudge({ engine: STAND_IN, ...options });
};

test('Porn and Hentai together decide', async () => {
  start();
  expect(await judge.judge(await GREY)).toBeNull();
  expect(await judge.judge(await REFUSED)).toBe('sexual');
});

test('many at once are each answered for themselves', async () => {
  start();
  const pictures = await Promise.all(Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? REFUSED : GREY)));
  const verdicts = await Promise.all(pictures.map((picture) => judge.judge(picture)));
  expect(verdicts).toEqual(pictures.map((_, index) => (index % 3 === 0 ? 'sexual' : null)));
});

test.each([
  ['it fails', UNREADABLE],
  ['it talks nonsense', NONSENSE],
  ['it dies', DEADLY],
])('no verdict when %s, and the next picture has one', async (_name, picture) => {
  start();
  await expect(judge.judge(await picture)).rejects.toThrow();
  expect(await judge.judge(await GREY)).toBeNull();
});

test('when it dies, all that wait for it are told, and a new one takes over', async () => {
  start();
  const [deadly, grey] = await Promise.all([DEADLY, GREY]);
  const all = await Promise.allSettled([judge.judge(deadly), judge.judge(grey), judge.judge(grey)]);
  expect(all[0]?.status).toBe('rejected');
  // Whoever stood behind it has an answer, or is told that there is none; nobody waits for ever.
  expect(await judge.judge(grey)).toBeNull();
});

test('silence is not waited for, and what stands behind it goes on', async () => {
  start({ deadlineMs: 1500 });
  await expect(judge.judge(await SILENT)).rejects.toThrow('has ended');
  const grey = await GREY;
  // On a busy machine the new thread may take longer to begin than is waited for here.
  expect(
    await until(() =>
      judge.judge(grey).then(
        (verdict) => ({ verdict }),
        () => false as const,
      ),
    ),
  ).toEqual({
    verdict: null,
  });
});

test('what is no picture has no verdict', async () => {
  start();
  await expect(judge.judge(Buffer.from('<html>'))).rejects.toThrow();
});

test('an engine that cannot be loaded is told by the name of the setting', async () => {
  start({ engine: MISSING });
  await expect(judge.check()).rejects.toThrow(/PICTURE_MODERATION: .*npm install --no-save nsfwjs/);
  await expect(judge.judge(await GREY)).rejects.toThrow();
});

const isInstalled = (() => {
  try {
    import.meta.resolve('nsfwjs/core');
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(isInstalled)('nsfwjs is asked for and not installed: the service does not start', async () => {
  const forum = createForumFile();
  const env = { DATABASE_PATH: forum.path, JWT_SECRET: 'x', LOG_LEVEL: 'silent', PICTURE_MODERATION: 'nsfwjs' };
  const app = createApp({ env });
  await expect(app.start()).rejects.toBeInstanceOf(ConfigError);
  await app.close();
  forum.remove();
});

test.skipIf(!isInstalled)('nsfwjs itself judges a harmless picture (skipped where it is not installed)', async () => {
  judge = new NsfwJudge();
  await judge.check();
  const pictures = await Promise.all([GREY, plain('#304050'), plain('#f0f0f0')]);
  expect(await Promise.all(pictures.map((picture) => judge.judge(picture)))).toEqual([null, null, null]);
});
