// Sentences out of word tables: each template's slots are filled from the table of their name, the same way for the same seed.

/** In capitals: the words that a rule must find, and a disguise hides. */
const SLOT = /\{(\w+)\}/g;

export interface Phrasing {
  /** What a figure is counted under: a category that must refuse it, or a kind of ordinary text. */
  kind: string;
  language: 'en' | 'fi';
  /** How many sentences to make of it. */
  n: number;
  templates: string[];
  words: Record<string, string[]>;
}

export interface Sentence {
  kind: string;
  language: 'en' | 'fi';
  text: string;
}

export type Random = () => number;
export type Disguise = (word: string, random: Random) => string;

/** mulberry32: small, and good enough to shuffle words. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)] as T;

/** No two alike; fewer than asked for where the tables hold no more. */
export function sentencesOf({ kind, language, n, templates, words }: Phrasing, random: Random): string[] {
  const made = new Set<string>();
  for (let tries = 0; made.size < n && tries < n * 20; tries += 1) {
    made.add(filled(pick(templates, random), (slot) => pick(slotOf(words, slot, { kind, language }), random)));
  }
  return [...made];
}

/** Every sentence keeps its slots apart, so that a disguise can be put on the words in capitals alone. */
export function disguised(phrasing: Phrasing, disguise: Disguise, random: Random): string {
  return filled(pick(phrasing.templates, random), (slot) => {
    const word = pick(slotOf(phrasing.words, slot, phrasing), random);
    return slot === slot.toUpperCase() ? disguise(word, random) : word;
  });
}

function filled(template: string, fill: (slot: string) => string): string {
  return template.replace(SLOT, (_, slot: string) => fill(slot));
}

function slotOf(words: Record<string, string[]>, slot: string, where: { kind: string; language: string }): string[] {
  const list = words[slot];
  if (!list) throw new Error(`${where.kind} (${where.language}) has no words for {${slot}}`);
  return list;
}
