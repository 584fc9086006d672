// The figures for whoever watches the service: counted since the start in this process, and read from the database when asked for.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { lastSweepReport } from '../database/broken-files.ts';
import {
  costSince,
  countSpooled,
  generationsByStatus,
  oldestUnfetched,
  oldestUnfinished,
  openHolds,
  trainingsByStatus,
} from '../database/gauges.ts';
import type { Db } from '../database/open.ts';
import { countBroken } from '../database/stored-objects.ts';
import type { OrphanReport } from '../generation/orphan-report.ts';

export interface MetricsParts {
  db: Db;
  /** Milliseconds until the provider is tried again; 0 when all is well. */
  breaker: { remaining(): number };
  dailyBudgetUsd: number | null;
}

/** Replicate keeps a picture for an hour after it was made; counted from when it was asked for, to be on the safe side. */
const OUTPUT_LIFE_S = 3600;
/** All that there are, since one that is not told cannot be told from 0. */
const ENDS = { succeeded: 0, failed: 0, canceled: 0, needs_review: 0 };
const GENERATIONS = { queued: 0, submitting: 0, generating: 0, storing: 0, ...ENDS };
const TRAININGS = { queued: 0, preparing: 0, submitting: 0, training: 0, storing: 0, ...ENDS };
/** Seconds. A page's request is a hundredth, an event stream minutes. */
const BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300];

/** No label tells of a person or a text: labels are words of ours, of which there are few. */
export class Metrics {
  readonly #parts: MetricsParts;
  /** Its own: the host may have one with the same names. */
  readonly #registry = new Registry();
  readonly #ended: Counter;
  readonly #calls: Counter;
  readonly #requests: Histogram;
  readonly #gauges = new Map<string, Gauge>();
  #watchesProcess = false;

  constructor(parts: MetricsParts) {
    this.#parts = parts;
    const registers = [this.#registry];
    this.#ended = new Counter({
      name: 'forum_images_ended_total',
      help: 'Generations that ended in this process: succeeded, or the code of the failure',
      labelNames: ['outcome'],
      registers,
    });
    this.#calls = new Counter({
      name: 'forum_images_provider_calls_total',
      help: 'Calls to the provider of pictures: submit is the one that is paid, get asks how it stands',
      labelNames: ['call', 'outcome'],
      registers,
    });
    this.#requests = new Histogram({
      name: 'forum_images_http_request_seconds',
      help: 'Requests by route; of an event stream, how long it was open',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS,
      registers,
    });
  }

  ended(outcome: string): void {
    this.#ended.inc({ outcome });
  }

  called(call: string, outcome: string): void {
    this.#calls.inc({ call, outcome });
  }

  /** @param route the pattern, never the address */
  answered(request: { method: string; route: string; status: number }, seconds: number): void {
    this.#requests.observe(request, seconds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** As Prometheus reads it. */
  async text(): Promise<string> {
    this.#watchProcess();
    await this.#readDatabase();
    const isOpen = this.#parts.breaker.remaining() > 0;
    this.#set('breaker_open', '1 while the provider is left alone after failures', Number(isOpen));
    return this.#registry.metrics();
  }

  /** Memory, processor and delays of the event loop, from the first look on: whom nobody asks need not measure itself. */
  #watchProcess(): void {
    if (!this.#watchesProcess) collectDefaultMetrics({ register: this.#registry });
    this.#watchesProcess = true;
  }

  async #readDatabase(): Promise<void> {
    const { db, dailyBudgetUsd } = this.#parts;
    const holds = await openHolds(db);
    const unfetched = secondsSince(await oldestUnfetched(db));
    const oldest = secondsSince(await oldestUnfinished(db));
    this.#setEach('generations', 'Generations', 'status', { ...GENERATIONS, ...(await generationsByStatus(db)) });
    this.#setEach('trainings', 'Trainings', 'status', { ...TRAININGS, ...(await trainingsByStatus(db)) });
    this.#set('oldest_unfinished_seconds', 'Age of the oldest generation that has not ended; 0 for none', oldest);
    this.#set(
      'unfetched_seconds_left',
      'Until a paid picture, not fetched yet, is deleted there',
      OUTPUT_LIFE_S - unfetched,
    );
    this.#set('spooled', 'Finished pictures that wait in the database for the storage', await countSpooled(db));
    this.#set('holds_open', 'Holds of work that is under way', holds.count);
    this.#set(
      'credits_held_without_work',
      'Credits that nothing under way accounts for; 0 when all is well',
      holds.withoutWork,
    );
    this.#set('holds_oldest_seconds', 'Age of the oldest open hold; 0 for none', secondsSince(holds.oldest));
    this.#setEach(
      'cost_usd_today',
      'Cost at the provider, by what came of it',
      'purpose',
      await costSince(db, midnight()),
    );
    if (dailyBudgetUsd !== null) this.#set('budget_usd', 'What may be spent in a day', dailyBudgetUsd);
    this.#set('broken_files', 'Pictures whose objects are missing or changed', await countBroken(db));
    this.#setSweep(await lastSweepReport(db));
  }

  #setSweep(report: string | undefined): void {
    if (!report) return;
    const { objects, orphans, quarantined, failures, braked, error, finished_at } = JSON.parse(report) as OrphanReport;
    const outcome = { braked: Number(braked), broken_off: Number(error !== null) };
    const figures = { objects, orphans, quarantined, failures, ...outcome };
    this.#setEach('sweep', 'The last comparison of the storage with the database', 'figure', figures);
    this.#set('sweep_age_seconds', 'How long ago that was', secondsSince(finished_at));
  }

  #set(name: string, help: string, value: number): void {
    this.#gauge(name, help, []).set(value);
  }

  #setEach(name: string, help: string, label: string, values: Record<string, number>): void {
    const gauge = this.#gauge(name, help, [label]);
    for (const [key, value] of Object.entries(values)) gauge.set({ [label]: key }, value);
  }

  /** Made when it is first told: what there is nothing to say of is left out. */
  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    const known = this.#gauges.get(name);
    if (known) return known;
    const gauge = new Gauge({ name: `forum_images_${name}`, help, labelNames, registers: [this.#registry] });
    this.#gauges.set(name, gauge);
    return gauge;
  }
}

/** Of today, UTC. */
function midnight(): string {
  return `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`;
}

function secondsSince(time: string | null): number {
  return time === null ? 0 : Math.max(0, (Date.now() - new Date(time).getTime()) / 1000);
}
