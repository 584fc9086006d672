// Stopping and dying under load: whatever the moment, every picture is finished after the next start, and none is paid twice.

import { readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Credits, Generation } from '../../src/contract.ts';
import { createForumFile, ELINA, type ForumFile, GAME, GM, VAINO } from '../support/forum-file.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type Program, replicateSettings, settingsFor, startProgram } from '../support/program.ts';
import { faults, ReplicateDouble } from '../support/replicate-double.ts';
import type { Reply } from '../support/replicate-faults.ts';
import { tokenOf } from '../support/service.ts';

const USERS = [ELINA, VAINO, GM];
const PICTURES = 30;
const SLOWLY = 2 * PATIENCE_MS;

let double: ReplicateDouble;
let forum: ForumFile;
let program: Program;
const start = () => startProgram(settingsFor(forum, replicateSettings(double)));
beforeEach(async () => {
  double = await ReplicateDouble.start();
  forum = createForumFile();
  program = await start();
});
afterEach(async () => {
  await program.end('SIGKILL');
  await double.close();
  forum.remove();
});

describe('told to stop under load', () => {
  test('the program ends in order, and the next one finishes everything', { timeout: SLOWLY }, async () => {
    spreadLatencies();
    const asked = await askFor(PICTURES);
    const watched = asked.at(-1) as Generation;
    const stream = await watch(program, watched.id);
    await everyStage();
    const visitors = Array.from({ length: 4 }, () => keepAsking(program));
    const { code, ms } = await program.end('SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(25_000);
    const answers = (await Promise.all(visitors)).flat();
    expect([...new Set(answers)].sort()).toEqual(expect.arrayContaining(['refused']));
    for (const answer of answers) expect(['202', '503 shutting_down', 'refused']).toContain(answer);
    // The stream ends with the service, in its middle; the browser comes back by itself.
    expect((await stream.events).at(-1)).toMatchObject({ finished_at: null });

    program = await start();
    await everythingSucceeds();
    const again = await watch(program, watched.id);
    expect(await again.events).toEqual([expect.objectContaining({ id: watched.id, status: 'succeeded', progress: 1 })]);
  });

  test('twice, it still ends what is in hand', async () => {
    const poll = paused();
    double.next('get', poll);
    await askFor(1);
    await poll.reached;
    const ended = program.end('SIGTERM');
    await closed(program);
    program.child.kill('SIGTERM');
    program.child.kill('SIGINT');
    poll.goOn();
    expect(await ended).toMatchObject({ code: 0, signal: null });
    program = await start();
    await everythingSucceeds();
  });

  test('with nothing to do it ends at once', async () => {
    const { code, ms } = await program.end('SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
  });

  test('with a watcher and an idle connection it ends at once', async () => {
    double.holding = true;
    const [picture] = (await askFor(1)) as [Generation];
    const stream = await watch(program, picture.id);
    await double.arrived('get');
    const { code, ms } = await program.end('SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    await stream.events;
  });
});

test('killed in the middle, everything is taken up again and nothing is paid twice', { timeout: SLOWLY }, async () => {
  spreadLatencies();
  // These answers are lost with the process: the pictures are being made and billed, and only the list knows.
  double.next('create', null, null, faults.hang('after'), faults.hang('after'), null, faults.hang('after'));
  await askFor(PICTURES);
  await everyStage();
  const { signal } = await program.end('SIGKILL');
  expect(signal).toBe('SIGKILL');
  program = await start();
  await everythingSucceeds();
});

/** From a third of a second to two, so that pictures are at every stage at once. */
function spreadLatencies(): void {
  double.nextOutcome(...Array.from({ length: 100 }, (_, i) => ({ latencyMs: 300 + ((i * 571) % 1700) })));
}

async function askFor(count: number): Promise<Generation[]> {
  const users = await Promise.all(USERS.map((id) => program.as(id)));
  const replies = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      users[i % users.length]?.post(`/games/${GAME}/images`, { mode: 'scene', scene: `night number ${i}` }),
    ),
  );
  return replies.map((reply) => {
    expect(reply?.status).toBe(202);
    return reply?.body;
  });
}

async function generations(): Promise<Generation[]> {
  const users = await Promise.all(USERS.map((id) => program.as(id)));
  const pages = await Promise.all(users.map((user) => user.get('/generations?limit=100')));
  return pages.flatMap((page) => page.body.items);
}

/** Resolves when something is finished, something is being made, and something has not begun or is being stored. */
async function everyStage(): Promise<void> {
  await until('every stage is in use', async () => {
    const statuses = new Set((await generations()).map(({ status }) => status));
    return statuses.has('succeeded') && statuses.has('generating') && statuses.size > 2;
  });
}

/** Asks for pictures until the door is closed, and says how each try was answered. */
async function keepAsking({ as }: Program): Promise<string[]> {
  const user = await as(ELINA);
  const answers: string[] = [];
  for (;;) {
    try {
      const { status, body } = await user.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'one more' });
      answers.push(status === 202 ? '202' : `${status} ${body.code}`);
    } catch {
      return [...answers, 'refused'];
    }
  }
}

async function everythingSucceeds(): Promise<void> {
  const restarted = Date.now();
  await until('everything has ended', async () => (await generations()).every(({ finished_at }) => finished_at));
  const all = await generations();
  expect(all.filter(({ status }) => status !== 'succeeded')).toEqual([]);
  expect(Date.now() - restarted).toBeLessThan(25_000);
  expect(double.bill).toHaveLength(all.length);
  expect(double.count('cancel')).toBe(0);
  for (const { image_url } of all) expect((await fetch(`${program.origin}${image_url}`)).status).toBe(200);
  const accounts = await Promise.all(
    USERS.map(async (id) => (await (await program.as(id)).get<Credits>('/image-credits')).body),
  );
  expect(accounts.map(({ held }) => held)).toEqual([0, 0, 0]);
  expect(accounts.reduce((sum, { available }) => sum + available, 0)).toBe(3 * 1000 - all.length);
  // No object but those of the pictures: nothing was uploaded twice under another name.
  const files = readdirSync(join(forum.folder, 'images', 'games'), { recursive: true, withFileTypes: true });
  expect(files.filter((file) => file.isFile())).toHaveLength(2 * all.length);
}

/** Follows a generation's events until the stream ends, which it may do in its middle. */
async function watch({ origin }: Program, id: string): Promise<{ events: Promise<Generation[]> }> {
  const response = await fetch(`${origin}/api/generations/${id}/events`, {
    headers: { cookie: `token=${await tokenOf(GM)}` },
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = response
    .text()
    .then((text) => [...text.matchAll(/^data: (.+)$/gm)].map(([, json = '']) => JSON.parse(json)));
  return { events };
}

/** An answer that is held back until the test says so. */
function paused() {
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: released, resolve: goOn } = Promise.withResolvers<void>();
  return {
    takesEffect: true,
    answer(response: ServerResponse, normal: Reply | undefined) {
      reach();
      void released.then(() => response.writeHead(normal?.status ?? 500, normal?.headers).end(normal?.body));
    },
    reached,
    goOn,
  };
}

async function closed({ origin }: Program): Promise<void> {
  await until('the door is closed', () =>
    fetch(`${origin}/api/image-healthz`).then(
      () => false,
      () => true,
    ),
  );
}

async function until(what: string, reached: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await reached())) {
    if (Date.now() > deadline) throw new Error(`Waited too long until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
