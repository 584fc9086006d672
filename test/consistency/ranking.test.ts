// The measure on the preview's pictures: of many characters, the one that was drawn must come first.
import { expect, test } from 'vitest';
import { type Appearance, appearanceOf, likeness } from '../../src/consistency/likeness.ts';
import { shareAbove } from '../../src/consistency/report.ts';
import { finishPicture } from '../../src/imaging/index.ts';
import { drawPreview } from '../../src/providers/preview/drawing.ts';

const CHARACTERS = [
  'nuori nainen, pitkä punainen letti, vihreät silmät, tummanvihreä huppuviitta',
  'old blacksmith, grey beard, bald, brown leather apron',
  'young woman, black bob hair, purple robe, silver circlet',
  'tall knight, blond hair, steel armour, blue cloak',
  'elf, long white hair, grey eyes, white coat',
  'boy, brown curly hair, freckles, yellow tunic',
  'rogue, dark hair, black cloak',
  'wizard with glasses, long grey beard, red robe',
  'a quiet man with tired eyes',
  'a stranger nobody knows',
];
const SCENES = [
  'standing on an icy pier with a lantern at night',
  'sitting in a warm tavern, smiling',
  'walking through a green forest at dawn',
  'on the deck of a ship in a storm',
  'in a desert under the noon sun',
  'in a burning city street, fighting',
];

/** As it is stored: the thumbnail is what is measured. */
async function appearance(prompt: string, seed: number, width: number, height: number): Promise<Appearance> {
  const { thumbnail } = await finishPicture(await drawPreview({ prompt, seed, width, height, reference: null }));
  return appearanceOf(thumbnail);
}

const seedOf = (character: number) => character * 827_347 + 1013;
const score = (one: Appearance, other: Appearance) => likeness(one, other).score ?? Number.NaN;

test('the same character ranks above different ones', async () => {
  const references = await Promise.all(
    CHARACTERS.map((looks, at) =>
      appearance(`${looks}, full body character portrait, plain background`, seedOf(at), 416, 608),
    ),
  );
  const [own, foreign, firsts]: [number[], number[], boolean[]] = [[], [], []];
  for (const [character, looks] of CHARACTERS.entries()) {
    for (const scene of SCENES) {
      const picture = await appearance(`${looks}, ${scene}`, seedOf(character), 608, 416);
      const scores = references.map((reference) => score(reference, picture));
      own.push(scores[character] as number);
      foreign.push(...scores.filter((_, at) => at !== character));
      firsts.push(scores.indexOf(Math.max(...scores)) === character);
    }
  }
  expect(own).toHaveLength(60);
  // Measured: 0.99 and all 60. By chance it would be 0.5 and 6.
  expect(shareAbove(own, foreign)).toBeGreaterThan(0.97);
  expect(firsts.filter(Boolean).length).toBeGreaterThanOrEqual(57);
});
