// Readings of any text whatever: they never fail, hold plain letters alone, and take time in proportion to the length.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forbiddenCategory } from '../../src/moderation/prompt-check.ts';
import { readingsOf } from '../../src/moderation/text/readings.ts';
import { DISGUISES } from './evaluation/disguises.ts';
import { seeded } from './evaluation/phrases.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc
    .array(fc.constantFrom(...'aei1!|0@$*.-_ ,\u0430\u03bf\u200b\u0301\ud83d'), { maxLength: 200 })
    .map((signs) => signs.join('')),
);

test('any text has readings of plain letters, and one that reads itself', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { clear, blurred } = readingsOf(text);
      for (const reading of [...clear, ...blurred]) expect(reading).toMatch(/^[a-z0-9 ,]*$/);
      expect(readingsOf(clear[0] as string).clear[0]).toBe(clear[0]);
      forbiddenCategory(text);
    }),
    { numRuns: 300 },
  );
});

test.each(Object.entries(DISGUISES))('one of the readings of a word is the word itself: %s', (_, disguise) => {
  for (const word of ['naked', 'teenager', 'alaston']) {
    const { clear, blurred } = readingsOf(`before, ${disguise(word, seeded(3))} after`);
    const found = [...clear, ...blurred.map((reading) => reading.replaceAll('aiaston', 'alaston'))];
    expect(
      found.some((reading) => reading.split(' ').includes(word)),
      found.join('\n'),
    ).toBe(true);
  }
});

describe('time grows as the text does', () => {
  const LONG = 4_000;
  const repeated = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

  test.each([
    'a',
    'a ',
    'a.',
    'a*b*c ',
    'child',
    'naked ',
    'kill the ',
    'n4k3d ',
    '1!|',
    'na ked ',
    'aabb',
    'sex , ',
    '\u0430\u0301\u200b',
    'lapsi',
    '     ',
    '12 year ',
    'juutalaiset on ',
  ])('of %j', (unit) => {
    const shortly = fastest(repeated(unit, LONG));
    const longer = fastest(repeated(unit, 4 * LONG));
    // A square would be sixteen times as long, and what doubles back on itself would never end.
    expect(longer).toBeLessThan(12 * Math.max(shortly, 5));
  });

  function fastest(text: string): number {
    const times = Array.from({ length: 3 }, () => {
      const start = process.cpuUsage();
      forbiddenCategory(text);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    });
    return Math.min(...times);
  }
});
