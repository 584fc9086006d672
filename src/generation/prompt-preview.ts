// What a request for a picture would become: composed and checked like the real one, with nothing written or spent.
import type { Profiles } from '../characters/profiles.ts';
import { countPrompt } from '../characters/prompt.ts';
import { countTokens, TOKEN_LIMIT } from '../characters/tokens.ts';
import type { PictureRequest, PromptPreview, ReferenceRequest } from '../contract.ts';
import { PRICES } from '../credits/ledger.ts';
import type { Db } from '../database/open.ts';
import type { Permissions } from '../forum/permissions.ts';
import { type Ingredients, seedOf } from './compose.ts';
import { Composer } from './composer.ts';
import type { Engine } from './request.ts';

export class PromptPreviews {
  readonly #profiles: Profiles;
  readonly #composer: Composer;

  constructor(parts: { db: Db; profiles: Profiles } & Pick<Engine, 'model' | 'styleLoras' | 'identity'>) {
    this.#profiles = parts.profiles;
    this.#composer = new Composer(parts.db, parts.model, parts.styleLoras, parts.identity);
  }

  async picture(permissions: Permissions, gameId: number, input: PictureRequest): Promise<PromptPreview> {
    await permissions.gameOr404(gameId, 'make_in_game');
    return this.#preview(await this.#composer.ofPicture(permissions, gameId, input), PRICES.draft);
  }

  async reference(permissions: Permissions, characterId: number, input: ReferenceRequest): Promise<PromptPreview> {
    const { count = 1, ...rest } = input;
    const character = await this.#profiles.editable(permissions, characterId);
    return this.#preview(this.#composer.ofReference(character, rest), count * PRICES.reference);
  }

  async #preview(ingredients: Ingredients, credits: number): Promise<PromptPreview> {
    const { prompt, negative_prompt, lora, strategy, seed, warnings } = await this.#composer.compose(ingredients);
    return {
      prompt,
      negative_prompt,
      tokens: countPrompt(prompt, lora?.trigger ?? null),
      negative_tokens: countTokens(negative_prompt),
      limit: TOKEN_LIMIT,
      strategy,
      seed: seedOf(ingredients) === null ? undefined : seed,
      warnings,
      credits,
    };
  }
}
