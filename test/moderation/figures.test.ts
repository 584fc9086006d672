// The gate's figures on both sets of texts, and that worse gates would not reach them.
import { describe, expect, test } from 'vitest';
import { forbiddenCategory } from '../../src/moderation/prompt-check.ts';
import { RULES } from '../../src/moderation/text/rules.ts';
import { ENGLISH_SCENES, FINNISH_SCENES } from '../characters/scenes.ts';
import { DISGUISES } from './evaluation/disguises.ts';
import { isHit, isRefused, isUnderTheBar, measure, rate, sharesBy } from './evaluation/measure.ts';

describe.each(measure())('$name', (split) => {
  const { evasions, ordinary } = split;

  test('is large enough, and over the bar', () => {
    expect(new Set(evasions.map(({ text }) => text)).size).toBeGreaterThanOrEqual(500);
    expect(new Set(ordinary.map(({ text }) => text)).size).toBeGreaterThanOrEqual(600);
    expect(isUnderTheBar(split)).toBe(false);
  });

  test('has every disguise, and none hides more than a quarter of what is under it', () => {
    const shares = sharesBy(evasions, ({ disguise }) => disguise, isHit);
    expect(shares.map(({ name }) => name).sort()).toEqual(Object.keys(DISGUISES).sort());
    expect(shares.filter(({ n, hits }) => hits / n < 0.75)).toEqual([]);
  });

  test('minors are found in both languages, and no ordinary text is refused', () => {
    const minors = evasions.filter(({ kind }) => kind.startsWith('sexual_minors'));
    expect(rate(minors, isHit)).toBeGreaterThanOrEqual(0.9);
    expect(ordinary.filter(isRefused).map(({ text, found }) => `${found}: ${text}`)).toEqual([]);
  });
});

test.each([
  ['reads texts as they stand', (text: string) => broken([text.toLowerCase()])],
  ['undoes no disguise but capitals and accents', (text: string) => broken([folded(text)])],
  [
    'refuses whatever names a child or a body',
    (text: string) => (/child|kid|lapsi|lapse|naked|alasto/i.test(text) ? 'x' : undefined),
  ],
])('a gate that %s is under the bar', (_, check) => {
  expect(measure(check).every(isUnderTheBar)).toBe(true);
});

test('the scenes that prompts are tested with are ordinary', () => {
  expect([...ENGLISH_SCENES, ...FINNISH_SCENES].filter((scene) => forbiddenCategory(scene))).toEqual([]);
});

function broken(readings: string[]): string | undefined {
  const isFound = ({ clear }: { clear: RegExp }) => readings.some((reading) => clear.test(reading));
  return RULES.find(({ parts }) => parts.every((kinds) => kinds.some(isFound)))?.category;
}

function folded(text: string): string {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, ' ');
}
