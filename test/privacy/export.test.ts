// What a user, or an admin on behalf of one, reads out: all that there is of the user and nothing of anybody else.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PostImage } from '../../src/contract.ts';
import { makeReference, openStage, type Stage } from '../http/stage.ts';
import { ADMIN, type ForumFile, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import type { Client } from '../support/service.ts';
import { digests, drawSmall, fill, forumWithSubject, inFile, makeOthers, SUBJECT, WORD } from './world.ts';

let double: ReplicateDouble;
let forum: ForumFile;
let stage: Stage;
let subject: Client;
beforeEach(async () => {
  double = await ReplicateDouble.start({ draw: drawSmall, latencyMs: 20 });
  forum = forumWithSubject();
  stage = await openStage({ forumFile: forum, env: replicateSettings(double) });
  subject = await stage.service.as(SUBJECT);
});
afterEach(async () => {
  await stage.close();
  await double.close();
});

const SECTIONS = {
  characters: 1,
  reference_images: 3,
  trainings: 0,
  generations: 6,
  post_images: 3,
  credit_entries: 13,
  prompt_writings: 0,
  reports: 1,
  audit: 2,
};

test('a user reads out what it has written and made; an admin does so on behalf, which is written down', async () => {
  const others = await makeOthers(stage.vaino, 2);
  const { character } = await fill(subject, others[0] as (typeof others)[0]);
  await makeReference(stage.admin, character.id, false); // of the subject's character, and so the subject's as well

  const reply = await stage.admin.get(`/image-admin/users/${SUBJECT}/export`);
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-disposition')).toBe(`attachment; filename="images-of-user-${SUBJECT}.json"`);
  expect(reply.headers.get('cache-control')).toBe('no-store');
  const counts = Object.fromEntries(Object.keys(SECTIONS).map((name) => [name, reply.body[name].length]));
  expect(counts).toEqual(SECTIONS);
  expect(reply.body.characters).toMatchObject([
    {
      name: `Kvaar ${WORD}`,
      base_description: `${WORD} robe, red braid, green eyes`,
      negative_prompt: `${WORD} hat`,
      usable_by: 'game',
    },
  ]);
  expect(reply.body.characters[0].looks).toEqual([{ name: WORD, description: `${WORD} coat` }]);
  expect(reply.body.generations.at(-1)).toMatchObject({ kind: 'draft', recipe: { scene: `${WORD} on a pier` } });
  expect(reply.body.reports).toMatchObject([{ reason: `I do not like ${WORD}` }]);
  const urls = [...reply.body.post_images, ...reply.body.reference_images].map(({ image_url }) => image_url as string);
  expect(await digests(stage.service.origin, urls)).not.toContain(null);

  const { audit: _, exported_at: __, ...own } = (await subject.get('/image-export')).body;
  expect(reply.body).toMatchObject(own);
  expect((await stage.admin.get(`/image-admin/audit?user_id=${SUBJECT}`)).body.items).toMatchObject([
    { actor_id: ADMIN, action: 'user.export', subject: `user:${SUBJECT}` },
    { actor_id: ADMIN, action: 'reference.request', subject: `character:${character.id}` },
  ]);
});

test('of what was taken down the user reads why, and no address', async () => {
  await fill(subject, (await makeOthers(stage.vaino, 1))[0] as PostImage, 1);
  const own = async () => (await subject.get('/image-export')).body;
  const { post_images, reference_images } = await own();
  const reason = { reason: 'a real person', category: 'real_person' };
  await stage.admin.post(`/image-admin/post-images/${post_images[0].id}/takedown`, reason);
  await stage.admin.post(`/image-admin/reference-images/${reference_images[0].id}/takedown`, reason);
  const after = await own();
  const down = { image_url: null, thumbnail_url: null, takedown: reason };
  expect(after.post_images).toMatchObject([down]);
  expect(after.reference_images).toMatchObject([down, { takedown: null }]);
  const keys = [post_images[0], reference_images[0]].flatMap((image) => [image.image_url, image.thumbnail_url]);
  for (const key of keys) expect(JSON.stringify(after)).not.toContain(key.split('/').at(-1));
});

test('a user of whom there is nothing reads out empty lists', async () => {
  const { body } = await subject.get('/image-export');
  expect(body).toMatchObject({ user_id: SUBJECT, characters: [], generations: [], credit_entries: [] });
});

const MANY = 10_000;

test(`${MANY} generations are all there, once each, and others are served meanwhile`, async () => {
  inFile(forum.path, (db) => {
    const insert =
      db.prepare(`INSERT INTO image_generations (id, kind, user_id, game_id, mode, character_ids, scene, alt_text,
      recipe, status, nonce, image_key, thumbnail_key, credits, run_at_ms, created_at, updated_at, finished_at)
      VALUES (?, 'draft', ?, ${GAME}, 'scene', '[]', ?, '', ?, 'failed', ?, ?, ?, 1, 0, '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`);
    const recipe = JSON.stringify({ prompt: 'x'.repeat(1500), seed: 1, characters: [] });
    db.transaction(() => {
      for (let n = 0; n < MANY; n++) insert.run(`g${n}`, SUBJECT, `scene ${n}`, recipe, `n${n}`, `i${n}`, `t${n}`);
    })();
  });
  let isWhole = false;
  const whole = subject.get('/image-export').finally(() => {
    isWhole = true;
  });
  let answered = 0;
  while (!isWhole) {
    expect((await stage.vaino.get('/image-credits')).status).toBe(200);
    answered += 1;
  }
  const { body } = await whole;
  expect(new Set(body.generations.map(({ id }: { id: string }) => id)).size).toBe(MANY);
  expect(body.generations).toHaveLength(MANY);
  expect(answered).toBeGreaterThan(5);
});

test('who goes away in the middle takes nothing down', async () => {
  const gone = new AbortController();
  const cookie = `token=${await (await import('../support/service.ts')).tokenOf(SUBJECT)}`;
  const response = await fetch(`${stage.service.origin}/api/image-export`, {
    headers: { cookie },
    signal: gone.signal,
  });
  gone.abort();
  await response.text().catch(() => {});
  expect((await subject.get('/image-export')).status).toBe(200);
});
