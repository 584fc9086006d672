// From who asks and what for to a recipe: finds the characters and what belongs to them, and sees that this user may use them.
import type { StyleLoras } from '../characters/lora.ts';
import { randomSeed } from '../characters/seed.ts';
import { type AgainRequest, PictureRequest, type ReferenceRequest } from '../contract.ts';
import { type CharacterRow, findCharacters, looksOf } from '../database/characters.ts';
import type { Db } from '../database/open.ts';
import { findReference } from '../database/references.ts';
import { conflict, invalidField } from '../errors.ts';
import type { Permissions } from '../forum/permissions.ts';
import { assertAllowed } from '../moderation/prompt-check.ts';
import type { IdentityModel } from '../providers/provider.ts';
import { composeRecipe, type Ingredients, seedFor } from './compose.ts';
import type { Recipe } from './recipe.ts';
import { languageWarnings } from './warnings.ts';

export class Composer {
  readonly #db: Db;
  readonly #model: string;
  readonly #styleLoras: StyleLoras;
  readonly #identity: IdentityModel | null;

  /** @param model recorded in the recipes @param identity as the strategy of that name needs it */
  constructor(db: Db, model: string, styleLoras: StyleLoras, identity: IdentityModel | null) {
    this.#db = db;
    this.#model = model;
    this.#styleLoras = styleLoras;
    this.#identity = identity;
  }

  /** A candidate for how the character looks. */
  reference(character: CharacterRow, input: Omit<ReferenceRequest, 'count'>): Promise<Recipe> {
    return this.compose(this.ofReference(character, input));
  }

  async picture(permissions: Permissions, gameId: number, input: PictureRequest): Promise<Recipe> {
    return this.compose(await this.ofPicture(permissions, gameId, input));
  }

  ofReference(character: CharacterRow, input: Omit<ReferenceRequest, 'count'>): Ingredients {
    return {
      kind: 'reference',
      input: { ...input, mode: 'character' },
      scene: '',
      characters: [character],
      look: null,
      ...this.#settings(),
    };
  }

  async ofPicture(permissions: Permissions, gameId: number, input: PictureRequest): Promise<Ingredients> {
    const characters = await this.#cast(permissions, gameId, input);
    const look = await this.#look(characters[0], input.look);
    return { kind: 'picture', input, scene: input.scene ?? '', characters, look, ...this.#settings() };
  }

  #settings(): Pick<Ingredients, 'model' | 'styleLoras' | 'identity'> {
    return { model: this.#model, styleLoras: this.#styleLoras, identity: this.#identity };
  }

  async compose(ingredients: Ingredients): Promise<Recipe> {
    const { scene, characters, look } = ingredients;
    const recipe = composeRecipe(ingredients);
    const language = await languageWarnings([
      { name: 'the scene', text: scene },
      ...characters.map(({ name, base_description }) => ({
        name: `the description of ${name}`,
        text: base_description,
      })),
      { name: 'the look', text: look?.description ?? '' },
    ]);
    return { ...recipe, warnings: [...recipe.warnings, ...language] };
  }

  /** The recipe as it is but for the seed; with other changes, composed anew from the request that it came from. */
  async again(permissions: Permissions, old: Recipe, gameId: number, input: AgainRequest): Promise<Recipe> {
    const { seed: wish = 'new', ...changes } = input;
    const seed = wish === 'same' ? old.seed : wish === 'new' ? randomSeed() : wish;
    // Another model of identity has other levers, so its recipe is another one.
    const byIdentity = old.identity && this.#identity;
    if (Object.keys(changes).length > 0 || (old.identity && byIdentity?.model !== old.model)) {
      // Another cast brings its own strategy: what the old one had trained or accepted, it may not have.
      const strategy = changes.character_ids ? undefined : old.strategy;
      return this.picture(permissions, gameId, soundPicture({ ...inputOf(old), strategy, ...changes, seed }));
    }
    const characters = await findCharacters(
      this.#db,
      old.characters.map(({ id }) => id),
    );
    if (characters.length < old.characters.length || old.prompt === '') {
      throw conflict('A character of this picture was deleted, so it cannot be made again.');
    }
    for (const character of characters) await permissions.assertMayUse(character);
    await this.#assertReferenceKept(old);
    // What was allowed once need not be today, and what found no room in the prompt counts as well.
    const written = old.characters.map(({ base_description }) => base_description);
    const prompt = [...written, old.scene, old.prompt].join(', ');
    assertAllowed({ prompt }, { negative_prompt: old.negative_prompt });
    return { ...old, seed: seedFor(byIdentity, seed), model: byIdentity?.model ?? this.#model };
  }

  async #assertReferenceKept(recipe: Recipe): Promise<void> {
    if (recipe.reference_image_id === null) return;
    if (await findReference(this.#db, recipe.reference_image_id)) return;
    throw conflict(
      'The reference image of this picture is not to be had any more. Make a new picture of the character instead.',
    );
  }

  /** The characters by id, each of this game and usable by this user. */
  async #cast(permissions: Permissions, gameId: number, input: PictureRequest): Promise<CharacterRow[]> {
    const ids = input.character_ids ?? [];
    const rows = await findCharacters(this.#db, ids);
    return Promise.all(
      ids.map(async (id, index) => {
        const character = rows.find((row) => row.id === id && row.game_id === gameId);
        if (!character) throw invalidField(`character_ids.${index}`, 'is no character of this game');
        await permissions.assertMayUse(character);
        return character;
      }),
    );
  }

  async #look(lead: CharacterRow | undefined, name: string | undefined) {
    if (name === undefined) return null;
    const looks = lead ? await looksOf(this.#db, lead.id) : [];
    const look = looks.find((known) => known.name === name);
    if (!look) throw invalidField('look', 'is no look of the first character');
    return look;
  }
}

/** The request that a recipe was composed from. */
function inputOf(recipe: Recipe): PictureRequest {
  return {
    mode: recipe.mode,
    character_ids: recipe.characters.map(({ id }) => id),
    look: recipe.look ?? undefined,
    scene: recipe.scene,
    aspect_ratio: recipe.aspect_ratio,
    style: recipe.style,
    negative_prompt: recipe.user_negative_prompt,
  };
}

/**
 * A recipe and changes to it may each be sound, and together break the rules of the mode.
 * @throws invalid_request
 */
function soundPicture(input: PictureRequest): PictureRequest {
  const parsed = PictureRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalidField(issue?.path.join('.') ?? '', issue?.message ?? 'is not valid');
}
