// npm run kill-matrix: every point of the matrix, once and twice in a row, for each way to wake up, and kills at random moments;
// the figures go into test/results.
//
//   npm run kill-matrix -- [--only K5,K6] [--wake-up polling|webhook|both] [--storage disk|s3] [--random 1000] [--seed 1]
//                          [--parallel 4] [--no-report]
//
// --random N kills N times, in rows of at most 50 with a seed each, counted up from --seed, the ways to wake up in turn.
// `--only none` leaves the matrix out.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type S3Server, startS3 } from '../support/s3-server.ts';
import { type CellResult, runCell } from './cell.ts';
import { inParallel } from './in-parallel.ts';
import { report } from './kill-matrix-report.ts';
import { NOT_YET, POINTS, type Point } from './points.ts';
import { type RandomResult, runRandomKills } from './random-kills.ts';
import { WAKE_UPS, type WakeUp } from './world.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    storage: { type: 'string', default: 'disk' },
    'wake-up': { type: 'string', default: 'both' },
    random: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    parallel: { type: 'string', default: '4' },
    'no-report': { type: 'boolean', default: false },
  },
});
/** Kills on one database. */
const ROW = 50;
const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));
const wakeUps = (Object.keys(WAKE_UPS) as WakeUp[]).filter((one) => ['both', one].includes(values['wake-up']));
if (wakeUps.length === 0) throw new Error(`no such way to wake up: ${values['wake-up']}`);

async function main(): Promise<void> {
  const began = Date.now();
  const s3 = values.storage === 's3' ? await startS3() : undefined;
  console.log(`storage ${values.storage}, wake-up ${values['wake-up']}, seed ${values.seed}`);
  // The rows first, which take the longest.
  const work: (() => Promise<CellResult | RandomResult>)[] = [...randomRows(s3), ...cellsToRun(s3)];
  const results = await Promise.all(inParallel(Number(values.parallel), work));
  await s3?.stop();
  const text = report(results, {
    setting: `SQLite, ${values.storage} storage; Node ${process.versions.node}; seed ${values.seed}`,
    ms: Date.now() - began,
    absent: [
      ...Object.entries(NOT_YET),
      ...POINTS.map((point) => [point.id, whyNot(point)] as [string, string | undefined]),
    ],
  });
  console.log(text);
  if (!values['no-report']) writeReport(text);
  process.exitCode = results.every(({ faults }) => faults.length === 0) ? 0 : 1;
}

function cellsToRun(s3: S3Server | undefined): (() => Promise<CellResult>)[] {
  const only = values.only?.split(',');
  const points = POINTS.filter((point) => (!only || only.includes(point.id)) && !whyNot(point));
  const cells = wakeUps.flatMap((wakeUp) =>
    points.filter((point) => !point.wakeUp || point.wakeUp === wakeUp).map((point) => ({ wakeUp, point })),
  );
  return cells.flatMap(({ wakeUp, point }) => [1, 2].map((times) => () => told(runCell(point, { wakeUp, s3, times }))));
}

/** Why a point has no cell in this run, where it has none. */
function whyNot({ storage, wakeUp }: Point): string | undefined {
  if (storage && storage !== values.storage) return `on ${storage} only`;
  return wakeUp && !wakeUps.includes(wakeUp) ? `with ${wakeUp} only` : undefined;
}

function randomRows(s3: S3Server | undefined): (() => Promise<RandomResult>)[] {
  const kills = Number(values.random);
  const rows = kills === 0 ? 0 : wakeUps.length * Math.ceil(kills / ROW / wakeUps.length);
  return Array.from({ length: rows }, (_, index) => () => {
    const rounds = Math.floor(kills / rows) + (index < kills % rows ? 1 : 0);
    const wakeUp = wakeUps[index % wakeUps.length];
    return told(runRandomKills({ wakeUp, s3, rounds, seed: Number(values.seed) + index }));
  });
}

async function told<T extends { faults: string[] }>(run: Promise<T>): Promise<T> {
  const result = await run;
  console.log(JSON.stringify(result));
  return result;
}

function writeReport(text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  const part = values.storage === 'disk' ? '' : `-${values.storage}`;
  writeFileSync(`${FOLDER}${new Date().toISOString().slice(0, 10)}-kill-matrix${part}.md`, text);
}

await main();
