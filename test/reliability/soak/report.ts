// The figures of a soak beside what they may be, as text and as a verdict.
import { atMost, type Bar, type MemoryTenth, type Spread } from './figures.ts';
import type { SoakResult } from './run.ts';

/** Fewer pictures say nothing about what each leaves behind. */
const ENOUGH_FOR_GROWTH = 1000;
/** Connections that are kept alive come and go. */
const SPARE_HANDLES = 10;

/** The bars of every soak, and those that only hold where nothing was made to fail. */
export function barsOf(result: SoakResult): Bar[] {
  const { process } = result;
  const undisturbed = result.kills === 0 && result.options.faults === 0;
  return [
    atMost('pictures lost', result.lost, 0),
    atMost('violations that the auditor found', result.violations.length, 0),
    atMost('answers that should not have been given', result.faults.length, 0),
    atMost('POST p95', result.posts.p95, 150, 'ms'),
    atMost('POST p99', result.posts.p99, 400, 'ms'),
    atMost('GET p99', result.gets.p99, 50, 'ms'),
    atMost('memory (RSS)', process.rssMax, 512, 'MB'),
    atMost('event loop late, p99', process.delayP99, 50, 'ms'),
    atMost('event loop late, max', process.delayMax, 250, 'ms'),
    atMost('file descriptors more than before', process.fds[1] - process.fds[0], SPARE_HANDLES),
    atMost('timers more than before', process.timers[1] - process.timers[0], SPARE_HANDLES),
    ...(undisturbed ? undisturbedBars(result) : []),
  ];
}

function undisturbedBars(result: SoakResult): Bar[] {
  const { succeeded = 0, canceled = 0 } = result.endings;
  const failed = Object.values(result.endings).reduce((sum, count) => sum + count, 0) - succeeded - canceled;
  const { growth } = result.process;
  const grown = atMost('memory for each 1,000 pictures more', growth.perThousand, 5, 'MB');
  return [
    atMost('pictures that failed though nothing was wrong', failed, 0),
    atMost('picture shown after it was ready, p95', result.ready.p95 / 1000, 5, 's'),
    ...(growth.pictures >= ENOUGH_FOR_GROWTH ? [grown] : []),
  ];
}

export function reportOf(result: SoakResult, bars: Bar[], command: string): string {
  const { options, process } = result;
  return [
    '# Soak',
    '',
    `\`${command}\``,
    '',
    `SQLite, ${options.storage} storage, ${options.wakeUp}; Node ${globalThis.process.versions.node}; ${figure(result.seconds)} s in all;` +
      ` ${options.faults} % of the calls of provider and S3 made to fail (of the provider's ${result.upstream.mischances}); killed ${result.kills} times.`,
    '',
    '| what | found | allowed | |',
    '|---|---|---|---|',
    ...bars.map((bar) => `| ${bar.what} | ${bar.found} | ${bar.allowed} | ${bar.isMet ? 'ok' : 'MISSED'} |`),
    '',
    `Asked for ${result.asked} pictures, ${result.refused} refused for their number; they ended as ${list(result.endings)}.`,
    `Under way at the provider at most ${result.upstream.mostInFlight}; its calls: ${list(result.upstream.calls)};` +
      ` in the busiest second: ${list(result.upstream.busiestSecond)}.`,
    `${result.eventStreams} event streams; ${result.brokenOff} requests broke off with a kill.`,
    '',
    '| ms | number | p50 | p95 | p99 | max |',
    '|---|---|---|---|---|---|',
    spreadLine('POST', result.posts),
    spreadLine('GET', result.gets),
    spreadLine('shown after ready', result.ready),
    '',
    `Memory (RSS): ${figure(process.rssStart)} MB at the start, ${figure(process.rssMax)} at most, ${figure(process.rssEnd)} at the end;` +
      ` after the warm-up ${figure(process.growth.perThousand)} MB for each 1,000 pictures (over ${process.growth.pictures}).`,
    '',
    '| MB in each tenth of the run | RSS | buffers | least of the heap |',
    '|---|---|---|---|',
    ...process.tenths.map(tenthLine),
    '',
    `Processor: ${figure(process.cpuPercent)} % of one core. File descriptors ${process.fds.join(' → ')}, timers ${process.timers.join(' → ')}, idle before and after.`,
    ...problems(result),
    '',
  ].join('\n');
}

function tenthLine({ rss, external, heapFloor }: MemoryTenth, index: number): string {
  return `| ${index + 1} | ${figure(rss)} | ${figure(external)} | ${figure(heapFloor)} |`;
}

function problems({ violations, faults }: SoakResult): string[] {
  const all = [...violations, ...faults];
  return all.length === 0 ? [] : ['', ...all.slice(0, 50).map((problem) => `- ${problem}`)];
}

function spreadLine(name: string, { count, p50, p95, p99, max }: Spread): string {
  return `| ${name} | ${count} | ${[p50, p95, p99, max].map(figure).join(' | ')} |`;
}

const figure = (value: number) => value.toFixed(value < 10 ? 1 : 0);
const list = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
