// What is left of somebody else's recipe, and what may not be written any more, when a user is erased.
import { expect, test } from 'vitest';
import { migrate } from '../../src/database/migrate.ts';
import { openPath } from '../../src/database/open.ts';
import type { Recipe } from '../../src/generation/recipe.ts';
import { assertUnerased } from '../../src/generation/unerased.ts';
import { rowsWithoutCharacters } from '../../src/privacy/without-characters.ts';
import { forumWithSubject, SUBJECT, WORD } from './world.ts';

const character = (id: number, text: string) => ({ id, name: `Name ${text}`, base_description: text });
const recipe: Partial<Recipe> = {
  characters: [character(7, WORD), character(8, 'grey beard')],
  look: WORD,
  scene: 'in a tavern',
  user_negative_prompt: 'fog',
  prompt: `${WORD}, grey beard, in a tavern`,
  negative_prompt: `fog, ${WORD} hat`,
  seed: 5,
  reference_image_id: 3,
  lora: { weights: `https://example.test/${WORD}.tar`, scale: 1, trigger: 'TOK' },
  warnings: [{ code: 'several_characters', message: `Name ${WORD} leads` }],
};
const row = { id: 'g', scene: 'in a tavern', recipe: JSON.stringify(recipe) };

test('nothing of the character is left, and what its maker wrote is', () => {
  const left = rowsWithoutCharacters(row, new Set([7]));
  expect(JSON.stringify(left)).not.toContain(WORD);
  expect(left).toMatchObject({ character_ids: '[8]', prompt: 'in a tavern', negative_prompt: 'fog' });
  expect(left.alt_text).toBe('Name grey beard: in a tavern');
  expect(JSON.parse(left.recipe)).toMatchObject({
    seed: 5,
    scene: 'in a tavern',
    lora: null,
    reference_image_id: null,
  });
});

test('of a character that only joined, the leading one keeps its look, weights and reference', () => {
  const left = JSON.parse(rowsWithoutCharacters(row, new Set([8])).recipe) as Recipe;
  expect(left).toMatchObject({ look: WORD, reference_image_id: 3, prompt: '' });
  expect(left.characters.map(({ id }) => id)).toEqual([7]);
});

test('what was composed before an erasure is not written during it, nor after it', async () => {
  const forum = forumWithSubject();
  const { db, connection } = openPath(forum.path);
  try {
    await migrate(connection, {});
    const begin = { userId: SUBJECT, erasureId: undefined, characterIds: [] };
    await assertUnerased(db, begin);
    connection.exec(
      `INSERT INTO image_erasures (user_id, requested_at) VALUES (${SUBJECT}, '2026-01-01T00:00:00.000Z')`,
    );
    await expect(assertUnerased(db, begin)).rejects.toThrow('erased');
    connection.exec("UPDATE image_erasures SET finished_at = '2026-01-01T00:00:01.000Z'");
    await expect(assertUnerased(db, begin)).rejects.toThrow('erased');
    await assertUnerased(db, { ...begin, erasureId: 1 }); // begun anew
    await expect(assertUnerased(db, { ...begin, erasureId: 1, characterIds: [7] })).rejects.toThrow('deleted');
  } finally {
    await db.destroy();
    forum.remove();
  }
});
