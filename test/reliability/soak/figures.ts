// From what was seen to figures, and from figures to a verdict.
import type { Answered } from './crowd.ts';
import type { Sample } from './probe.ts';

export interface Spread {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

export function latencies(answered: Answered[]): Spread {
  return spreadOf(answered.map(({ ms }) => ms));
}

/** How much of something there is more for each step of x, by least squares. */
export function slopeOf(points: [x: number, y: number][]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const products = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0);
  return products / points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
}

export interface MemoryGrowth {
  /** Pictures that were finished after the warm-up. */
  pictures: number;
  /** MB for each thousand of them. */
  perThousand: number;
}

/** What the process keeps of each picture. The first third of the time is warm-up: until then caches and heap find their size. */
export function growthOf(samples: Sample[], finishedAt: number[]): MemoryGrowth {
  const [first, last] = [samples.at(0)?.at ?? 0, samples.at(-1)?.at ?? 0];
  const warm = samples.filter(({ at }) => at > first + (last - first) / 3);
  const done = (at: number) => finishedAt.filter((time) => time <= at).length;
  const points = warm.map(({ at, rss }): [number, number] => [done(at), rss]);
  return {
    pictures: (points.at(-1)?.[0] ?? 0) - (points.at(0)?.[0] ?? 0),
    perThousand: points.length > 1 ? slopeOf(points) * 1000 : 0,
  };
}

/** A tenth of a run: what memory there was on the average, and the least that the JavaScript heap came down to. */
export interface MemoryTenth {
  rss: number;
  external: number;
  heapFloor: number;
}

/** A leak shows as a floor that rises from tenth to tenth; a heap that only grows with what it may use does not. */
export function tenthsOf(samples: Sample[]): MemoryTenth[] {
  const size = Math.max(1, Math.ceil(samples.length / 10));
  const tenths = Array.from({ length: Math.ceil(samples.length / size) }, (_, index) =>
    samples.slice(index * size, (index + 1) * size),
  );
  return tenths.map((tenth) => ({
    rss: mean(tenth.map(({ rss }) => rss)),
    external: mean(tenth.map(({ external }) => external)),
    heapFloor: Math.min(...tenth.map(({ heap }) => heap)),
  }));
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** One thing that must be so. */
export interface Bar {
  what: string;
  /** As it is shown. */
  found: string;
  allowed: string;
  isMet: boolean;
}

export function atMost(what: string, found: number, allowed: number, unit = ''): Bar {
  const shown = (value: number) => `${Number.isInteger(value) ? value : value.toFixed(1)}${unit && ` ${unit}`}`;
  return { what, found: shown(found), allowed: `≤ ${shown(allowed)}`, isMet: found <= allowed };
}
