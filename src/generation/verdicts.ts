// The verdicts of one judge: each thing is asked about once within some minutes, and nothing while the judge is out of order.
import { createHash } from 'node:crypto';
import type { Judge, Verdict } from '../moderation/judge.ts';
import { ProviderError } from '../providers/provider.ts';
import { Breaker } from '../queue/breaker.ts';

const KEPT_MS = 5 * 60_000;
const MAX_KEPT = 500;

/** Nobody can say now. What is not judged is neither drawn nor shown. */
export class NoVerdict extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'NoVerdict';
    this.retryAfterMs = options.retryAfterMs;
  }
}

interface Kept {
  verdict: Promise<Verdict>;
  until: number;
}

export class Verdicts<Subject extends string | Buffer> {
  readonly #judge: Judge<Subject>;
  readonly #breaker: Breaker;
  /** By the hash of what was asked about, the oldest first. */
  readonly #kept = new Map<string, Kept>();
  /** While the judge is on probation, one question at a time. */
  #isProbing = false;

  constructor(judge: Judge<Subject>, breaker = new Breaker()) {
    this.#judge = judge;
    this.#breaker = breaker;
  }

  /** @throws NoVerdict */
  on(subject: Subject): Promise<Verdict> {
    const key = createHash('sha256').update(subject).digest('base64');
    const known = this.#kept.get(key);
    if (known && known.until > Date.now()) return known.verdict;
    const verdict = this.#ask(subject);
    this.#keep(key, { verdict, until: Date.now() + KEPT_MS });
    verdict.catch(() => this.#kept.delete(key));
    return verdict;
  }

  /** @throws NoVerdict while the judge is not asked at all */
  assertWorking(): void {
    const retryAfterMs = this.#breaker.remaining();
    if (retryAfterMs > 0)
      throw new NoVerdict('the judge is out of order, and is not asked for a while', { retryAfterMs });
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  async #ask(subject: Subject): Promise<Verdict> {
    this.assertWorking();
    const isProbe = this.#breaker.isOnProbation;
    if (isProbe && this.#isProbing) throw new NoVerdict('the judge was out of order, and is just being tried');
    this.#isProbing = isProbe;
    try {
      const verdict = await this.#judge.judge(subject);
      this.#breaker.success();
      return verdict;
    } catch (cause) {
      throw this.#failed(cause);
    } finally {
      if (isProbe) this.#isProbing = false;
    }
  }

  #failed(cause: unknown): NoVerdict {
    const { kind, retryAfterMs } = cause instanceof ProviderError ? cause : { kind: 'later' };
    if (kind === 'unavailable') this.#breaker.trip();
    // What is refused is this one question: no reason to ask no other.
    else if (kind !== 'refused') this.#breaker.failure();
    return new NoVerdict('there is no verdict', { retryAfterMs, cause });
  }
}
