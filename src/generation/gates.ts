// The two gates beside the rules on words: a text before anything is spent on it, and a picture before anybody can see it.
import type { Logger } from 'pino';
import { ConfigError } from '../config.ts';
import { ServiceError } from '../errors.ts';
import { reach } from '../failpoints.ts';
import type { Judge, Verdict } from '../moderation/judge.ts';
import type { Recipe } from './recipe.ts';
import { NoVerdict, Verdicts } from './verdicts.ts';

/** Null: that gate stands open. */
export interface Judges {
  text: Judge<string> | null;
  picture: Judge<Buffer> | null;
}

/** Until a request that nobody could judge is worth another try, where the judge does not say. */
const RETRY_S = 5;

export class Gates {
  readonly #judges: Judge<never>[];
  readonly #texts: Verdicts<string> | null;
  readonly #pictures: Verdicts<Buffer> | null;
  readonly #log: Logger;

  constructor({ text, picture }: Judges, log: Logger) {
    this.#judges = [text, picture].filter((judge) => judge !== null);
    this.#texts = text && new Verdicts(text);
    this.#pictures = picture && new Verdicts(picture);
    this.#log = log;
  }

  get areOpen(): boolean {
    return this.#judges.length === 0;
  }

  /** @throws ConfigError when a judge can never judge; an outage is no reason not to serve */
  async check(): Promise<void> {
    const checks = this.#judges.map((judge) =>
      judge.check().catch((error: unknown) => {
        if (error instanceof ConfigError) throw error;
        this.#log.warn({ err: error }, 'moderation does not work now: until it does, nothing is drawn');
      }),
    );
    await Promise.all(checks);
  }

  /** @throws NoVerdict while either judge is out of order: pictures that nobody may see would only be paid for and wait */
  assertWorking(): void {
    this.#texts?.assertWorking();
    this.#pictures?.assertWorking();
  }

  /**
   * Asked with no transaction open and nothing held.
   * @throws prompt_rejected, moderation_unavailable
   */
  async assertAllowed(recipes: readonly Recipe[]): Promise<void> {
    if (this.areOpen) return;
    await reach('K3');
    const verdicts = await this.#verdictsOn([...new Set(recipes.map(wordsOf))]).catch(unavailable);
    await reach('K4');
    const category = verdicts.find((verdict) => verdict !== null);
    if (!category) return;
    this.#log.info({ category }, 'a text was refused');
    throw new ServiceError('prompt_rejected', 'This text asks for a picture that may not be made here.', {
      details: [{ path: 'prompt', message: category }],
    });
  }

  async #verdictsOn(texts: string[]): Promise<Verdict[]> {
    this.assertWorking();
    return Promise.all(texts.map((text) => this.#texts?.on(text) ?? null));
  }

  /** Of a finished picture, before it goes anywhere. @throws NoVerdict */
  async verdictOn(picture: Buffer): Promise<Verdict> {
    if (!this.#pictures) return null;
    const verdict = await this.#pictures.on(picture);
    await reach('K30');
    return verdict;
  }

  async close(): Promise<void> {
    await Promise.all(this.#judges.map((judge) => judge.close()));
  }
}

/** What is drawn, and what it was made of. What is not to be seen, the negative prompt, would be taken for a wish. */
function wordsOf({ characters, scene, prompt }: Recipe): string {
  return [...characters.map(({ base_description }) => base_description), scene, prompt].filter(Boolean).join('\n');
}

function unavailable(error: unknown): never {
  if (!(error instanceof NoVerdict)) throw error;
  const sentence =
    'Texts and pictures cannot be checked just now, and nothing is made unchecked. Please try again soon.';
  const retryAfter = error.retryAfterMs === undefined ? RETRY_S : error.retryAfterMs / 1000;
  throw new ServiceError('moderation_unavailable', sentence, { retryAfter, cause: error });
}
