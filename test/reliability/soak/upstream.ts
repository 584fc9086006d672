// The near end of the provider that runs in a thread of its own, so that it takes nothing from the time of what is measured here.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Settings } from '../../support/program.ts';
import type { BillLine } from '../audit/evidence.ts';

export interface UpstreamOptions {
  latencyS: [number, number];
  /** Per cent of the calls. */
  faults: number;
  seed: number;
  realPictures: boolean;
}

export interface UpstreamFigures {
  calls: Record<string, number>;
  mischances: number;
  mostInFlight: number;
  /** By call, how many came in the second that had most. */
  busiestSecond: Record<string, number>;
}

/** `endsAt` is when its picture was ready, ms since 1970. */
export type TimedBillLine = BillLine & { endsAt: number };

export type Question = 'figures' | 'bill' | 'running' | 'hold' | 'release';

const THREAD = new URL('./upstream-thread.ts', import.meta.url);

export class Upstream implements AsyncDisposable {
  readonly settings: Settings;
  readonly token: string;
  readonly #worker: Worker;

  private constructor(worker: Worker, { url, outputOrigin, token }: Record<'url' | 'outputOrigin' | 'token', string>) {
    this.#worker = worker;
    this.token = token;
    this.settings = {
      REPLICATE_API_TOKEN: token,
      REPLICATE_BASE_URL: url,
      REPLICATE_OUTPUT_ORIGINS: outputOrigin,
    };
  }

  static async start(options: UpstreamOptions): Promise<Upstream> {
    const worker = new Worker(THREAD, { workerData: options }).setMaxListeners(0);
    const [address] = await once(worker, 'message');
    return new Upstream(worker, address);
  }

  figures = () => this.#ask<UpstreamFigures>('figures');
  bill = () => this.#ask<TimedBillLine[]>('bill');
  /** How many predictions are under way. */
  running = () => this.#ask<number>('running');
  /** From now on predictions do not end. */
  hold = () => this.#ask<void>('hold');
  release = () => this.#ask<void>('release');

  async #ask<T>(question: Question): Promise<T> {
    this.#worker.postMessage(question);
    for (;;) {
      const [reply] = await once(this.#worker, 'message');
      if (reply.question === question) return reply.answer;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
