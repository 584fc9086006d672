// Which texts are told to be in another language: Finnish ones are found, English ones and names never.
import { expect, test } from 'vitest';
import { isForeign } from '../../src/characters/language.ts';
import { ENGLISH_SCENES, FINNISH_SCENES } from './scenes.ts';

const flagged = async (texts: string[]) => {
  const found: string[] = [];
  for (const text of texts) if (await isForeign(text)) found.push(text);
  return found;
};

test(`none of ${ENGLISH_SCENES.length} English scenes is taken for another language`, async () => {
  expect(new Set(ENGLISH_SCENES).size).toBeGreaterThanOrEqual(200);
  expect(await flagged(ENGLISH_SCENES)).toEqual([]);
});

test(`at least nine of ten of ${FINNISH_SCENES.length} Finnish scenes are found`, async () => {
  expect(FINNISH_SCENES.length).toBeGreaterThanOrEqual(60);
  expect((await flagged(FINNISH_SCENES)).length).toBeGreaterThanOrEqual(FINNISH_SCENES.length * 0.9);
});

test.each(['', 'Aino', 'Väinö Lemminkäinen', 'x', '42', '😀', 'dragon', 'Zarak’thul', 'Ilmarinen, Louhi', '$& {}'])(
  '%j says too little',
  async (text) => expect(await isForeign(text)).toBe(false),
);

test.each([
  'hon står på bryggan om natten med en lykta i handen',
  'ein alter Zauberer liest ein Buch in der Bibliothek',
  'una bruja vieja lee un libro en la biblioteca',
  'дракон спит на золоте',
  '龙睡在金子上',
])('%s is found', async (text) => expect(await isForeign(text)).toBe(true));

test.each([
  'young woman, long red braid, green eyes, dark green cloak, scar on left cheek',
  'stocky dwarf, black braided beard, bald, tattooed arms, bronze breastplate, iron boots',
  'half-elf ranger, silver hair, violet eyes, pointed ears, leather armor, longbow',
  'hooded figure, plague mask, raven feathers, lantern',
])('the English description %s passes', async (text) => expect(await isForeign(text)).toBe(false));
