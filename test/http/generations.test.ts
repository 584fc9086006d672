// Watching and cancelling: status, lists, the stream of events, and what a cancel does in each state.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import { ELINAS_POST, GAME, VAINO } from '../support/forum-file.ts';
import { type Reply, tokenOf } from '../support/service.ts';
import { openStream } from './events.ts';
import { createHeldProvider, finish, openStage, SCENE, type Stage, until } from './stage.ts';

interface Page {
  items: Generation[];
  next_cursor: string | null;
}

let stage: Stage;
let held: ReturnType<typeof createHeldProvider>;
beforeEach(async () => {
  held = createHeldProvider();
  stage = await openStage({ provider: held.provider });
});
afterEach(() => stage.close());

const drafts = `/games/${GAME}/images`;
const start = async (body: object = SCENE, path = drafts) => (await stage.elina.post<Generation>(path, body)).body;
const get = async (id: string) => (await stage.elina.get<Generation>(`/generations/${id}`)).body;
const generating = (id: string) => until(async () => (await get(id)).status === 'generating');

describe('reading', () => {
  test('tells the whole life of a picture', async () => {
    const { id } = await start(SCENE, `/posts/${ELINAS_POST}/images`);
    await generating(id);
    const running = await until(async () => (await get(id)).progress > 0 && get(id));
    expect(running).toMatchObject({ image_url: null, finished_at: null, error: null, cost: { charged: false } });
    held.release();
    const ended = await stage.elina.finished({ id });
    expect(ended).toMatchObject({ status: 'succeeded', progress: 1, cost: { credits: 1, charged: true } });
    expect(ended.post_image_id).toEqual(expect.any(Number));
    expect(ended.finished_at).toBe(ended.updated_at);
  });

  test("somebody else's is not to be found; a GM and an admin see it", async () => {
    const { id } = await start();
    for (const path of [`/generations/${id}`, `/generations/${id}/events`]) {
      expect((await stage.vaino.get(path)).status).toBe(404);
      expect((await stage.anonymous.get(path)).status).toBe(401);
    }
    expect((await stage.vaino.delete(`/generations/${id}`)).status).toBe(404);
    expect((await stage.gm.get(`/generations/${id}`)).status).toBe(200);
    expect((await stage.elina.get('/generations/unknown')).status).toBe(404);
    expect((await stage.elina.get('/generations/a.b')).status).toBe(400);
  });

  test('lists mine, newest first, page by page, and the unfinished alone when asked for', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 5; made += 1) ids.unshift((await start()).id);
    await stage.vaino.post(drafts, SCENE);
    await stage.elina.delete(`/generations/${ids[2]}`);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body }: Reply<Page> = await stage.elina.get<Page>(`/generations?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map((item) => item.id));
      cursor = body.next_cursor;
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
    const active = await stage.elina.get('/generations?active=1');
    expect(active.body.items.map((item: Generation) => item.id)).not.toContain(ids[2]);
    expect(active.body.items).toHaveLength(4);
    for (const query of ['active=yes', 'limit=0', 'cursor=x', 'cursor=WzEsMl0']) {
      expect((await stage.elina.get(`/generations?${query}`)).status).toBe(400);
    }
  });
});

describe('the stream of events', () => {
  const open = async (id: string) =>
    openStream(`${stage.service.origin}/api/generations/${id}/events`, await tokenOf(1));

  test('begins at once, never goes back, and ends with the final state', async () => {
    const { id } = await start();
    await generating(id);
    const stream = await open(id);
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
    const first = await stream.next();
    expect(first).toMatchObject({ event: 'generation', data: { id, status: 'generating' } });
    for (const progress of [0.6, 0.3, 0.8]) await held.setProgress(progress);
    held.release();
    const events = [first, ...(await stream.rest())];
    const progress = events.map((event) => event?.data.progress ?? -1);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    const ids = events.map((event) => Number(event?.id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(events.at(-1)?.data).toEqual(await get(id));
    expect(events.at(-1)?.data.status).toBe('succeeded');
  });

  test('can be taken up again, and by two at a time', async () => {
    const { id } = await start();
    await generating(id);
    const left = await open(id);
    await left.next();
    left.leave();
    const [again, beside] = [await open(id), await open(id)];
    held.release();
    for (const stream of [again, beside]) expect((await stream.rest()).at(-1)?.data.status).toBe('succeeded');
  });

  test('of a finished picture is one event', async () => {
    held.release();
    const ended = await finish(stage.elina, drafts, SCENE);
    const events = await (await open(ended.id)).rest();
    expect(events.map((event) => event.data)).toEqual([ended]);
  });

  test('ends when the service stops', async () => {
    const { id } = await start();
    const stream = await open(id);
    await stream.next();
    const rest = stream.rest();
    await stage.service.app.close();
    expect((await rest).every((event) => event.data.finished_at === null)).toBe(true);
  });
});

describe('cancelling', () => {
  test('ends one under way, costs nothing, and cannot be repeated', async () => {
    const { id } = await start();
    await generating(id);
    const { status, body } = await stage.elina.delete<Generation>(`/generations/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'canceled', error: { code: 'canceled' }, cost: { charged: false } });
    expect(body.error?.message).toContain('not charged');
    expect((await stage.elina.get('/image-credits')).body).toMatchObject({ available: 1000, held: 0 });
    expect((await stage.elina.delete(`/generations/${id}`)).status).toBe(409);
  });

  test('is for its maker and for admins', async () => {
    const { id } = await start();
    expect((await stage.gm.delete(`/generations/${id}`)).status).toBe(403);
    expect((await stage.admin.delete(`/generations/${id}`)).status).toBe(200);
  });

  test('comes too late for a finished one', async () => {
    held.release();
    const { id } = await finish(stage.elina, drafts, SCENE);
    expect((await stage.elina.delete(`/generations/${id}`)).body.code).toBe('conflict');
    expect((await get(id)).status).toBe('succeeded');
  });
});

test('one that waits in the queue is canceled at once', async () => {
  await using quiet = await openStage({ env: { WORKERS: 'off' } });
  const { body: queued } = await quiet.vaino.post<Generation>(drafts, SCENE);
  expect(queued.status).toBe('queued');
  const { body } = await quiet.vaino.delete<Generation>(`/generations/${queued.id}`);
  expect(body).toMatchObject({ status: 'canceled', progress: 0, cost: { charged: false } });
  expect(quiet.forum.count('SELECT held FROM image_credit_accounts WHERE user_id = ?', VAINO)).toBe(0);
});
