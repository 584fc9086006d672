// What `npm run security` tries of the real program from outside, but for what takes long.
import { beforeAll, expect, test } from 'vitest';
import type { Result } from './check.ts';
import { headerFaults } from './headers.ts';
import { tryAll } from './table.ts';
import { told } from './words.ts';

let results: Result[];
beforeAll(async () => {
  results = await tryAll(({ slow }) => !slow);
});

test('nothing comes that is not expected', () => {
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
});

test('and that is not because little was tried', () => {
  const topics = new Set(results.map(({ topic }) => topic));
  expect(topics.size).toBeGreaterThanOrEqual(11);
  expect(results.length).toBeGreaterThan(250);
});

test('a reply without its headers, or with its inside, is told from a right one', () => {
  expect(headerFaults({ 'x-powered-by': 'Express', 'access-control-allow-origin': '*' })).toMatch(
    /no nosniff, no content policy, may be framed, no referrer policy, says who powers it, opens itself/,
  );
  const answer = { status: 500, headers: {}, ms: 1 };
  expect(told({ ...answer, text: '{"code":"internal","error":"at run (/app/src/app.ts:10:3)"}' })).toBe(
    '500 internal WITH ITS INSIDE',
  );
  expect(told({ ...answer, text: '{"code":"internal","error":"Something went wrong."}' })).toBe('500 internal');
});
