// Our count of tokens against another implementation of CLIP's tokenizer, built from the same vocabulary.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defuse } from '../../src/characters/defuse.ts';
import { countTokens } from '../../src/characters/tokens.ts';
import { clipCounts } from './clip.ts';
import { ENGLISH_SCENES, FINNISH_SCENES } from './scenes.ts';

const most = (text: string) => Math.max(...clipCounts(text));

describe('by example', () => {
  // Counts known from CLIP's own tokenizer.
  test.each([
    ['', 0],
    ['a photo of a cat', 5],
    ['a diagram', 2],
    ['Hello, World', 3],
    ['1995', 4],
    ["it's", 2],
  ])('%j has %i tokens', (text, tokens) => expect(countTokens(text)).toBe(tokens));

  test('a word that is a name of a property of all objects is a word', () => {
    for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(countTokens(word)).toBe(most(word));
    }
  });
});

test.each([...ENGLISH_SCENES, ...FINNISH_SCENES])('%s', (scene) => {
  expect(countTokens(scene)).toBe(most(scene));
});

const wild = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        'dragon',
        'lohikäärme',
        'Ž',
        '😀',
        '👩‍🚀',
        'שלום',
        'مرحبا',
        '龍',
        "'s",
        '!',
        '!!!',
        '..',
        '$&',
        '(a:1.3)',
        '{}',
        '\u0130',
        ' ',
      ),
      {
        maxLength: 12,
      },
    )
    .map((pieces) => pieces.join('')),
);

test('whatever is written counts as it does there, and never less than in either encoder', () => {
  fc.assert(
    fc.property(wild, (written) => {
      const text = defuse(written, null);
      fc.pre(text.split(/\s/).every((word) => Buffer.byteLength(word) <= 150));
      const counts = clipCounts(text);
      if (text.includes('!')) expect(countTokens(text)).toBeGreaterThanOrEqual(Math.max(...counts));
      else expect([countTokens(text), countTokens(text)]).toEqual(counts);
    }),
    { numRuns: 1500 },
  );
});

test('what is no word of any language never counts less', () => {
  for (const sign of ['x', 'ä', '😀', '-', 'ab']) {
    const text = sign.repeat(500);
    expect(countTokens(text)).toBeGreaterThanOrEqual(most(text));
  }
});
