// Somebody else's recipe without the characters of a user who is erased: the picture stays, what the user wrote does not.
import { altText } from '../characters/prompt.ts';
import type { WithoutCharacters } from '../database/erase-pictures.ts';
import { type Recipe, readRecipe, shownRecipe } from '../generation/recipe.ts';

/**
 * The final prompts are made of descriptions, so they go, too. What is left of the text is what the picture's own maker wrote.
 * An empty prompt marks a recipe that nothing can be made from again.
 */
export function withoutCharacters(recipe: Recipe, erased: ReadonlySet<number>): Recipe {
  const [lead] = recipe.characters;
  const ledByErased = lead !== undefined && erased.has(lead.id);
  return {
    ...recipe,
    characters: recipe.characters.filter(({ id }) => !erased.has(id)),
    prompt: '',
    negative_prompt: recipe.user_negative_prompt,
    warnings: [],
    ...(ledByErased && { look: null, lora: null, reference_image_id: null, reference_revision: null, identity: null }),
  };
}

/** As it is to stand in the generation and with the picture in its post. */
export function rowsWithoutCharacters(
  row: { id: string; scene: string; recipe: string },
  erased: ReadonlySet<number>,
): WithoutCharacters {
  const recipe = withoutCharacters(readRecipe(row.recipe), erased);
  const names = recipe.characters.map(({ name }) => name);
  return {
    id: row.id,
    recipe: JSON.stringify(recipe),
    character_ids: JSON.stringify(recipe.characters.map(({ id }) => id)),
    alt_text: altText(names, row.scene),
    prompt: row.scene,
    negative_prompt: recipe.negative_prompt,
    generation_params: JSON.stringify(shownRecipe(recipe)),
  };
}
