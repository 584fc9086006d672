// The auditor on what clients were answered: each wrong that is planted must be told, and nothing that only looks like one.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, ELINA, ELINAS_POST, GM, VAINO } from '../support/forum-file.ts';
import type { GenerationRow, RequestLine } from './audit/evidence.ts';
import { audit } from './auditor.ts';
import { optionsFor, type Records, request, rowsOf, soundRecords, usedWorld } from './planted-records.ts';
import type { World } from './world.ts';

let world: World;
let before: string;
let pristine: Buffer;
beforeAll(async () => {
  ({ world, before } = await usedWorld());
  pristine = readFileSync(world.forum.path);
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** Everything as it was found. */
function records(): Records {
  writeFileSync(world.forum.path, pristine);
  return soundRecords(world);
}

const look = (all: Records) => audit(optionsFor(world, before, all));
const of = (user: number) => rowsOf(world).find(({ user_id }) => user_id === user) as GenerationRow;
const asked = ({ requests }: Records) => requests.find(({ key }) => key !== undefined) as RequestLine;

type Planted = [violation: RegExp, wrong: string, plant: (records: Records) => void];

const WRONGS: Planted[] = [
  [
    /^I9 .* 2 different answers$/,
    'another generation for the same key',
    (all) => {
      all.requests.push({ ...asked(all), generations: ['another'] });
    },
  ],
  [
    /^I9 .* different bodies$/,
    'the same generation for another body',
    (all) => {
      all.requests.push({ ...asked(all), body: { scene: 'another' } });
    },
  ],
  [
    /^I10 .* answered 500$/,
    'a fault of ours',
    (all) => {
      all.calm = false;
      all.requests.push(request(VAINO, 'GET', '/image-credits', { status: 500 }));
    },
  ],
  [
    /^I10 .* answered 503$/,
    'a refusal without a reason outside',
    (all) => {
      all.requests.push(request(VAINO, 'GET', '/image-credits', { status: 503 }));
    },
  ],
  [
    /^I11 GET .* by 2: granted/,
    'a generation shown to a stranger',
    (all) => {
      all.requests.push(request(VAINO, 'GET', `/generations/${of(ELINA).id}`));
    },
  ],
  [
    /^I11 GET .* by nobody: granted/,
    'events told to somebody without a login',
    (all) => {
      all.requests.push(request(null, 'GET', `/generations/${of(ELINA).id}/events`));
    },
  ],
  [
    /^I11 DELETE .* by 3: granted/,
    'a generation canceled by a game master',
    (all) => {
      all.requests.push(request(GM, 'DELETE', `/generations/${of(ELINA).id}`));
    },
  ],
  [
    /^I11 POST .* by 2: granted/,
    "a picture in a stranger's post",
    (all) => {
      all.requests.push(request(VAINO, 'POST', `/posts/${ELINAS_POST}/images`, { status: 202 }));
    },
  ],
  [
    /^I11 POST .* by 2: granted/,
    'a picture in a post whose author is gone',
    (all) => {
      all.requests.push(request(VAINO, 'POST', '/posts/6/images', { status: 202 }));
    },
  ],
  [
    /^I11 DELETE .* by 2: granted/,
    'a picture deleted by a stranger',
    (all) => {
      const { post_image_id } = rowsOf(world).find((row) => row.user_id === ELINA && row.post_image_id !== null) ?? {};
      all.requests.push(request(VAINO, 'DELETE', `/post-images/${post_image_id}`, { status: 204 }));
    },
  ],
  [
    /^I11 PATCH .* by 2: granted/,
    'a character changed by a stranger',
    (all) => {
      const [character] = world.sql<{ id: number }>('SELECT id FROM character_profiles');
      all.requests.push(request(VAINO, 'PATCH', `/characters/${character?.id}`));
    },
  ],
  [
    /^I12 .* nobody has deleted it$/,
    'a picture in a post that is gone',
    (all) => {
      all.requests = all.requests.filter(({ method }) => method !== 'DELETE');
    },
  ],
  [
    /^I12 .* nobody has deleted it$/,
    'a deletion that was refused and took place',
    (all) => {
      for (const line of all.requests) if (line.method === 'DELETE') line.status = 403;
    },
  ],
  [
    /^I12 .* nobody has deleted it$/,
    'a draft that is gone',
    () => {
      world.sql(`UPDATE image_files SET deleted_at = '2026-01-01' WHERE generation_id =
      (SELECT id FROM image_generations WHERE kind = 'draft' AND status = 'succeeded' AND post_image_id IS NULL)`);
    },
  ],
  [
    /^I12 .* nobody has deleted it$/,
    'a candidate that is gone',
    () => {
      world.sql(`UPDATE image_files SET deleted_at = '2026-01-01' WHERE generation_id =
      (SELECT id FROM image_generations WHERE kind = 'reference' AND status = 'succeeded')`);
    },
  ],
];

test.each(WRONGS)('%s: %s', async (violation, _wrong, plant) => {
  const all = records();
  plant(all);
  expect(await look(all)).toContainEqual(expect.stringMatching(violation));
});

const RIGHTS: [right: string, plant: (records: Records) => void][] = [
  [
    'a stranger who is refused',
    ({ requests }) => {
      requests.push(request(VAINO, 'GET', `/generations/${of(ELINA).id}`, { status: 404 }));
    },
  ],
  [
    'a game master who looks',
    ({ requests }) => {
      requests.push(request(GM, 'GET', `/generations/${of(ELINA).id}`));
    },
  ],
  [
    'an admin who cancels',
    ({ requests }) => {
      requests.push(request(ADMIN, 'DELETE', `/generations/${of(ELINA).id}`));
    },
  ],
  ['the same answer again', (all) => void all.requests.push({ ...asked(all) })],
  [
    'another user with the same key',
    (all) => {
      all.requests.push({ ...asked(all), user: GM, generations: ['another'] });
    },
  ],
  [
    'a deletion that was never answered',
    ({ requests }) => {
      for (const line of requests) if (line.method === 'DELETE') line.status = null;
    },
  ],
  [
    'a refusal while something outside was out of order',
    (all) => {
      all.calm = false;
      all.requests.push(request(VAINO, 'GET', '/image-credits', { status: 503 }));
    },
  ],
];

test.each(RIGHTS)('no violation: %s', async (_right, plant) => {
  const all = records();
  plant(all);
  expect(await look(all)).toEqual([]);
});
