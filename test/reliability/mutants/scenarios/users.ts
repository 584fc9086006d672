// What users do, and what they should not get: more than they have, what is another's, two pictures for one key.
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { ELINA, ELINAS_POST, VAINO } from '../../../support/forum-file.ts';
import { until } from '../../world.ts';
import { answeredAfter, askAndDelete, type Scenario } from './scenario.ts';

const FORUM_WRITES_MS = 100;
const FORUM_RESTS_MS = 50;

export const plain: Scenario = {
  async play(stage) {
    await stage.ask(await stage.start());
    await stage.ended();
    await stage.audit(true);
  },
};

export const moreThanGranted: Scenario = {
  settings: { CREDITS_PER_MONTH: '2' },
  async play(stage) {
    const program = await stage.start();
    for (const scene of ['a mill', 'a pier', 'a moor', 'a ford']) await stage.ask(program, { scene });
    await stage.ended();
    await stage.audit(true);
  },
};

export const dayIsPaid: Scenario = {
  settings: { DAILY_BUDGET_USD: '0.5' },
  async play(stage) {
    const program = await stage.start();
    await stage.ask(program);
    await stage.ended();
    const earlier = new Date(Date.now() - 2000).toISOString();
    stage.sql('UPDATE image_generations SET cost_usd = 1, created_at = ?, finished_at = ?', earlier, earlier);
    await stage.ask(program);
    await stage.ended();
    await stage.audit(true);
  },
};

/** In WAL mode, the forum writes most of the time while pictures are asked for. */
export const forumWrites: Scenario = {
  settings: { WORKERS: 'off' },
  async play(stage) {
    stage.sql('PRAGMA journal_mode = wal');
    const program = await stage.start();
    const asking = (async () => {
      for (let count = 0; count < 20; count++) await stage.ask(program);
    })();
    let answered = false;
    void asking
      .catch(() => {})
      .then(() => {
        answered = true;
      });
    const forum = new BetterSqlite3(stage.forum.path);
    forum.exec('CREATE TABLE visits (page TEXT)');
    while (!answered) {
      forum.exec("BEGIN IMMEDIATE; INSERT INTO visits VALUES ('a page')");
      await sleep(FORUM_WRITES_MS);
      forum.exec('COMMIT');
      await sleep(FORUM_RESTS_MS);
    }
    forum.close();
    await asking;
    await stage.audit(false);
  },
};

export const sameKey: Scenario = {
  async play(stage) {
    const program = await stage.start();
    for (const scene of ['a mill', 'a mill', 'a bridge']) await stage.ask(program, { scene, key: 'one' });
    await stage.ended();
    await stage.audit(true);
  },
};

/** Väinö tries what only Elina may, and so does somebody without a login. */
export const curious: Scenario = {
  async play(stage) {
    const program = await stage.start();
    const path = `/posts/${ELINAS_POST}/images`;
    const id = await stage.ask(program, { user: ELINA, path });
    await stage.ended();
    const [{ post_image_id } = { post_image_id: 0 }] = stage.sql<{ post_image_id: number }>(
      'SELECT post_image_id FROM image_generations',
    );
    for (const user of [VAINO, null]) {
      await stage.send(program, 'get', `/generations/${id}`, { user });
      await stage.ask(program, { user, path });
      await stage.send(program, 'delete', `/post-images/${post_image_id}`, { user });
    }
    await stage.ended();
    await stage.audit(true);
  },
};

export const canceled: Scenario = {
  async play(stage) {
    const program = await stage.start();
    stage.double.holding = true;
    const id = await stage.ask(program);
    await stage.double.arrived('get');
    await stage.send(program, 'delete', `/generations/${id}`);
    await stage.ended();
    await stage.audit(true);
  },
};

/** The picture is on its way already. */
export const canceledLate: Scenario = {
  async play(stage) {
    const program = await stage.start();
    const { promise: flagged, resolve } = Promise.withResolvers<void>();
    stage.double.next('download', answeredAfter(flagged));
    const id = await stage.ask(program);
    await stage.double.arrived('download');
    const cancel = stage.send(program, 'delete', `/generations/${id}`);
    const flag = 'SELECT 1 FROM image_generations WHERE cancel_requested = 1';
    await until('the cancel is written down', () => stage.sql(flag).length > 0);
    resolve();
    await cancel;
    await stage.ended();
    await stage.audit(true);
  },
};

export const deleted: Scenario = {
  async play(stage) {
    const program = await stage.start();
    await askAndDelete(stage, program);
    await stage.deleted();
    await stage.audit(true);
  },
};
