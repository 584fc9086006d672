// Says, before anything is spent, what a comparison would make: by which strategies, from which seed, and at what price.
import { type PictureRequest, STRATEGIES, type Strategy } from '../contract.ts';
import { type Ledger, PRICES } from '../credits/ledger.ts';
import { type CharacterRow, findCharacter } from '../database/characters.ts';
import type { Db } from '../database/open.ts';
import { usualCost } from '../database/spending.ts';
import { conflict, notFound, ServiceError } from '../errors.ts';
import type { Forum } from '../forum/forum.ts';
import { Permissions } from '../forum/permissions.ts';
import type { Requests } from '../generation/request.ts';
import type { Provider } from '../providers/provider.ts';
import type { Storage } from '../storage/storage.ts';

/** What a comparison needs of the service. */
export interface ComparisonParts {
  db: Db;
  forum: Forum;
  storage: Storage;
  provider: Provider;
  ledger: Ledger;
  requests: Requests;
}

export interface Wish {
  characterId: number;
  /** Who pays; the character's owner when null. */
  userId: number | null;
  scenes: string[];
  /** All that the character can do when null, but `identity`: another model draws that, at another price. */
  strategies: readonly Strategy[] | null;
  /** The character's own when null. */
  seed: number | null;
}

export interface Plan {
  permissions: Permissions;
  character: CharacterRow & { reference_thumbnail_key: string };
  scenes: string[];
  strategies: Strategy[];
  /** What the character cannot do, and why. */
  left_out: { strategy: Strategy; reason: string }[];
  seed: number;
  pictures: number;
  credits: number;
  /** What the user has. */
  available: number;
  /** An estimate in US dollars; 0 when the provider costs nothing. */
  usd: number;
}

/** @throws ServiceError in words for a person, when there is nothing to compare */
export async function planComparison(parts: ComparisonParts, wish: Wish): Promise<Plan> {
  const character = await findCharacter(parts.db, wish.characterId);
  if (!character) throw notFound(`The character ${wish.characterId}`);
  const { reference_thumbnail_key } = character;
  if (!reference_thumbnail_key) throw conflict(`${character.name} has no accepted reference image to compare with.`);
  const permissions = await permissionsOf(parts.forum, wish.userId ?? character.user_id);
  const seed = wish.seed ?? character.reference_seed ?? 0;
  const sorted = await sortStrategies(parts.requests, permissions, character, { ...wish, seed });
  if (sorted.strategies.length === 0) throw conflict(`${character.name} can do none of these strategies.`);
  const pictures = wish.scenes.length * sorted.strategies.length;
  return {
    permissions,
    character: { ...character, reference_thumbnail_key },
    scenes: wish.scenes,
    ...sorted,
    seed,
    pictures,
    credits: pictures * PRICES.draft,
    available: (await parts.ledger.statement(permissions.user.id)).available,
    usd: await usdOf(parts, sorted.strategies, wish.scenes.length),
  };
}

export function requestOf(character: CharacterRow, scene: string, strategy: Strategy, seed: number): PictureRequest {
  return { mode: 'scene_with_character', character_ids: [character.id], scene, strategy, seed };
}

async function permissionsOf(forum: Forum, userId: number): Promise<Permissions> {
  const user = await forum.user(userId);
  if (!user) throw notFound(`The user ${userId}`);
  return new Permissions(forum, user);
}

/** Asks the composer itself, which knows what the character can do and says why not. */
async function sortStrategies(
  requests: Requests,
  permissions: Permissions,
  character: CharacterRow,
  wish: Wish & { seed: number },
): Promise<Pick<Plan, 'strategies' | 'left_out'>> {
  const sorted: Pick<Plan, 'strategies' | 'left_out'> = { strategies: [], left_out: [] };
  for (const strategy of wish.strategies ?? STRATEGIES.filter((each) => each !== 'identity')) {
    try {
      const request = requestOf(character, wish.scenes[0] ?? '', strategy, wish.seed);
      await requests.compose(permissions, character.game_id, request);
      sorted.strategies.push(strategy);
    } catch (error) {
      const detail = error instanceof ServiceError && error.details?.find(({ path }) => path === 'strategy');
      if (!detail) throw error;
      sorted.left_out.push({ strategy, reason: detail.message });
    }
  }
  return sorted;
}

/** What such pictures usually cost, where some were made, and else the provider's own estimate. */
async function usdOf({ db, provider }: ComparisonParts, strategies: Strategy[], scenes: number): Promise<number> {
  let usd = 0;
  for (const strategy of strategies) {
    const model = (strategy === 'identity' && provider.identity?.model) || provider.model;
    const dearest = provider.dearestUsd(model);
    usd += scenes * (dearest === 0 ? 0 : ((await usualCost(db, model)) ?? dearest));
  }
  return usd;
}
