// The request for a training: everything that it will cost is known and held before anything is begun, or nothing is written.
import { randomBytes, randomInt } from 'node:crypto';
import { act, type Profiles } from '../characters/profiles.ts';
import type { LoraTrainingRequest } from '../contract.ts';
import { type Ledger, PRICES } from '../credits/ledger.ts';
import { recordActOnOthers } from '../database/audit.ts';
import type { CharacterRow } from '../database/characters.ts';
import { latestErasure } from '../database/erasure.ts';
import { countUnfinished, insertGenerations } from '../database/generations.ts';
import { findIdempotent, rememberIdempotent } from '../database/idempotency.ts';
import type { Db } from '../database/open.ts';
import type { NewGeneration, NewTraining, TrainingRow } from '../database/tables.ts';
import { countActive, findTraining, insertTraining } from '../database/trainings.ts';
import { conflict, ServiceError } from '../errors.ts';
import { reach } from '../failpoints.ts';
import type { Permissions } from '../forum/permissions.ts';
import { Composer } from '../generation/composer.ts';
import { type Engine, hashOf, type Idempotency, newRow } from '../generation/request.ts';
import { assertUnerased } from '../generation/unerased.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Trainer } from '../providers/trainer.ts';
import { newWeightsKey } from '../storage/keys.ts';
import { choosePictures, LEAST_PICTURES, missingShots } from './pictures.ts';

/** The word that Replicate's trainer uses unless told otherwise, and that no prompt has by chance. */
const TRIGGER = 'TOK';
/** The trainer's own default; some ten minutes. */
const STEPS = 1000;
/** What every kind of integer can hold. */
const SEED_LIMIT = 2 ** 31;

export interface TrainingLimits {
  /** Trainings of one user that may be under way at the same time. */
  maxTrainingsPerUser: number;
  /** Of all users; one more is refused. */
  maxTrainings: number;
  maxQueued: number;
}

export interface TrainingRequestParts {
  db: Db;
  ledger: Ledger;
  profiles: Profiles;
  engine: Engine;
  trainer: Trainer | null;
  limits: TrainingLimits;
  /** A training was written; somebody may look at it now. */
  wake: () => void;
}

export class TrainingRequests {
  readonly #parts: TrainingRequestParts;
  readonly #composer: Composer;

  constructor(parts: TrainingRequestParts) {
    this.#parts = parts;
    this.#composer = new Composer(parts.db, parts.engine.model, parts.engine.styleLoras, null);
  }

  /** @throws conflict saying how many pictures are missing and what they would cost, unless they may be made */
  async request(
    permissions: Permissions,
    characterId: number,
    input: LoraTrainingRequest,
    idempotency: Idempotency | null,
  ): Promise<TrainingRow> {
    const { db, profiles, engine, wake } = this.#parts;
    const erasureId = (await latestErasure(db, permissions.user.id))?.id;
    const character = await profiles.editable(permissions, characterId);
    const earlier = await this.#replay(db, permissions, idempotency);
    if (earlier) return earlier;
    engine.assertAccepting();
    await engine.spending.assertOpen(db);
    await this.#assertTrainable();
    const chosen = await choosePictures(db, character, input.reference_image_ids);
    const missing = await this.#missing(permissions, character, LEAST_PICTURES - chosen.length, input);
    const ids = [...chosen, ...missing.map(({ id }) => id)];
    const row = newTraining(permissions.user.id, character, ids, await engine.spending.trainingUsd());
    const written = await db.transaction().execute(async (trx) => {
      const meanwhile = await this.#replay(trx, permissions, idempotency);
      if (meanwhile) return meanwhile;
      await assertUnerased(trx, { userId: row.user_id, erasureId, characterIds: [characterId] });
      await recordActOnOthers(trx, act(permissions, character, 'training.request'));
      return this.#write(trx, row, missing, idempotency);
    });
    await reach('T2');
    engine.wake();
    wake();
    return written;
  }

  async #write(trx: Db, row: NewTraining, missing: NewGeneration[], idempotency: Idempotency | null) {
    const { user_id, id, credits } = row;
    await this.#assertRoom(trx, row, missing.length);
    await this.#parts.engine.spending.admitTraining(trx, user_id, [row, ...missing]);
    if (missing.length > 0) await insertGenerations(trx, missing);
    await insertTraining(trx, row);
    const holds = [{ id, credits }, ...missing].map((held) => ({ generationId: held.id, credits: held.credits }));
    await this.#parts.ledger.hold(trx, user_id, holds);
    if (idempotency) {
      const { key, route, body } = idempotency;
      await rememberIdempotent(trx, { user_id, route, key }, { body_sha256: hashOf(body), generation_ids: [id] });
    }
    await reach('T1');
    return (await findTraining(trx, id)) as TrainingRow;
  }

  async #replay(db: Db, { user }: Permissions, idempotency: Idempotency | null): Promise<TrainingRow | undefined> {
    if (!idempotency) return undefined;
    const { key, route, body } = idempotency;
    const known = await findIdempotent(db, { user_id: user.id, route, key });
    if (!known) return undefined;
    if (known.body_sha256 !== hashOf(body)) {
      throw new ServiceError('idempotency_mismatch', 'This Idempotency-Key was used for another request.');
    }
    return findTraining(db, known.generation_ids[0] ?? '');
  }

  /** Asked before anything is spent: a training that cannot begin would leave the pictures made for it. */
  async #assertTrainable(): Promise<void> {
    const { trainer } = this.#parts;
    if (!trainer) throw conflict('Training is not set up here. An admin has to name a model for it first.');
    try {
      await trainer.check();
    } catch (cause) {
      if (!(cause instanceof ProviderError)) throw cause;
      const sentence = 'Nothing can be trained just now. Please try again later.';
      throw new ServiceError('provider_unavailable', sentence, { retryAfter: 60, cause });
    }
  }

  /** The generations of the pictures that are missing, which may be made only where that was asked for. */
  async #missing(permissions: Permissions, character: CharacterRow, count: number, input: LoraTrainingRequest) {
    if (count <= 0) return [];
    if (!input.generate_missing) throw tooFew(count);
    const shots = missingShots(character, randomInt(SEED_LIMIT), count);
    const { game_id } = character;
    const recipes = await Promise.all(shots.map((shot) => this.#composer.picture(permissions, game_id, shot)));
    await this.#parts.engine.assertAllowed(recipes);
    const usd = await this.#parts.engine.spending.pictureUsd(this.#parts.engine.model);
    const place = { kind: 'reference', game_id, post_id: null } as const;
    return recipes.map((recipe) => newRow(permissions.user.id, { ...place, recipe }, usd));
  }

  async #assertRoom(trx: Db, row: NewTraining, pictures: number): Promise<void> {
    const { limits } = this.#parts;
    const active = await countActive(trx, { userId: row.user_id, characterId: row.character_profile_id });
    if (active.ofCharacter > 0) throw conflict('This character is being trained already.');
    if (active.mine >= limits.maxTrainingsPerUser) {
      const sentence = 'Your earlier training is still under way. Please wait for it to finish.';
      throw new ServiceError('too_many_active', sentence, { retryAfter: 60 });
    }
    const { queued } = await countUnfinished(trx, row.user_id);
    if (active.all >= limits.maxTrainings || queued + pictures > limits.maxQueued) {
      const sentence = 'Very much is being made just now. Please try again in a while.';
      throw new ServiceError('queue_full', sentence, { retryAfter: 300 });
    }
  }
}

function tooFew(missing: number): ServiceError {
  const pictures = missing === 1 ? '1 more picture' : `${missing} more pictures`;
  const price = `${missing * PRICES.reference + PRICES.training} credits in all`;
  const sentence = `A training needs ${pictures} of this character alone. With generate_missing they are made first: ${price}.`;
  return new ServiceError('conflict', sentence, {
    details: [{ path: 'reference_image_ids', message: `${pictures} needed; ${price}` }],
  });
}

/** Everything that effects will need is decided here, before any effect: id, nonce, seed and the key of the weights. */
function newTraining(
  userId: number,
  character: CharacterRow,
  generationIds: string[],
  estimatedUsd: number,
): NewTraining {
  const now = new Date().toISOString();
  return {
    id: randomBytes(16).toString('base64url'),
    nonce: randomBytes(16).toString('base64url'),
    character_profile_id: character.id,
    user_id: userId,
    game_id: character.game_id,
    status: 'queued',
    weights_key: newWeightsKey({ gameId: character.game_id, characterId: character.id }),
    trigger: TRIGGER,
    seed: randomInt(SEED_LIMIT),
    steps: STEPS,
    generation_ids: JSON.stringify(generationIds),
    credits: PRICES.training,
    estimated_usd: estimatedUsd,
    run_at_ms: Date.now(),
    created_at: now,
    updated_at: now,
  };
}
