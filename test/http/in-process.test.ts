// The other way to live with a forum: inside its process, on its own better-sqlite3 handle, in Express 4 or 5.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import BetterSqlite3 from 'better-sqlite3';
import express5 from 'express';
import { expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { createForumFile, ELINA, GAME } from '../support/forum-file.ts';
import { clientAt, JWT_SECRET, tokenOf } from '../support/service.ts';

const { default: express4 } = (await import('express4' as string)) as { default: typeof express5 };

test.each([
  ['Express 4', express4],
  ['Express 5', express5],
])('%s: our routes and the host’s own live side by side under /api', async (_name, express) => {
  const forum = createForumFile();
  const database = new BetterSqlite3(forum.path);
  const images = createApp({
    database,
    env: { JWT_SECRET, DISK_PATH: `${forum.folder}/images`, LOG_LEVEL: 'silent' },
    provider: createPreviewProvider({ durationMs: 20, pollIntervalMs: 10 }),
  });
  const host = express();
  host.use('/api', images.router);
  host.use(express.urlencoded({ extended: false }), express.json());
  host.get(
    '/api/posts/:id',
    (req, res) => void res.json({ post: req.params.id, query: req.query, own: res.app === host }),
  );
  host.post('/api/login', (req, res) => void res.json({ got: req.body }));
  const server = createServer(host);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const elina = clientAt(origin, await tokenOf(ELINA));

  expect(await elina.get('/image-styles')).toMatchObject({ status: 503, body: { code: 'shutting_down' } });
  await images.start();
  const asked = await elina.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'a lake' });
  expect(await elina.finished(asked.body)).toMatchObject({ status: 'succeeded' });

  // What is not ours reaches the host as it was sent, with the host's own methods, and without headers of ours.
  const post = await elina.get('/posts/7?a[]=1&b=2');
  expect(post.body).toMatchObject({ post: '7', own: true });
  expect(post.headers.get('content-security-policy')).toBeNull();
  const form = await fetch(`${origin}/api/login`, { method: 'POST', body: new URLSearchParams({ email: 'x' }) });
  expect(await form.json()).toEqual({ got: { email: 'x' } });
  expect((await elina.get('/no-such-thing')).status).toBe(404);

  await images.close();
  expect((await elina.get('/image-styles')).status).toBe(503);
  expect(database.prepare('SELECT count(*) AS n FROM post_images').get()).toEqual({ n: 0 });
  database.close();
  await new Promise((resolve) => server.close(resolve));
  forum.remove();
});

test('the service can be required by a CommonJS host', async () => {
  const { createRequire } = await import('node:module');
  const { createApp: required } = createRequire(import.meta.url)('forum-ai-images');
  expect(required).toBeTypeOf('function');
});
