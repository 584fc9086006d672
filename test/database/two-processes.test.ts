// The remedy for the trap: the forum and the service in two processes, both writing hard. STRESS_SECONDS says for how long.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { Character, Generation } from '../../src/contract.ts';
import {
  createForumFile,
  ELINA,
  ELINAS_POST,
  type ForumFile,
  GAME,
  GM,
  VAINO,
  VAINOS_POST,
} from '../support/forum-file.ts';
import { type Client, clientAt, tokenOf } from '../support/service.ts';
import { onFile } from './program.ts';
import type { ForumReport } from './stress-forum.ts';

const SECONDS = Number(process.env.STRESS_SECONDS ?? 15);
/** Pictures that are asked for at once by each user. */
const BATCH = 3;

let forum: ForumFile;
let children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  forum.remove();
});

function start(script: string): ChildProcess {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [forum.path], { execArgv: [] });
  children.push(child);
  return child;
}

async function message<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process ended with ${code}`);
  });
  const [said] = await Promise.race([once(child, 'message'), ended]);
  return said as T;
}

/** One user's afternoon: a character, and picture after picture of it, all waited for. */
async function useService(client: Client, post: number, until: number): Promise<Generation[]> {
  const fields = { name: 'Aino', base_description: 'red braid, green eyes' };
  const { id } = (await client.post<Character>(`/games/${GAME}/characters`, fields)).body;
  const ended: Generation[] = [];
  for (let round = 0; Date.now() < until; round++) {
    const patched = await client.patch(`/characters/${id}`, { base_description: `red braid, ${round} freckles` });
    expect(patched.status).toBe(200);
    const picture = { mode: 'scene_with_character', character_ids: [id], scene: `harbour ${round}` };
    const asked = await Promise.all(Array.from({ length: BATCH }, () => client.post(`/posts/${post}/images`, picture)));
    expect(asked.map(({ status }) => status)).toEqual(Array(BATCH).fill(202));
    ended.push(...(await Promise.all(asked.map(({ body }) => client.finished(body)))));
  }
  return ended;
}

describe.each(['wal', 'delete'] as const)('two processes writing hard in %s mode', (journalMode) => {
  test(`for ${SECONDS} s: no write fails and nothing is lost`, { timeout: SECONDS * 1000 + 60_000 }, async ({
    annotate,
  }) => {
    forum = createForumFile({ journalMode });
    const before = posts();
    const service = start('stress-service.ts');
    const origin = await message<string>(service);
    const host = start('stress-forum.ts');
    const until = Date.now() + SECONDS * 1000;
    const users: [number, number][] = [
      [ELINA, ELINAS_POST],
      [VAINO, VAINOS_POST],
      [GM, ELINAS_POST],
    ];
    const ended = await Promise.all(
      users.map(async ([user, post]) => useService(clientAt(origin, await tokenOf(user)), post, until)),
    );
    host.send('stop');
    const report = await message<ForumReport>(host);
    service.send('stop');
    await once(service, 'exit');

    const generations = ended.flat();
    await annotate(`${journalMode}: ${generations.length} pictures; forum ${JSON.stringify(report)}`);
    expect(report.failures).toEqual([]);
    expect(report.inserted).toBeGreaterThan(SECONDS * 10);
    expect(posts()).toEqual({
      count: before.count + report.inserted - report.deleted,
      updates: report.inserted - report.deleted,
    });
    expect(generations.filter(({ status }) => status !== 'succeeded')).toEqual([]);
    expect(generations.length).toBeGreaterThanOrEqual(users.length * BATCH);
    expectWhole(generations);
  });

  const posts = () =>
    onFile(forum.path, (db) =>
      db.prepare("SELECT count(*) AS count, count(*) FILTER (WHERE title = '1') AS updates FROM posts").get(),
    ) as { count: number; updates: number };

  /** The file is sound, and every picture has its rows, its files and its charge. */
  function expectWhole(generations: Generation[]): void {
    onFile(forum.path, (db) => {
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(db.pragma('foreign_key_check')).toEqual([]);
      expect(db.pragma('journal_mode', { simple: true })).toBe(journalMode);
      const whole = db.prepare(`SELECT generation.id FROM image_generations AS generation
        JOIN post_images AS image ON image.id = generation.post_image_id
        JOIN image_post_details AS details ON details.post_image_id = image.id
        JOIN image_files AS file ON file.id = generation.file_id AND file.id = details.file_id
        JOIN image_credit_entries AS entry ON entry.generation_id = generation.id AND entry.kind = 'settle'`);
      expect(new Set(whole.pluck().all())).toEqual(new Set(generations.map(({ id }) => id)));
      expect(db.prepare('SELECT sum(held) FROM image_credit_accounts').pluck().get()).toBe(0);
    });
  }
});
