// Users whom the forum has deleted by itself are erased without anybody asking; but not when so many are missing that it is no deletion.
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger } from '../../src/credits/ledger.ts';
import { vanishedUsers } from '../../src/database/erase-rest.ts';
import { migrate } from '../../src/database/migrate.ts';
import { type OpenDatabase, openPath } from '../../src/database/open.ts';
import { Endings } from '../../src/generation/endings.ts';
import { GenerationEvents } from '../../src/generation/events.ts';
import { ErasureWorker } from '../../src/privacy/worker.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { newPictureKeys } from '../../src/storage/keys.ts';
import { TrainingEndings } from '../../src/training/endings.ts';
import { until } from '../http/stage.ts';
import type { ForumFile } from '../support/forum-file.ts';
import { forumWithSubject, SUBJECT, traces, WORD } from './world.ts';

let forum: ForumFile;
let opened: OpenDatabase;
let worker: ErasureWorker;
beforeEach(async () => {
  forum = forumWithSubject();
  opened = openPath(forum.path);
  await migrate(opened.connection, {});
});
afterEach(async () => {
  await worker.stop();
  await opened.db.destroy();
  forum.remove();
});

/** Looks at once. @returns what it has said */
function watch(watchesUsers = true): string[] {
  const said: string[] = [];
  const { db } = opened;
  const log = pino({ level: 'info' }, { write: (line: string) => void said.push(line) });
  const storage = createDiskStorage({ kind: 'disk', path: join(forum.folder, 'images'), publicBaseUrl: undefined });
  const ledger = new Ledger(db, { creditsPerMonth: 10 });
  const endings = new Endings({ db, ledger, storage, events: new GenerationEvents(), deleteFiles: async () => {} });
  const trainingEndings = new TrainingEndings({ db, ledger, weightsUrl: (key) => key });
  worker = new ErasureWorker({
    db,
    storage,
    endings,
    trainingEndings,
    deletePages: async () => {},
    log,
    wake: () => {},
    watchesUsers,
    firstLookMs: 0,
  });
  worker.start();
  return said;
}

/** A failed generation of each, and an account. */
function usersWith(...ids: number[]): void {
  for (const [index, id] of ids.entries()) {
    const { image, thumbnail } = newPictureKeys({ gameId: 1, characterId: null });
    opened.connection.exec(`
      INSERT INTO image_credit_accounts (user_id, balance, held) VALUES (${id}, 10, 0);
      INSERT INTO image_generations (id, kind, user_id, game_id, mode, character_ids, scene, alt_text, recipe, status, nonce,
        image_key, thumbnail_key, credits, run_at_ms, created_at, updated_at, finished_at)
      VALUES ('g${index}', 'draft', ${id}, 1, 'scene', '[]', '${WORD}', '', '{}', 'failed', 'n${index}', '${image}', '${thumbnail}', 1, 0,
        '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`);
  }
}
const usersLeft = () =>
  opened.connection.prepare('SELECT user_id FROM image_generations ORDER BY user_id').pluck().all();
const running = () =>
  opened.connection.prepare('SELECT count(*) FROM image_erasures WHERE finished_at IS NULL').pluck().get();

test('who is gone is erased, who is there is not', async () => {
  usersWith(SUBJECT, 1, 2);
  opened.connection.exec(`DELETE FROM users WHERE id = ${SUBJECT}`);
  watch();
  await until(() => usersLeft().includes(0) && running() === 0);
  expect(usersLeft()).toEqual([0, 1, 2]);
  opened.connection.exec("UPDATE image_generations SET scene = '' WHERE user_id > 0");
  expect(traces(forum.path)).toEqual([]);
});

test('pictures that an older forum kept with the id of their maker go as well, and those of others stay', async () => {
  opened.connection.exec(`ALTER TABLE post_images ADD COLUMN user_id INTEGER;
    INSERT INTO post_images (post_id, user_id, prompt, image_url) VALUES (1, ${SUBJECT}, '${WORD}', 'x'), (1, 2, 'a mill', 'y');
    INSERT INTO image_erasures (user_id, requested_at) VALUES (${SUBJECT}, '2026-01-01T00:00:00.000Z')`);
  watch();
  await until(() => running() === 0);
  expect(opened.connection.prepare('SELECT user_id, prompt FROM post_images').all()).toEqual([
    { user_id: 2, prompt: 'a mill' },
  ]);
});

test('a forum without most of its users is out of order, and nobody is erased', async () => {
  const gone = Array.from({ length: 6 }, (_, index) => 1000 + index);
  usersWith(...gone, 1, 2);
  const said = watch();
  await until(() => said.some((line) => line.includes('none of them is erased')));
  expect(usersLeft()).toEqual([1, 2, ...gone]);
  expect(running()).toBe(0);
});

test('where the users are somebody else’s to know, nobody is missed', async () => {
  usersWith(SUBJECT);
  opened.connection.exec(`DELETE FROM users WHERE id = ${SUBJECT}; INSERT INTO image_erasures (user_id, requested_at)
    VALUES (55, '2026-01-01T00:00:00.000Z')`);
  watch(false);
  await until(() => running() === 0); // it has had its round
  expect(usersLeft()).toEqual([SUBJECT]);
});

test('who has left nothing but reports, acts or texts is missed as well, and only once', async () => {
  const at = '2026-01-01T00:00:00.000Z';
  opened.connection.exec(`
    INSERT INTO image_reports (post_image_id, user_id, reason, created_at) VALUES (1, 1001, '${WORD}', '${at}');
    INSERT INTO image_audit (at, actor_id, action, subject) VALUES ('${at}', 1002, 'storage.check', 'storage');
    INSERT INTO image_prompt_writings (user_id, game_id, model, cost_usd, finished_at) VALUES (1003, 1, 'm', 0.5, '${at}')`);
  watch();
  const ended = 'SELECT user_id FROM image_erasures WHERE finished_at IS NOT NULL ORDER BY user_id';
  await until(() => opened.connection.prepare(ended).all().length === 3);
  expect(opened.connection.prepare(ended).pluck().all()).toEqual([1001, 1002, 1003]);
  expect(opened.connection.prepare('SELECT actor_id, action FROM image_audit').all()).toEqual([
    { actor_id: 0, action: 'storage.check' },
  ]);
  expect(await vanishedUsers(opened.db)).toEqual({ gone: [], known: 0 });
});

test('others have their turn while much is erased', async () => {
  opened.connection.exec(`
    INSERT INTO image_credit_entries (user_id, kind, amount, held, created_at)
      SELECT ${SUBJECT}, 'grant', 0, 0, '2026-01-01T00:00:00.000Z' FROM json_each('[${'0,'.repeat(999)}0]');
    INSERT INTO image_erasures (user_id, requested_at) VALUES (${SUBJECT}, '2026-01-01T00:00:00.000Z')`);
  const left = opened.connection
    .prepare(`SELECT count(*) FROM image_credit_entries WHERE user_id = ${SUBJECT}`)
    .pluck();
  watch();
  const seen = new Set<unknown>();
  while (running() !== 0) {
    seen.add(left.get());
    await turn();
  }
  expect(seen.size).toBeGreaterThan(10);
});
