// Judges pictures offline, by nsfwjs in a thread of its own: it takes some 50 ms of a core, which no request should wait for.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { type Pixels, samplePicture } from '../imaging/index.ts';
import type { Judge, Verdict } from './judge.ts';
import { verdictByNsfw } from './thresholds.ts';

/** What its models look at, in pixels a side. */
const SIDE = 224;
/** A judgement takes 50 ms; what loads the model first, on a busy machine, takes seconds. */
const DEADLINE_MS = 30_000;

/** What the thread sends back for each question. */
interface Reply {
  id: number;
  scores?: unknown;
  error?: string;
}
const Scores = z.object({ Porn: z.number().min(0).max(1), Hentai: z.number().min(0).max(1) });

/** As compiled, or as it is. */
const beside = (name: string) => new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
const THREAD = beside('nsfwjs-thread');

export interface NsfwOptions {
  /** Module with the `load()` of nsfwjs-engine.ts; tests put another in its place. */
  engine?: URL;
  deadlineMs?: number;
}

export class NsfwJudge implements Judge<Buffer> {
  readonly #engine: URL;
  readonly #deadlineMs: number;
  /** Started with the first question, and anew after it has died. */
  #thread: Worker | undefined;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;

  constructor({ engine = beside('nsfwjs-engine'), deadlineMs = DEADLINE_MS }: NsfwOptions = {}) {
    this.#engine = engine;
    this.#deadlineMs = deadlineMs;
  }

  async judge(picture: Buffer): Promise<Verdict> {
    return verdictByNsfw(Scores.parse(await this.#ask(await samplePicture(picture, SIDE))));
  }

  /** Loads the model, and looks at nothing with it. */
  async check(): Promise<void> {
    const white: Pixels = { data: Buffer.alloc(SIDE * SIDE * 3, 255), width: SIDE, height: SIDE, channels: 3 };
    try {
      Scores.parse(await this.#ask(white));
    } catch {
      const packages = 'nsfwjs @tensorflow/tfjs @tensorflow/tfjs-backend-wasm';
      throw new ConfigError([
        `PICTURE_MODERATION: nsfwjs cannot be loaded here; it needs npm install --no-save ${packages}`,
      ]);
    }
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  async #ask(pixels: Pixels): Promise<unknown> {
    this.#thread ??= this.#start();
    const id = ++this.#asked;
    const answer = Promise.withResolvers<unknown>();
    this.#open.set(id, answer);
    this.#thread.postMessage({ id, pixels });
    // Whatever holds it up, the next picture would wait behind it: a new thread would not.
    const timer = setTimeout(() => void this.close(), this.#deadlineMs);
    return answer.promise.finally(() => clearTimeout(timer));
  }

  #start(): Worker {
    // Its greetings are no lines of our log.
    const thread = new Worker(THREAD, { workerData: { engine: this.#engine.href }, stdout: true, stderr: true });
    thread.unref();
    thread.on('message', (reply: Reply) => this.#answered(reply));
    thread.on('error', (cause: Error) => this.#died(thread, cause));
    thread.on('exit', () => this.#died(thread));
    return thread;
  }

  #answered({ id, scores, error }: Reply): void {
    const answer = this.#open.get(id);
    this.#open.delete(id);
    if (error === undefined) answer?.resolve(scores);
    else answer?.reject(new Error(`nsfwjs: ${error}`));
  }

  #died(thread: Worker, cause?: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const answer of this.#open.values()) answer.reject(new Error('the thread of nsfwjs has ended', { cause }));
    this.#open.clear();
  }
}
