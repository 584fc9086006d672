// The elements say everything in both languages.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { STYLES } from '../../src/characters/styles.ts';
import { en } from '../../src/client/words/en.ts';
import { fi } from '../../src/client/words/fi.ts';
import { Words } from '../../src/client/words/words.ts';

const keys = Object.keys(en) as (keyof typeof en)[];
const slots = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([slot]) => slot).sort();

test('both languages have the same words, none of them empty', () => {
  expect(Object.keys(fi).sort()).toEqual([...keys].sort());
  expect(keys.filter((key) => !en[key].trim() || !fi[key].trim())).toEqual([]);
});

test('and the same places for values in each', () => {
  expect(keys.filter((key) => slots(en[key]).join() !== slots(fi[key]).join())).toEqual([]);
});

test('every code of the service has its words', () => {
  const errors = readFileSync(new URL('../../src/errors.ts', import.meta.url), 'utf8');
  const refusals = [...errors.matchAll(/^ {2}(\w+): [45]\d\d,$/gm)].map(([, code]) => `error.${code}`);
  const failures = [...errors.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => `failed.${code}`);
  expect(refusals.length).toBeGreaterThan(15);
  expect(failures.length).toBeGreaterThan(5);
  expect([...refusals, ...failures, 'failed.taken_down'].filter((word) => !(word in en))).toEqual([]);
});

test('no word is left that nobody says', () => {
  const folder = new URL('../../src/client/', import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/words[/\\](en|fi)\.ts$/.test(name))
    .map((name) => readFileSync(new URL(name.replaceAll('\\', '/'), folder), 'utf8'))
    .join('\n');
  // Those whose end is put together, by a code, a style, a mode or a count, and the states of a generation.
  const made =
    /^(failed|error|style|warning|entry|mode|scene|shape|usable_by|credits|hidden)[._]|^(queued|generating|storing)$|_hint$/;
  const unsaid = keys.filter(
    (key) => !made.test(key) && !new RegExp(`['\`]${key}['\`]|^ {2}${key}: `, 'm').test(sources),
  );
  expect(unsaid).toEqual([]);
});

test('what is the same in both languages is a name', () => {
  expect(keys.filter((key) => (en[key] as string) === fi[key])).toEqual(['style.anime']);
});

test('every style of the service has a name in both languages', () => {
  expect(STYLES.filter(({ id }) => !(`style.${id}` in en))).toEqual([]);
});

test.each(keys.filter((key) => /^(failed|error)\./.test(key)))(
  '%s says what it cost, or that there is nothing to pay for',
  (key) => {
    if (key === 'error.not_found') return expect(en[key]).toBe('It is not there any more.');
    if (key === 'error.unanswered') return expect(en[key]).toMatch(/not known/);
    expect(en[key]).toMatch(/cost nothing|[Nn]othing was (lost and nothing was )?charged/);
    expect(fi[key]).toMatch(/maksanut mitään|[Mm]itään ei (kadonnut eikä )?veloitettu/);
  },
);

test('numbers, dates and plurals are written as the language does', () => {
  const finnish = new Words('fi');
  const english = new Words('en-GB');
  expect([finnish.count('credits', 1), finnish.count('credits', 1500)]).toEqual([
    '1 krediitti',
    expect.stringMatching(/^1\s500 krediittiä$/),
  ]);
  expect([english.count('credits', 1), english.count('credits', 1500)]).toEqual(['1 credit', '1,500 credits']);
  expect(finnish.date('2026-12-06T12:00:00Z')).toBe('6.12.2026');
  expect(english.date('2026-12-06T12:00:00Z')).toBe('6 Dec 2026');
});

test('a language that is not known here is English, and an unknown code is told in general words', () => {
  expect(new Words('sv').say('save')).toBe('Save');
  expect(new Words('fi').code('error', 'brand_new')).toBe(fi['error.other']);
});

test('a value with a dollar sign or braces in it stands as it is', () => {
  expect(new Words('en').say('taken_down', { reason: '$& {reason} $1' })).toContain('$& {reason} $1');
});
