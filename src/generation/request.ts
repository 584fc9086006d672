// The request for a picture: authorised, composed, moderated, and then written in one commit with its hold, or not at all.
import { createHash, randomBytes } from 'node:crypto';
import type { StyleLoras } from '../characters/lora.ts';
import { act, type Profiles } from '../characters/profiles.ts';
import { altText } from '../characters/prompt.ts';
import { type AgainRequest, type PictureRequest, type ReferenceRequest, SEED_LIMIT } from '../contract.ts';
import { type Ledger, PRICES } from '../credits/ledger.ts';
import type { Spending } from '../credits/spending.ts';
import { recordActOnOthers } from '../database/audit.ts';
import { latestErasure } from '../database/erasure.ts';
import { countUnfinished, findGeneration, findGenerations, insertGenerations } from '../database/generations.ts';
import { findIdempotent, type IdempotencyScope, rememberIdempotent } from '../database/idempotency.ts';
import type { Db } from '../database/open.ts';
import type { GenerationKind, GenerationRow, NewGeneration } from '../database/tables.ts';
import { conflict, ServiceError } from '../errors.ts';
import { reach } from '../failpoints.ts';
import type { Permissions } from '../forum/permissions.ts';
import { assertNotTakenDown, assertReusable } from '../moderation/taken-down.ts';
import type { IdentityModel } from '../providers/provider.ts';
import { newPictureKeys } from '../storage/keys.ts';
import { seedFor } from './compose.ts';
import { Composer } from './composer.ts';
import { type Recipe, readRecipe } from './recipe.ts';
import { assertUnerased } from './unerased.ts';

/** The Idempotency-Key of a request with the route and body that it was sent for. */
export interface Idempotency {
  key: string;
  route: string;
  body: unknown;
}

export interface RequestLimits {
  maxActivePerUser: number;
  /** Of all users; one more is refused. */
  maxQueued: number;
}

/** What the requests need to know of the rest of the service. */
export interface Engine {
  /** Recorded in the recipe. */
  readonly model: string;
  readonly identity: IdentityModel | null;
  readonly styleLoras: StyleLoras;
  readonly spending: Spending;
  /** @throws shutting_down, provider_unavailable: when it makes no sense to take on new work */
  assertAccepting(): void;
  /** Asks whoever judges texts. @throws prompt_rejected, moderation_unavailable */
  assertAllowed(recipes: readonly Recipe[]): Promise<void>;
  /** Work was written; somebody may look at it now. */
  wake(): void;
}

/** A generation before it is written. */
export interface NewPicture {
  kind: GenerationKind;
  game_id: number;
  post_id: number | null;
  recipe: Recipe;
}

export class Requests {
  readonly #db: Db;
  readonly #ledger: Ledger;
  readonly #profiles: Profiles;
  readonly #composer: Composer;
  readonly #engine: Engine;
  readonly #limits: RequestLimits;

  constructor(parts: { db: Db; ledger: Ledger; profiles: Profiles; engine: Engine; limits: RequestLimits }) {
    this.#db = parts.db;
    this.#ledger = parts.ledger;
    this.#profiles = parts.profiles;
    this.#composer = new Composer(parts.db, parts.engine.model, parts.engine.styleLoras, parts.engine.identity);
    this.#engine = parts.engine;
    this.#limits = parts.limits;
  }

  /** Candidates for how a character looks. */
  async reference(
    permissions: Permissions,
    characterId: number,
    input: ReferenceRequest,
    idempotency: Idempotency | null,
  ): Promise<GenerationRow[]> {
    const character = await this.#profiles.editable(permissions, characterId);
    const compose = async () => {
      const { count = 1, ...rest } = input;
      const recipe = await this.#composer.reference(character, rest);
      const byIdentity = recipe.identity && this.#engine.identity;
      return Array.from({ length: count }, (_, index) => ({
        kind: 'reference' as const,
        game_id: character.game_id,
        post_id: null,
        recipe: { ...recipe, seed: seedFor(byIdentity, (recipe.seed + index) % SEED_LIMIT) },
      }));
    };
    const record = (_rows: unknown, trx: Db) =>
      recordActOnOthers(trx, act(permissions, character, 'reference.request'));
    return this.#once(permissions, idempotency, compose, record);
  }

  /** The recipe of which picture() would make a generation; nothing is written. */
  compose(permissions: Permissions, gameId: number, input: PictureRequest): Promise<Recipe> {
    return this.#composer.picture(permissions, gameId, input);
  }

  /** A picture for a post, or a draft when there is no post yet. */
  async picture(
    permissions: Permissions,
    target: { game_id: number; post_id: number | null },
    input: PictureRequest,
    idempotency: Idempotency | null,
  ): Promise<GenerationRow> {
    const [row] = await this.#once(permissions, idempotency, async () => {
      const recipe = await this.#composer.picture(permissions, target.game_id, input);
      return [{ kind: target.post_id === null ? 'draft' : 'post', ...target, recipe }];
    });
    return row as GenerationRow;
  }

  /** A new draft from the recipe of a finished picture: as it is but for the seed, or composed anew with changes. */
  async again(
    permissions: Permissions,
    picture: { generation_id: string | null; game_id: number },
    input: AgainRequest,
    idempotency: Idempotency | null,
  ): Promise<GenerationRow> {
    const [row] = await this.#once(permissions, idempotency, async () => {
      const original = picture.generation_id ? await findGeneration(this.#db, picture.generation_id) : undefined;
      if (!original) throw conflict('This picture was made before recipes were kept, so it cannot be made again.');
      await permissions.assert('remake_picture', original);
      await assertReusable(this.#db, readRecipe(original.recipe));
      const recipe = await this.#composer.again(permissions, readRecipe(original.recipe), picture.game_id, input);
      return [{ kind: 'draft', game_id: picture.game_id, post_id: null, recipe }];
    });
    return row as GenerationRow;
  }

  /**
   * Once more what ended without a picture, by its recipe and seed as they are.
   * @param record one part of the commit, given the id of the new one; what it throws undoes all
   */
  async retry(
    maker: Permissions,
    { kind, game_id, post_id, recipe }: GenerationRow,
    record: (trx: Db, id: string) => Promise<void>,
  ): Promise<GenerationRow> {
    const compose = async (): Promise<NewPicture[]> => {
      const [lead] = readRecipe(recipe).characters;
      if (kind === 'reference') await this.#profiles.editable(maker, lead?.id ?? 0);
      const again = await this.#composer.again(maker, readRecipe(recipe), game_id, { seed: 'same' });
      return [{ kind, game_id, post_id, recipe: again }];
    };
    const [row] = await this.#once(maker, null, compose, ([made], trx) => record(trx, made?.id ?? ''));
    return row as GenerationRow;
  }

  /** The answer given before under this key, or a new one. @param record one part of the commit of a new one */
  async #once(
    permissions: Permissions,
    idempotency: Idempotency | null,
    compose: () => Promise<NewPicture[]>,
    record?: (rows: NewGeneration[], trx: Db) => Promise<void>,
  ): Promise<GenerationRow[]> {
    const user_id = permissions.user.id;
    const scope = idempotency && { user_id, route: idempotency.route, key: idempotency.key };
    const bodyHash = idempotency ? hashOf(idempotency.body) : '';
    const earlier = scope && (await this.#replay(this.#db, scope, bodyHash));
    if (earlier) return earlier;
    this.#engine.assertAccepting();
    await this.#engine.spending.assertOpen(this.#db);
    const erasureId = (await latestErasure(this.#db, user_id))?.id;
    const pictures = await compose();
    for (const { recipe } of pictures) await assertNotTakenDown(this.#db, recipe);
    await this.#engine.assertAllowed(pictures.map(({ recipe }) => recipe));
    const rows = await this.#rows(user_id, pictures);
    const characterIds = pictures.flatMap(({ recipe }) => recipe.characters.map(({ id }) => id));
    const written = await this.#db.transaction().execute(async (trx) => {
      const meanwhile = scope && (await this.#replay(trx, scope, bodyHash));
      if (meanwhile) return meanwhile;
      await assertUnerased(trx, { userId: user_id, erasureId, characterIds });
      await this.#assertRoom(trx, user_id, rows.length);
      await this.#engine.spending.admit(trx, user_id, rows);
      await insertGenerations(trx, rows);
      await record?.(rows, trx);
      await this.#ledger.hold(
        trx,
        user_id,
        rows.map(({ id, credits }) => ({ generationId: id, credits })),
      );
      const ids = rows.map((row) => row.id);
      if (scope) await rememberIdempotent(trx, scope, { body_sha256: bodyHash, generation_ids: ids });
      await reach('K1');
      return inOrder(await findGenerations(trx, ids), ids);
    });
    await reach('K2');
    this.#engine.wake();
    return written;
  }

  #rows(userId: number, pictures: NewPicture[]): Promise<NewGeneration[]> {
    const { spending } = this.#engine;
    return Promise.all(
      pictures.map(async (picture) => newRow(userId, picture, await spending.pictureUsd(picture.recipe.model))),
    );
  }

  async #replay(db: Db, scope: IdempotencyScope, bodyHash: string): Promise<GenerationRow[] | undefined> {
    const known = await findIdempotent(db, scope);
    if (!known) return undefined;
    if (known.body_sha256 !== bodyHash) {
      throw new ServiceError('idempotency_mismatch', 'This Idempotency-Key was used for another request.');
    }
    return inOrder(await findGenerations(db, known.generation_ids), known.generation_ids);
  }

  /** An idle user may always ask for several candidates at once; otherwise each counts. */
  async #assertRoom(trx: Db, userId: number, wanted: number): Promise<void> {
    const counts = await countUnfinished(trx, userId);
    if (counts.mine > 0 && counts.mine + wanted > this.#limits.maxActivePerUser) {
      throw new ServiceError(
        'too_many_active',
        'Your earlier pictures are still being made. Please wait for one to finish.',
        {
          retryAfter: 10,
        },
      );
    }
    if (counts.queued + wanted > this.#limits.maxQueued) {
      throw new ServiceError('queue_full', 'Very many pictures are being made just now. Please try again in a while.', {
        retryAfter: 30,
      });
    }
  }
}

/** Everything that effects will need is decided here, before any effect: id, nonce, seed and both keys. */
export function newRow(
  userId: number,
  { kind, game_id, post_id, recipe }: NewPicture,
  estimatedUsd: number,
): NewGeneration {
  const now = new Date().toISOString();
  const lead = recipe.characters[0];
  const keys = newPictureKeys({ gameId: game_id, characterId: lead?.id ?? null });
  return {
    id: randomBytes(16).toString('base64url'),
    nonce: randomBytes(16).toString('base64url'),
    kind,
    user_id: userId,
    game_id,
    post_id,
    mode: recipe.mode,
    character_ids: JSON.stringify(recipe.characters.map(({ id }) => id)),
    scene: recipe.scene,
    alt_text: altText(
      recipe.characters.map(({ name }) => name),
      recipe.scene,
      lead?.base_description,
    ),
    recipe: JSON.stringify(recipe),
    status: 'queued',
    image_key: keys.image,
    thumbnail_key: keys.thumbnail,
    credits: PRICES[kind],
    estimated_usd: estimatedUsd,
    run_at_ms: Date.now(),
    created_at: now,
    updated_at: now,
  };
}

/** Of the validated body, whose keys are always in the schema's order, so that spelling does not matter. */
export function hashOf(body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(body ?? null))
    .digest('hex');
}

function inOrder(rows: GenerationRow[], ids: string[]): GenerationRow[] {
  return ids.flatMap((id) => rows.find((row) => row.id === id) ?? []);
}
