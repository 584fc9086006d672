// What is refused: each rule is a category and the kinds of words that must meet for it.
import { CRUELTY, DEGRADING, MUTILATED, REAL_PERSON, REALISTIC, SELF_HARM } from './harm.ts';
import { HATE } from './hate.ts';
import { ALAIKAINEN, MINOR, YOUNG } from './minors.ts';
import { EXPLICIT, NUDE, SUGGESTIVE } from './sexual.ts';
import { blurredPattern } from './table.ts';

export const CATEGORIES = ['sexual_minors', 'sexual', 'hate', 'self_harm', 'graphic_violence', 'real_person'] as const;
export type Category = (typeof CATEGORIES)[number];

/** One kind of words. */
export interface Part {
  clear: RegExp;
  /** For readings in which every l is an i. */
  blurred: RegExp;
}

interface Rule {
  category: Category;
  /** Each must be found in one of the readings: one word may be disguised and the other not. */
  parts: Part[];
}

const any = (...patterns: RegExp[]): Part => {
  const clear = new RegExp(patterns.map(({ source }) => source).join('|'));
  return { clear, blurred: blurredPattern(clear) };
};

/** In the order of their weight: the first that is broken names the category. */
export const RULES: readonly Rule[] = [
  { category: 'sexual_minors', parts: [any(MINOR, ALAIKAINEN), any(NUDE, SUGGESTIVE, EXPLICIT)] },
  { category: 'sexual_minors', parts: [any(YOUNG), any(NUDE, EXPLICIT)] },
  { category: 'real_person', parts: [any(REAL_PERSON), any(NUDE, SUGGESTIVE, EXPLICIT, DEGRADING)] },
  { category: 'sexual', parts: [any(EXPLICIT)] },
  { category: 'hate', parts: [any(HATE)] },
  { category: 'graphic_violence', parts: [any(CRUELTY)] },
  { category: 'graphic_violence', parts: [any(MUTILATED), any(REALISTIC)] },
  { category: 'self_harm', parts: [any(SELF_HARM)] },
];
