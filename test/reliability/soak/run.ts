// A soak: the real program under a steady load for a while, perhaps with faults and kills, then all of it counted and audited.
import { setTimeout as sleep } from 'node:timers/promises';
import { generator } from '../../support/random.ts';
import { Crowd } from './crowd.ts';
import {
  growthOf,
  latencies,
  type MemoryGrowth,
  type MemoryTenth,
  type Spread,
  spreadOf,
  tenthsOf,
} from './figures.ts';
import type { SoakOptions } from './options.ts';
import type { Sample } from './probe.ts';
import { Stage } from './stage.ts';
import type { UpstreamFigures } from './upstream.ts';

export interface SoakResult {
  options: SoakOptions;
  seconds: number;
  kills: number;
  /** How many pictures ended in which way: a status, or the code of an error. */
  endings: Record<string, number>;
  asked: number;
  lost: number;
  refused: number;
  posts: Spread;
  gets: Spread;
  /** From the provider's last step until the picture is there to be seen, ms. */
  ready: Spread;
  eventStreams: number;
  brokenOff: number;
  violations: string[];
  faults: string[];
  upstream: UpstreamFigures;
  process: ProcessFigures;
}

export interface ProcessFigures {
  /** MB. */
  rssStart: number;
  rssMax: number;
  rssEnd: number;
  tenths: MemoryTenth[];
  growth: MemoryGrowth;
  delayP99: number;
  delayMax: number;
  /** Of one core, while there was load. */
  cpuPercent: number;
  /** Idle before the load, and idle after it. */
  fds: [number, number];
  timers: [number, number];
}

/** Until the probe has seen the idle program, and after all of it until connections that are kept alive have gone. */
const BEFORE_MS = 6000;
const AFTER_MS = 8000;
/** A picture whose request got lost is sent again after three minutes, and may take a minute. */
const LAST_ENDINGS_MS = 8 * 60_000;
const DEAD_MS = 1000;

export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const began = Date.now();
  await using stage = await Stage.open(options);
  const crowd = new Crowd(stage, options);
  await stage.start();
  await sleep(BEFORE_MS);
  const load = crowd.come(options.minutes * 60_000);
  const kills = await killUntil(load, stage, options);
  const loadEnded = Date.now();
  const allEnded = await crowd.waitForAll(LAST_ENDINGS_MS);
  await sleep(AFTER_MS);
  const samples = stage.samples();
  const code = await stage.end('SIGTERM');
  const faults = [
    ...crowd.faults,
    ...canceledByNobody(stage, crowd),
    ...(allEnded ? [] : ['not everything has ended']),
    ...(code === 0 ? [] : [`told to stop, it ended with ${code}`]),
    ...(kills === 0 && crowd.brokenOff > 0 ? [`${crowd.brokenOff} requests were not answered`] : []),
  ];
  return {
    options,
    kills,
    faults,
    seconds: (Date.now() - began) / 1000,
    ...(await counted(stage, crowd)),
    posts: latencies(crowd.posts),
    gets: latencies(crowd.gets),
    refused: crowd.posts.filter(({ status }) => status === 429).length,
    eventStreams: crowd.eventStreams,
    brokenOff: crowd.brokenOff,
    violations: await stage.audit(),
    upstream: await stage.upstream.figures(),
    process: processFigures(samples, finishedAt(stage), loadEnded),
  };
}

/** Kills it every now and then for as long as there is load. @returns how often */
async function killUntil(load: Promise<void>, stage: Stage, { killEveryMs, seed }: SoakOptions): Promise<number> {
  const random = generator(seed + 1);
  const over = load.then(() => true);
  let kills = 0;
  while (killEveryMs !== null) {
    const pause = sleep(killEveryMs * (0.75 + random() / 2)).then(() => false);
    if (await Promise.race([over, pause])) break;
    await stage.end('SIGKILL');
    await sleep(DEAD_MS);
    await stage.start();
    kills += 1;
  }
  await load;
  return kills;
}

interface EndedRow {
  id: string;
  status: string;
  error_code: string | null;
  finished_at: string | null;
  prediction_id: string | null;
}

const OVER = new Set(['succeeded', 'failed', 'canceled', 'needs_review']);

/** What was accepted and has no end, or is not there at all, is lost; and so is what had to be given up as lost. */
async function counted(stage: Stage, crowd: Crowd) {
  const rows = endedRows(stage);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const isLost = (row: EndedRow | undefined) => !row || !OVER.has(row.status) || row.status === 'needs_review';
  const endings = Object.groupBy(rows, ({ status, error_code }) => error_code ?? status);
  const endsAt = new Map((await stage.upstream.bill()).map((line) => [line.id, line.endsAt]));
  const ready = rows
    .filter(({ status }) => status === 'succeeded')
    .map((row) => Date.parse(row.finished_at ?? '') - (endsAt.get(row.prediction_id ?? '') ?? 0));
  return {
    asked: crowd.pictures.length,
    lost: crowd.pictures.filter(({ id }) => isLost(byId.get(id))).length,
    endings: Object.fromEntries(Object.entries(endings).map(([ending, those = []]) => [ending, those.length])),
    ready: spreadOf(ready),
  };
}

function canceledByNobody(stage: Stage, crowd: Crowd): string[] {
  const wanted = new Set(crowd.pictures.filter(({ wasGivenUp }) => wasGivenUp).map(({ id }) => id));
  const canceled = endedRows(stage).filter(({ id, status }) => status === 'canceled' && !wanted.has(id));
  return canceled.map(({ id }) => `${id}: canceled by nobody`);
}

function endedRows(stage: Stage): EndedRow[] {
  return stage.sql('SELECT id, status, error_code, finished_at, prediction_id FROM image_generations');
}

function finishedAt(stage: Stage): number[] {
  const finished = endedRows(stage).filter(({ status }) => status === 'succeeded');
  return finished.map(({ finished_at }) => Date.parse(finished_at ?? ''));
}

function processFigures(samples: Sample[], finished: number[], loadEnded: number): ProcessFigures {
  const [first, last] = [samples.at(0), samples.at(-1)];
  const underLoad = samples.filter(({ at }) => at < loadEnded);
  const max = (of: 'rss' | 'delayP99' | 'delayMax') => Math.max(0, ...samples.map((sample) => sample[of]));
  const [from, to] = [underLoad.at(0), underLoad.at(-1)];
  return {
    rssStart: first?.rss ?? 0,
    rssMax: max('rss'),
    rssEnd: last?.rss ?? 0,
    growth: growthOf(underLoad, finished),
    tenths: tenthsOf(underLoad),
    delayP99: max('delayP99'),
    delayMax: max('delayMax'),
    cpuPercent: from && to ? (100_000 * cpuOf(underLoad)) / (to.at - from.at) : 0,
    fds: [first?.fds ?? 0, last?.fds ?? 0],
    timers: [first?.timers ?? 0, last?.timers ?? 0],
  };
}

/** Each life counts from nothing. */
function cpuOf(samples: Sample[]): number {
  return samples.reduce((sum, { cpu }, index) => sum + Math.max(0, cpu - (samples[index - 1] ?? { cpu }).cpu), 0);
}
