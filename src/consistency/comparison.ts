// Makes the planned pictures, as generations like all others, and measures each against the accepted reference.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Strategy } from '../contract.ts';
import { thumbnailsOfOthers } from '../database/comparisons.ts';
import { findGeneration } from '../database/generations.ts';
import type { GenerationRow } from '../database/tables.ts';
import { conflict, ServiceError } from '../errors.ts';
import { readRecipe, shownRecipe } from '../generation/recipe.ts';
import { type Appearance, appearanceOf, type Likeness, likeness, MEASURE } from './likeness.ts';
import { type ComparisonParts, type Plan, requestOf } from './plan.ts';
import { type ComparedPicture, figuresOf, type Report } from './report.ts';

export interface Compared {
  report: Report;
  /** Generation id → thumbnail. */
  thumbnails: Map<string, Buffer>;
  /** The thumbnail of the accepted reference. */
  reference: Buffer;
}

export interface Watch {
  /** Called once, when nobody has taken the first picture up for a while. */
  onUnattended(): Promise<void>;
  onPicture(done: number, of: number): void;
  signal: AbortSignal;
}

const LOOK_MS = 250;
/** A service that is at work looks for pictures every second. */
const UNATTENDED_MS = 4000;

/** A picture of the comparison: asked for, or refused with a sentence. */
interface Cell {
  scene: number;
  strategy: Strategy;
  id: string | null;
  refusal: string | null;
}
interface MadeCell extends Cell {
  row: GenerationRow | undefined;
}

/**
 * Spends what the plan says. Pictures that fail or are refused on the way are part of the report.
 * @throws ServiceError in words for a person, when it cannot begin; AbortError when the watch ends it
 */
export async function compare(parts: ComparisonParts, plan: Plan, watch: Watch): Promise<Compared> {
  const payer = plan.permissions.user.username;
  if (plan.available < plan.credits)
    throw conflict(`This costs ${plan.credits} credits, and ${payer} has ${plan.available}.`);
  const reference = await thumbnailOf(parts, plan.character.reference_thumbnail_key);
  if (!reference) throw conflict('The accepted reference image cannot be read from the storage.');
  const cells = await new Making(parts, plan, watch).make();
  const appearance = await appearanceOf(reference);
  const thumbnails = new Map<string, Buffer>();
  const pictures: ComparedPicture[] = [];
  for (const cell of cells) {
    const thumbnail = cell.row?.file_id == null ? undefined : await thumbnailOf(parts, cell.row.thumbnail_key);
    if (cell.id && thumbnail) thumbnails.set(cell.id, thumbnail);
    pictures.push(compared(cell, await scoreOf(appearance, thumbnail)));
  }
  const baseline = await baselineOf(parts, plan, appearance);
  return { report: reportOf(parts, plan, pictures, baseline), thumbnails, reference };
}

/** The pictures on their way: asked for one after another, then waited for. */
class Making {
  readonly #parts: ComparisonParts;
  readonly #plan: Plan;
  readonly #watch: Watch;

  constructor(parts: ComparisonParts, plan: Plan, watch: Watch) {
    this.#parts = parts;
    this.#plan = plan;
    this.#watch = watch;
  }

  async make(): Promise<MadeCell[]> {
    const cells: Cell[] = [];
    let isAttended = false;
    for (const scene of this.#plan.scenes.keys()) {
      for (const strategy of this.#plan.strategies) {
        const cell = await this.#ask(scene, strategy);
        cells.push(cell);
        if (!cell.id || isAttended) continue;
        await this.#seeAttended(cell.id);
        isAttended = true;
      }
    }
    return this.#ended(cells);
  }

  /** Waits for room where the user's pictures, or everybody's, are too many just now. */
  async #ask(scene: number, strategy: Strategy): Promise<Cell> {
    const { permissions, character, scenes, seed } = this.#plan;
    const place = { game_id: character.game_id, post_id: null };
    const request = requestOf(character, scenes[scene] ?? '', strategy, seed);
    for (;;) {
      try {
        const { id } = await this.#parts.requests.picture(permissions, place, request, null);
        return { scene, strategy, id, refusal: null };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const isFull = error.code === 'too_many_active' || error.code === 'queue_full';
        if (!isFull) return { scene, strategy, id: null, refusal: error.message };
        await this.#pause();
      }
    }
  }

  async #seeAttended(id: string): Promise<void> {
    for (const until = Date.now() + UNATTENDED_MS; Date.now() < until; await this.#pause()) {
      const row = await findGeneration(this.#parts.db, id);
      if (row?.status !== 'queued') return;
    }
    await this.#watch.onUnattended();
  }

  async #ended(cells: Cell[]): Promise<MadeCell[]> {
    for (let told = -1; ; await this.#pause()) {
      const made = await Promise.all(cells.map(async (cell) => ({ ...cell, row: await this.#rowOf(cell) })));
      const done = made.filter(({ row }) => !row || row.finished_at !== null).length;
      if (done > told) this.#watch.onPicture(done, made.length);
      told = done;
      if (done === made.length) return made;
    }
  }

  #rowOf({ id }: Cell): Promise<GenerationRow | undefined> | undefined {
    return id === null ? undefined : findGeneration(this.#parts.db, id);
  }

  #pause(): Promise<void> {
    return sleep(LOOK_MS, undefined, { signal: this.#watch.signal });
  }
}

/** Undefined when it cannot be had: one picture less is no reason to lose the whole comparison. */
async function thumbnailOf({ storage }: ComparisonParts, key: string): Promise<Buffer | undefined> {
  const object = await storage.get(key).catch(() => undefined);
  return object?.bytes;
}

async function scoreOf(reference: Appearance, thumbnail: Buffer | undefined): Promise<Likeness> {
  if (!thumbnail) return { score: null, reason: 'there is no picture' };
  return likeness(reference, await appearanceOf(thumbnail));
}

async function baselineOf(parts: ComparisonParts, { character }: Plan, reference: Appearance): Promise<number[]> {
  const scores: number[] = [];
  for (const key of await thumbnailsOfOthers(parts.db, character)) {
    const { score } = await scoreOf(reference, await thumbnailOf(parts, key));
    if (score !== null) scores.push(score);
  }
  return scores;
}

function compared({ scene, strategy, id, refusal, row }: MadeCell, { score, reason }: Likeness): ComparedPicture {
  const succeeded = row?.status === 'succeeded';
  return {
    scene,
    strategy,
    generation_id: id,
    error: succeeded ? null : (row?.error_message ?? refusal ?? 'The picture was not made.'),
    score,
    score_reason: reason,
    seconds: row?.finished_at ? (Date.parse(row.finished_at) - Date.parse(row.created_at)) / 1000 : null,
    credits: succeeded ? row.credits : 0,
    cost_usd: row?.cost_usd ?? null,
    recipe: row ? { ...(shownRecipe(readRecipe(row.recipe)) as object), model_version: row.model_version } : null,
  };
}

function reportOf({ provider }: ComparisonParts, plan: Plan, pictures: ComparedPicture[], baseline: number[]): Report {
  const { id, name, game_id, reference_revision } = plan.character;
  const { user } = plan.permissions;
  return {
    created_at: new Date().toISOString(),
    character: { id, name, game_id, reference_revision },
    paid_by: { id: user.id, username: user.username },
    provider: provider.name,
    model: provider.model,
    seed: plan.seed,
    measure: MEASURE,
    scenes: plan.scenes,
    strategies: plan.strategies.map((strategy) => figuresOf(strategy, pictures, baseline)),
    left_out: plan.left_out,
    baseline,
    pictures,
  };
}
