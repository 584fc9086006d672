// Generations of all users as admins see them, and what is done about those that ended without a picture.
import type { AdminGeneration } from '../contract.ts';
import { type GenerationSearch, markRetried, markReviewed, searchGenerations } from '../database/admin-generations.ts';
import { recordAct } from '../database/audit.ts';
import { somebody } from '../database/erasure.ts';
import { findGeneration } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import type { GenerationRow } from '../database/tables.ts';
import { conflict, notFound } from '../errors.ts';
import type { Forum } from '../forum/forum.ts';
import { Permissions } from '../forum/permissions.ts';
import type { Generations } from '../generation/generations.ts';
import { type Recipe, readRecipe } from '../generation/recipe.ts';
import type { Requests } from '../generation/request.ts';

/** Those that can be made anew: they have ended, and there is no picture. */
const WITHOUT_PICTURE = ['failed', 'canceled', 'needs_review'];

/** Another request was first. */
class AlreadyDone extends Error {}

export class GenerationDesk {
  readonly #db: Db;
  readonly #forum: Forum;
  readonly #generations: Generations;
  readonly #requests: Requests;

  constructor(parts: { db: Db; forum: Forum; generations: Generations; requests: Requests }) {
    this.#db = parts.db;
    this.#forum = parts.forum;
    this.#generations = parts.generations;
    this.#requests = parts.requests;
  }

  /** Newest first. */
  async list(search: GenerationSearch): Promise<AdminGeneration[]> {
    const rows = await searchGenerations(this.#db, search);
    const names = new Map<number, string | null>();
    for (const { user_id } of rows) {
      if (!names.has(user_id)) names.set(user_id, (await this.#forum.user(user_id))?.username ?? null);
    }
    return rows.map((row) => this.#present(row, names.get(row.user_id) ?? null));
  }

  /**
   * A new generation for the same user and place, by the same recipe and seed. It is the user's like the first one: held on their
   * credits and charged with the picture, within their rights, the rules and the day's budget as they are now. To be called again
   * is harmless: the answer is the same generation.
   * @throws conflict when there is a picture, or may yet be one
   */
  async retry(admin: Permissions, id: string, reason: string | null): Promise<AdminGeneration> {
    const row = await this.#find(id);
    if (row.retried_as !== null) return this.#get(row.retried_as);
    if (!WITHOUT_PICTURE.includes(row.status)) throw conflict('Only what ended without a picture can be made again.');
    const maker = await this.#maker(row);
    try {
      const made = await this.#requests.retry(maker, row, async (trx, retriedAs) => {
        if (!(await markRetried(trx, row, retriedAs))) throw new AlreadyDone();
        const details = JSON.stringify({ retried_as: retriedAs, status: row.status, error_code: row.error_code });
        await recordAct(trx, { ...act(admin, row, 'generation.retry', reason), details });
      });
      return this.#get(made.id);
    } catch (error) {
      if (error instanceof AlreadyDone) return this.retry(admin, id, reason);
      throw error;
    }
  }

  /** Says that somebody has looked into a picture that got lost on the way. @throws conflict when it waits for nobody */
  async review(admin: Permissions, id: string, reason: string | null): Promise<AdminGeneration> {
    const row = await this.#find(id);
    const reviewed = await this.#db.transaction().execute(async (trx) => {
      if (!(await markReviewed(trx, id))) return false;
      await recordAct(trx, { ...act(admin, row, 'generation.review', reason), details: null });
      return true;
    });
    if (!reviewed) throw conflict('This generation does not wait for a review.');
    return this.#get(id);
  }

  /** As they may act today, in the place that the picture was for. */
  async #maker({ user_id, game_id, post_id }: GenerationRow): Promise<Permissions> {
    const user = await this.#forum.user(user_id);
    if (!user) throw conflict('Whose picture it was is not in the forum any more.');
    const maker = new Permissions(this.#forum, user);
    if (post_id === null) await maker.gameOr404(game_id, 'make_in_game');
    else await maker.postToIllustrate(post_id);
    return maker;
  }

  async #find(id: string): Promise<GenerationRow> {
    const row = await findGeneration(this.#db, id);
    if (!row) throw notFound('The generation');
    return row;
  }

  async #get(id: string): Promise<AdminGeneration> {
    const row = await this.#find(id);
    return this.#present(row, (await this.#forum.user(row.user_id))?.username ?? null);
  }

  #present(row: GenerationRow, username: string | null): AdminGeneration {
    // Of a user who was erased there is no recipe any more.
    const { model = '', seed, prompt = '' }: Partial<Recipe> = readRecipe(row.recipe);
    const { status, tries, submitted_at, prediction_id, predict_seconds, cost_usd, retried_as } = row;
    return {
      ...this.#generations.present(row),
      status,
      user: { id: row.user_id, username },
      tries,
      model: row.model_version ?? model,
      seed: seed ?? null,
      prompt,
      submitted_at,
      prediction_id,
      predict_seconds,
      cost_usd,
      retried_as,
    };
  }
}

function act(admin: Permissions, row: GenerationRow, action: string, reason: string | null) {
  return { actor_id: admin.user.id, action, subject: `generation:${row.id}`, user_id: somebody(row.user_id), reason };
}
