// The auditor on the budget, webhooks, fetches and the forum's own tables: each wrong that is planted must be told.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VAINO } from '../support/forum-file.ts';
import { WEBHOOK_SECRET } from '../support/replicate-webhooks.ts';
import type { GenerationRow } from './audit/evidence.ts';
import { audit } from './auditor.ts';
import {
  minutesAway,
  OTHER_SECRET,
  optionsFor,
  type Records,
  rowsOf,
  soundRecords,
  usedWorld,
  webhook,
} from './planted-records.ts';
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

test('sound records are sound', async () => {
  const sound = records();
  expect(await look(sound)).toEqual([]);
  expect(sound.requests.some(({ method }) => method === 'DELETE')).toBe(true);
  expect(sound.fetches.length).toBeGreaterThan(3);
});

type Planted = [violation: RegExp, wrong: string, plant: (records: Records) => void];

const WRONGS: Planted[] = [
  [
    /^I2 .* was spent$/,
    'begun after the money was spent',
    (all) => {
      all.dailyBudgetUsd = 0.0001;
      const { id, finished_at } = rowsOf(world).at(-1) as GenerationRow;
      const late = `${finished_at?.slice(0, 10)}T23:59:59.999Z`;
      world.sql('UPDATE image_generations SET created_at = ? WHERE id = ?', late, id);
    },
  ],
  [
    /^I13 .* not ours$/,
    'an old webhook taken',
    ({ webhooks }) => {
      webhooks.push(webhook(200, minutesAway(-6)));
    },
  ],
  [
    /^I13 .* not ours$/,
    'a webhook of the future taken',
    ({ webhooks }) => {
      webhooks.push(webhook(200, minutesAway(6)));
    },
  ],
  [
    /^I13 .* valid signature$/,
    'a webhook signed by a stranger',
    ({ webhooks }) => {
      webhooks.push(webhook(200, { secret: OTHER_SECRET }));
    },
  ],
  [
    /^I13 .* valid signature$/,
    'a webhook changed on its way',
    ({ webhooks }) => {
      webhooks.push({ ...webhook(200), body: '{"id":"q"}' });
    },
  ],
  [
    /^I13 webhook without an id: .* valid signature$/,
    'a webhook without any header',
    ({ webhooks }) => {
      webhooks.push({ ...webhook(200), headers: {} });
    },
  ],
  [
    /^I14 http:\/\/127\.0\.0\.1:9: was asked/,
    'a foreign origin asked',
    ({ fetches }) => {
      fetches.push({ origin: 'http://127.0.0.1:9' });
    },
  ],
  [
    /^I14 .* was told a token/,
    'a token sent with the request for a picture',
    ({ fetches }) => {
      fetches.push({ origin: world.double.outputOrigin, authorization: 'Bearer x' });
    },
  ],
  [/^I15 posts: has other rows/, 'a post that is gone', () => void world.sql('DELETE FROM posts WHERE id = 6')],
  [
    /^I15 users: has other rows/,
    'a user who has another role',
    () => {
      world.sql(`UPDATE users SET roles = '["admin"]' WHERE id = ?`, VAINO);
    },
  ],
  [/^I15 games: has another structure/, 'a new column', () => void world.sql('ALTER TABLE games ADD COLUMN x TEXT')],
  [/^I15 posts: has another structure/, 'a new index', () => void world.sql('CREATE INDEX x ON posts (author_id)')],
  [
    /^I15 posts: has another structure/,
    'a trigger',
    () => {
      world.sql('CREATE TRIGGER x AFTER INSERT ON posts BEGIN SELECT 1; END');
    },
  ],
  [/^I15 beats: is gone/, 'a table that is gone', () => void world.sql('ALTER TABLE beats RENAME TO image_beats')],
];

test.each(WRONGS)('%s: %s', async (violation, _wrong, plant) => {
  const all = records();
  plant(all);
  expect(await look(all)).toContainEqual(expect.stringMatching(violation));
});

test('the program reads the records from files', () => {
  const { requests, webhooks, fetches } = records();
  const files = { requests, webhooks, fetches };
  const flags = Object.entries(files).flatMap(([name, lines]) => {
    const path = join(world.forum.folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(lines));
    return [`--${name}`, path];
  });
  const sound = ['--origin', world.double.outputOrigin, '--webhook-secret', WEBHOOK_SECRET, '--daily-budget-usd', '1'];
  const run = (...more: string[]) => {
    const auditor = fileURLToPath(new URL('auditor.ts', import.meta.url));
    const where = ['--db', world.forum.path, '--disk', world.folder, '--before', before, '--calm'];
    return spawnSync(process.execPath, [auditor, ...where, ...flags, ...more], { encoding: 'utf8' });
  };
  expect(run(...sound)).toMatchObject({ status: 0, stdout: 'No violations.\n' });
  expect(run(...sound, '--origin', 'https://elsewhere', '--webhook-secret', OTHER_SECRET)).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^I13 /),
  });
  expect(run('--webhook-secret', WEBHOOK_SECRET)).toMatchObject({ status: 1, stdout: expect.stringMatching(/^I14 /) });
});
