// Has one scene written: within the day's budget, paid once for the same prompt, and checked like anything that is to be drawn.
import type { Logger } from 'pino';
import { isForeign } from '../characters/language.ts';
import type { Spending } from '../credits/spending.ts';
import type { Db } from '../database/open.ts';
import { insertPromptWriting, setWritingCost } from '../database/prompt-writings.ts';
import { forbiddenCategory } from '../moderation/prompt-check.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Writer, WriterPrompt, Written } from '../providers/writer.ts';
import { sceneIn } from './instructions.ts';

const KEPT_MS = 10 * 60_000;
const MAX_KEPT = 500;

interface Kept {
  scene: Promise<string>;
  until: number;
}

export class Scribe {
  readonly #db: Db;
  readonly #spending: Spending;
  readonly #writer: Writer;
  readonly #log: Logger;
  /** By prompt, the oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(parts: { db: Db; spending: Spending; writer: Writer; log: Logger }) {
    this.#db = parts.db;
    this.#spending = parts.spending;
    this.#writer = parts.writer;
    this.#log = parts.log;
  }

  /**
   * The same prompt is written once, also when it is asked for while it is being written.
   * @param who it is booked for
   * @throws daily_budget_reached, provider_unavailable while an admin has stopped all spending, or whatever went wrong
   */
  write(who: { user_id: number; game_id: number }, prompt: WriterPrompt): Promise<string> {
    const key = prompt.prompt;
    const known = this.#kept.get(key);
    if (known && known.until > Date.now()) return known.scene;
    const scene = this.#write(who, prompt);
    this.#keep(key, { scene, until: Date.now() + KEPT_MS });
    scene.catch(() => this.#kept.delete(key));
    return scene;
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  async #write(who: { user_id: number; game_id: number }, prompt: WriterPrompt): Promise<string> {
    const { text } = await this.#paid(who, prompt);
    const scene = sceneIn(text ?? '');
    if (!scene) throw new Error('the prompt writer answered with no scene');
    const category = forbiddenCategory(scene);
    if (category) throw new Error(`the prompt writer answered with what may not be drawn: ${category}`);
    if (await isForeign(scene)) throw new Error('the prompt writer answered in another language');
    return scene;
  }

  /** Booked at its highest price before it is sent, so that neither a crash nor a lost answer makes it free. */
  async #paid(who: { user_id: number; game_id: number }, prompt: WriterPrompt): Promise<Written> {
    const { model, maxUsd } = this.#writer;
    const booked = { ...who, model, cost_usd: maxUsd, finished_at: new Date().toISOString() };
    const id = await this.#db.transaction().execute(async (trx) => {
      await this.#spending.assertOpen(trx, maxUsd);
      return insertPromptWriting(trx, booked);
    });
    try {
      const written = await this.#writer.write(prompt);
      if (written.costUsd !== null) await this.#book(id, written.costUsd);
      return written;
    } catch (error) {
      if (error instanceof ProviderError && error.kind !== 'unknown') await this.#book(id, 0);
      throw error;
    }
  }

  /** What cannot be booked now stays booked at its highest price. */
  #book(id: number, costUsd: number): Promise<void> {
    return setWritingCost(this.#db, id, costUsd).catch((err: unknown) => {
      this.#log.warn({ err, id }, 'the cost of a scene that was written stays at its highest');
    });
  }
}
