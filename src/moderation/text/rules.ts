// What is refused: each rule is a category and the kinds of words that must meet for it.
import { CRUELTY, DEGRADING, MUTILATED, REAL_PERSON, REALISTIC, SELF_HARM } from './harm.ts';
import { HATE } from './hate.ts';
import { ALAIKAINEN, MINOR, YOUNG } from './minors.ts';
import { EXPLICIT, NUDE, SUGGESTIVE } from './sexual.ts';
import { blurredPattern, loosePattern } from './table.ts';

export const CATEGORIES = ['sexual_minors', 'sexual', 'hate', 'self_harm', 'graphic_violence', 'real_person'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Words of one kind. */
export interface Words {
  clear: RegExp;
  /** For readings in which every l is an i. */
  blurred: RegExp;
  /** For letters without gaps, where a word has no beginning and no end. */
  loose: RegExp;
}

interface Rule {
  category: Category;
  /** Of each, one kind must be found in one of the readings: one word may be disguised and the other not. */
  parts: Words[][];
}

const words = (clear: RegExp): Words => ({ clear, blurred: blurredPattern(clear), loose: loosePattern(clear) });

const minor = [MINOR, ALAIKAINEN].map(words);
const nude = words(NUDE);
const suggestive = words(SUGGESTIVE);
const explicit = words(EXPLICIT);

/** In the order of their weight: the first that is broken names the category. */
export const RULES: readonly Rule[] = [
  { category: 'sexual_minors', parts: [minor, [nude, suggestive, explicit]] },
  { category: 'sexual_minors', parts: [[words(YOUNG)], [nude, explicit]] },
  { category: 'real_person', parts: [[words(REAL_PERSON)], [nude, suggestive, explicit, words(DEGRADING)]] },
  { category: 'sexual', parts: [[explicit]] },
  { category: 'hate', parts: [[words(HATE)]] },
  { category: 'graphic_violence', parts: [[words(CRUELTY)]] },
  { category: 'graphic_violence', parts: [[words(MUTILATED)], [words(REALISTIC)]] },
  { category: 'self_harm', parts: [[words(SELF_HARM)]] },
];
