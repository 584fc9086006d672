// Loaded into the program before its own code (node --import): writes down once a second what the process costs.
import { appendFileSync, readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Sample {
  /** ms since 1970 */
  at: number;
  /** MB */
  rss: number;
  heap: number;
  /** Buffers, MB: they live outside the heap. */
  external: number;
  /** ms by which the event loop was late in this life so far, without the start, and the longest in the last second. */
  delayP99: number;
  delayMax: number;
  /** User and system time in this life so far, s. */
  cpu: number;
  fds: number;
  timers: number;
}

const EVERY_MS = 1000;
/** Loading the code is no part of the service's life. */
const START_S = 3;
/** How often the loop is looked at; the histogram's values contain it. */
const RESOLUTION_MS = 5;
const MB = 1e6;

const file = process.env.SOAK_PROBE;
if (file) watch(file);

function watch(path: string): void {
  const life = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const second = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let started = false;
  setInterval(() => {
    if (!started && process.uptime() < START_S) return;
    if (!started) {
      started = life.enable() && second.enable();
      return;
    }
    appendFileSync(path, `${JSON.stringify(sample(late(life.percentile(99)), late(second.max)))}\n`);
    second.reset();
  }, EVERY_MS).unref();
}

function sample(delayP99: number, delayMax: number): Sample {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    at: Date.now(),
    rss: rss / MB,
    heap: heapUsed / MB,
    external: external / MB,
    delayP99,
    delayMax,
    cpu: (user + system) / 1e6,
    fds: readdirSync('/proc/self/fd').length,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
  };
}

function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}
