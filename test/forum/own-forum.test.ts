// A forum of another shape, as the README shows how to bring one: members, and users who are suspended.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import BetterSqlite3 from 'better-sqlite3';
import express from 'express';
import { expect, test } from 'vitest';
import * as images from '../../src/index.ts';
import { createForumFile, ELINA, GAME, OTHER_GAME, VAINO } from '../support/forum-file.ts';
import { clientAt, JWT_SECRET, tokenOf } from '../support/service.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, example = ''] = /```js\n((?:(?!```).)*createForum\(.*?)```/s.exec(README) ?? [];

/** Runs the example as it stands, where a host has a `db` and a `secret`. */
function appOf(db: BetterSqlite3.Database, folder: string): images.App {
  const require = () => ({
    ...images,
    createApp: (options: images.AppOptions) =>
      images.createApp({ ...options, env: { ...options.env, DISK_PATH: `${folder}/images`, LOG_LEVEL: 'silent' } }),
  });
  return new Function('require', 'db', 'secret', `${example}; return images;`)(require, db, JWT_SECRET);
}

test('the example of the README lets members in alone, and suspended users make nothing', async () => {
  const file = createForumFile();
  const db = new BetterSqlite3(file.path);
  db.exec(`CREATE TABLE members (user_id INTEGER, game_id INTEGER); CREATE TABLE suspensions (user_id INTEGER);
    INSERT INTO members VALUES (${ELINA}, ${GAME})`);
  const app = appOf(db, file.folder);
  await app.start();
  const server = createServer(express().use('/api', app.router));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [elina, vaino] = [clientAt(origin, await tokenOf(ELINA)), clientAt(origin, await tokenOf(VAINO))];
  const character = { name: 'Aino', base_description: 'red braid' };

  const made = await elina.post(`/games/${GAME}/characters`, character);
  expect(made.status).toBe(201);
  expect((await elina.get(`/games/${OTHER_GAME}/characters`)).status).toBe(404);
  expect((await vaino.get(`/characters/${made.body.id}`)).status).toBe(404);
  db.exec(`INSERT INTO suspensions VALUES (${ELINA})`);
  expect((await elina.post(`/games/${GAME}/characters`, character)).status).toBe(403);
  expect((await elina.get(`/characters/${made.body.id}`)).status).toBe(200);
  expect((await elina.delete(`/characters/${made.body.id}`)).status).toBe(204);

  server.closeAllConnections();
  server.close();
  await app.close();
  db.close();
  file.remove();
});
