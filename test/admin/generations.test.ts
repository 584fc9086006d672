// Generations that ended without a picture, as admins find them, have them made again, and say that they have looked.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AdminGeneration, Generation } from '../../src/contract.ts';
import type { Db } from '../../src/database/open.ts';
import { createForum, type Forum } from '../../src/forum/forum.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { type Attempt, type PictureRequest, type Provider, ProviderError } from '../../src/providers/provider.ts';
import { makeCharacter, openStage, SCENE, type Stage, until } from '../http/stage.ts';
import { ADMIN, ELINA, ELINAS_POST, GAME, VAINO } from '../support/forum-file.ts';

const DESK = '/image-admin/generations';

let refusing: boolean;
let submitted: PictureRequest[];
let stage: Stage;

/** The preview, which refuses as long as it is told to. */
function refusable(): Provider {
  const preview = createPreviewProvider({ durationMs: 20, pollIntervalMs: 20 });
  const submit = async (request: PictureRequest, attempt: Attempt) => {
    submitted.push(request);
    if (refusing) throw new ProviderError('refused', 'words of the inside');
    return preview.submit(request, attempt);
  };
  return { ...preview, submit };
}

/** Who asks for Elina waits until so many do; 0 for nobody. */
let waitingFor: number;

function meeting(db: Db): Forum {
  const forum = createForum(db);
  const all = Promise.withResolvers<void>();
  let arrived = 0;
  const user = async (id: number) => {
    if (id !== ELINA || waitingFor === 0) return forum.user(id);
    arrived += 1;
    if (arrived === waitingFor) {
      waitingFor = 0;
      all.resolve();
    }
    await all.promise;
    return forum.user(id);
  };
  return { ...forum, user };
}

beforeEach(async () => {
  refusing = true;
  submitted = [];
  waitingFor = 0;
  stage = await openStage({ provider: refusable(), forum: meeting, env: { CREDITS_PER_MONTH: '5' } });
});
afterEach(() => stage.close());

async function failed(path = `/games/${GAME}/images`, body: object = SCENE, client = stage.elina): Promise<Generation> {
  const { body: asked } = await client.post<Generation>(path, body);
  return client.finished(asked);
}
const retry = (id: string, body?: object) => stage.admin.post<AdminGeneration>(`${DESK}/${id}/retry`, body);
const credits = async () => (await stage.elina.get('/image-credits')).body;
const acts = async () => (await stage.admin.get('/image-admin/audit')).body.items;
const lose = (id: string) =>
  stage.forum.run("UPDATE image_generations SET status = 'needs_review', error_code = 'needs_review' WHERE id = ?", id);

describe('the list', () => {
  test('tells whose each is, where it really stands and what went wrong, newest first, page by page', async () => {
    const [first, second] = [await failed(), await failed()];
    await lose(first.id);
    const page = await stage.admin.get(`${DESK}?limit=1`);
    expect(page.body.items).toEqual([
      expect.objectContaining({
        id: second.id,
        status: 'failed',
        user: { id: ELINA, username: 'Elina' },
        error: { code: 'provider_error', message: expect.any(String) },
        prediction_id: null,
        cost_usd: null,
        retried_as: null,
      }),
    ]);
    const next = await stage.admin.get(`${DESK}?limit=1&cursor=${page.body.next_cursor}`);
    expect(next.body).toMatchObject({ items: [{ id: first.id, status: 'needs_review' }], next_cursor: null });
    expect(JSON.stringify(page.body)).not.toContain('words of the inside');
  });

  test('is searched by status, user and game', async () => {
    const hers = await failed();
    const his = await failed(`/games/2/images`, SCENE, stage.vaino);
    const found = async (query: string) =>
      (await stage.admin.get(`${DESK}?${query}`)).body.items.map(({ id }: Generation) => id);
    expect(await found(`user_id=${ELINA}`)).toEqual([hers.id]);
    expect(await found(`user_id=${VAINO}&status=failed`)).toEqual([his.id]);
    expect(await found('game_id=2')).toEqual([his.id]);
    expect(await found('status=succeeded')).toEqual([]);
    expect((await stage.admin.get(`${DESK}?status=lost`)).body.details[0].path).toBe('status');
    expect((await stage.admin.get(`${DESK}?cursor=x`)).status).toBe(400);
  });
});

describe('a retry', () => {
  test('makes the same picture for the same user and place, who is charged for that one alone', async () => {
    const lost = await failed(`/posts/${ELINAS_POST}/images`, { ...SCENE, seed: 77 });
    expect(await credits()).toMatchObject({ available: 5, held: 0 });
    refusing = false;
    const { status, headers, body } = await retry(lost.id, { reason: 'the outage is over' });
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/api/generations/${body.id}`);
    expect(body).toMatchObject({ kind: 'post', post_id: ELINAS_POST, user: { id: ELINA }, seed: 77 });
    const made = await stage.elina.finished(body);
    expect(made).toMatchObject({ status: 'succeeded', post_id: ELINAS_POST, post_image_id: expect.any(Number) });
    expect(submitted[1]).toEqual(submitted[0]);
    expect(submitted[1]?.seed).toBe(77);
    expect(await credits()).toMatchObject({ available: 4, held: 0 });
    expect(await acts()).toMatchObject([
      {
        action: 'generation.retry',
        actor_id: ADMIN,
        subject: `generation:${lost.id}`,
        user_id: ELINA,
        reason: 'the outage is over',
        details: { retried_as: body.id, status: 'failed', error_code: 'provider_error' },
      },
    ]);
  });

  test('asked for again, and by many at once, is one generation, one hold and one entry on record', async () => {
    const lost = await failed();
    refusing = false;
    waitingFor = 6; // that all have read the row before one of them writes
    const replies = await Promise.all(Array.from({ length: 6 }, () => retry(lost.id)));
    expect(replies.map(({ status }) => status)).toEqual(Array(6).fill(202));
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
    await stage.elina.finished(replies[0]?.body as AdminGeneration);
    expect((await retry(lost.id)).body).toMatchObject({ id: replies[0]?.body.id, status: 'succeeded' });
    expect(submitted).toHaveLength(2);
    expect(await credits()).toMatchObject({ available: 4, held: 0 });
    expect(await acts()).toHaveLength(1);
  });

  test('is refused without a trace when the user has no credits left', async () => {
    const lost = await failed();
    refusing = false;
    for (let count = 0; count < 5; count += 1) await failed();
    const before = await acts();
    const { status, body } = await retry(lost.id);
    expect([status, (body as unknown as { code: string }).code]).toEqual([402, 'insufficient_credits']);
    expect(await acts()).toEqual(before);
    const [row] = stage.forum.all('SELECT retried_as FROM image_generations WHERE id = ?', lost.id);
    expect(row).toEqual({ retried_as: null });
  });

  test('is for what has no picture and cannot get one', async () => {
    refusing = false;
    const made = await failed();
    expect(made.status).toBe('succeeded');
    expect((await retry(made.id)).status).toBe(409);
    expect((await retry('no-such-one')).status).toBe(404);
    expect((await retry(made.id, { reasons: 1 })).status).toBe(400);
    expect(submitted).toHaveLength(1);
  });

  test('asks the rules of today: a text that may not be drawn any more is refused', async () => {
    const lost = await failed();
    const [{ recipe }] = stage.forum.all('SELECT recipe FROM image_generations WHERE id = ?', lost.id);
    const changed = JSON.stringify({ ...JSON.parse(recipe), scene: 'hentai' });
    await stage.forum.run('UPDATE image_generations SET recipe = ? WHERE id = ?', changed, lost.id);
    expect((await retry(lost.id)).status).toBe(422);
  });

  test('asks the rights of today: the maker has to be there, and to be allowed the place and the character', async () => {
    const character = await makeCharacter(stage.elina, { usable_by: 'game' });
    const body = { mode: 'scene_with_character', character_ids: [character.id], scene: 'at sea' };
    const his = await failed(`/games/${GAME}/images`, body, stage.vaino);
    const inPost = await failed(`/posts/${ELINAS_POST}/images`);
    await stage.elina.patch(`/characters/${character.id}`, { usable_by: 'owner' });
    expect((await retry(his.id)).status).toBe(403);
    await stage.forum.run('UPDATE posts SET author_id = ? WHERE id = ?', VAINO, ELINAS_POST);
    expect((await retry(inPost.id)).status).toBe(403);
    await stage.forum.run('DELETE FROM users WHERE id = ?', ELINA);
    expect((await retry(inPost.id)).status).toBe(409);
    expect(submitted).toHaveLength(2);
  });

  test('makes a lost one again, too, which then waits for nobody', async () => {
    const lost = await failed();
    await lose(lost.id);
    refusing = false;
    const { body } = await retry(lost.id);
    expect(await stage.elina.finished(body)).toMatchObject({ status: 'succeeded' });
    expect((await stage.admin.get(`${DESK}?status=needs_review`)).body.items).toEqual([]);
    expect((await acts())[0].details).toMatchObject({ status: 'needs_review' });
  });

  test('of a candidate is a candidate of the same character', async () => {
    const character = await makeCharacter(stage.elina);
    const lost = await failed(`/characters/${character.id}/reference-images`, {});
    refusing = false;
    const { body } = await retry(lost.id);
    const made = await stage.elina.finished(body);
    expect(made).toMatchObject({ kind: 'reference', status: 'succeeded', character_ids: [character.id] });
    const { body: candidates } = await stage.elina.get(`/characters/${character.id}/reference-images`);
    expect(candidates.map(({ id }: { id: number }) => id)).toEqual([made.reference_image_id]);
  });
});

test('a review says that somebody has looked: on record, once, and the user sees what they saw', async () => {
  const lost = await failed();
  expect((await stage.admin.post(`${DESK}/${lost.id}/review`)).status).toBe(409);
  await lose(lost.id);
  const before = (await stage.elina.get(`/generations/${lost.id}`)).body;
  const { status, body } = await stage.admin.post(`${DESK}/${lost.id}/review`, { reason: 'not in the list' });
  expect([status, body.status, body.error.code]).toEqual([200, 'failed', 'needs_review']);
  const after = (await stage.elina.get(`/generations/${lost.id}`)).body;
  expect({ ...after, updated_at: null }).toEqual({ ...before, updated_at: null });
  expect((await stage.admin.post(`${DESK}/${lost.id}/review`)).status).toBe(409);
  expect(await acts()).toMatchObject([{ action: 'generation.review', reason: 'not in the list', user_id: ELINA }]);
});

test('to others than admins none of it is there', async () => {
  const lost = await failed();
  for (const client of [stage.elina, stage.gm]) {
    expect((await client.get(DESK)).status).toBe(404);
    expect((await client.post(`${DESK}/${lost.id}/retry`)).status).toBe(404);
    expect((await client.post(`${DESK}/${lost.id}/review`)).status).toBe(404);
  }
  expect((await stage.anonymous.get(DESK)).status).toBe(401);
  expect(await until(() => acts())).toEqual([]);
});
