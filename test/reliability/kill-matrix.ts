// npm run kill-matrix: every point of the matrix, once and twice in a row, and kills at random moments; the figures go into
// test/results.
//
//   npm run kill-matrix -- [--only K5,K6] [--storage disk|s3] [--random 1000] [--seed 1] [--parallel 4] [--no-report]
//
// --random N kills N times, in rows of 50 with a seed each, counted up from --seed. `--only none` leaves the matrix out.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startS3 } from '../support/s3-server.ts';
import { type CellResult, runCell } from './cell.ts';
import { inParallel } from './in-parallel.ts';
import { NOT_YET, POINTS } from './points.ts';
import { type RandomResult, runRandomKills } from './random-kills.ts';
import type { WorldOptions } from './world.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    storage: { type: 'string', default: 'disk' },
    'wake-up': { type: 'string', default: 'polling' },
    random: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    parallel: { type: 'string', default: '4' },
    'no-report': { type: 'boolean', default: false },
  },
});
/** Kills on one database. */
const ROW = 50;
const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));

async function main(): Promise<void> {
  const began = Date.now();
  const s3 = values.storage === 's3' ? await startS3() : undefined;
  const options: WorldOptions = { wakeUp: values['wake-up'], s3 };
  console.log(`storage ${values.storage}, wake-up ${options.wakeUp}, seed ${values.seed}`);
  // The rows first, which take the longest.
  const work: (() => Promise<CellResult | RandomResult>)[] = [...randomRows(options), ...cellsToRun(options)];
  const results = await Promise.all(inParallel(Number(values.parallel), work));
  const cells = results.filter((result) => 'point' in result);
  const rows = results.filter((result) => 'kills' in result);
  await s3?.stop();
  const good = [...cells, ...rows].every(({ faults }) => faults.length === 0);
  const text = report(cells, rows, Date.now() - began);
  console.log(text);
  if (!values['no-report']) writeReport(text);
  process.exitCode = good ? 0 : 1;
}

function cellsToRun(options: WorldOptions): (() => Promise<CellResult>)[] {
  const only = values.only?.split(',');
  const points = POINTS.filter(({ id }) => !only || only.includes(id));
  const possible = points.filter(({ storage }) => !storage || storage === values.storage);
  return possible.flatMap((point) => [1, 2].map((times) => () => told(runCell(point, { ...options, times }))));
}

function randomRows(options: WorldOptions): (() => Promise<RandomResult>)[] {
  const kills = Number(values.random);
  return Array.from({ length: Math.ceil(kills / ROW) }, (_, index) => () => {
    const rounds = Math.min(ROW, kills - index * ROW);
    return told(runRandomKills({ ...options, rounds, seed: Number(values.seed) + index }));
  });
}

async function told<T extends { faults: string[] }>(run: Promise<T>): Promise<T> {
  const result = await run;
  console.log(JSON.stringify(result));
  return result;
}

function report(cells: CellResult[], rows: RandomResult[], ms: number): string {
  const sum = (of: (row: RandomResult) => number) => rows.reduce((total, row) => total + of(row), 0);
  const faults = [...cells, ...rows].flatMap((result) => result.faults.map((fault) => `- ${nameOf(result)}: ${fault}`));
  return [
    '# Kill matrix',
    '',
    `SQLite, ${values.storage} storage, ${values['wake-up']}; Node ${process.versions.node}; seed ${values.seed}; ${seconds(ms)} s in all.`,
    `Cells: ${cells.filter((cell) => cell.faults.length === 0).length} of ${cells.length} without a violation.`,
    `Random kills: ${sum(({ kills }) => kills)}, with ${sum(({ generations }) => generations)} generations, ` +
      `${sum(({ billed }) => billed)} billed, ${sum(({ pictures }) => pictures)} pictures, ${sum((row) => row.faults.length)} violations.`,
    '',
    ...(cells.length > 0 ? cellTable(cells) : []),
    ...(rows.length > 0 ? rowTable(rows) : []),
    ...(faults.length > 0 ? ['## Violations', '', ...faults, ''] : []),
    '## Without a cell',
    '',
    ...Object.entries(NOT_YET).map(([id, why]) => `- ${id}: ${why}`),
    ...POINTS.filter(({ storage }) => storage && storage !== values.storage).map(({ id }) => `- ${id}: on disk only`),
    '',
  ].join('\n');
}

function cellTable(cells: CellResult[]): string[] {
  const what = (id: string) => POINTS.find((point) => point.id === id)?.what;
  const line = (cell: CellResult) =>
    `| ${cell.point} | ${what(cell.point)} | ${cell.times} | ${cell.generations} | ${cell.billed} | ${seconds(cell.recoveredMs)} | ${verdict(cell)} |`;
  const head = '| point | the program dies when | times | generations | billed | all ended after (s) | |';
  return [head, '|---|---|---|---|---|---|---|', ...cells.map(line), '', 'Twice in a row is K28.', ''];
}

function rowTable(rows: RandomResult[]): string[] {
  const line = (row: RandomResult) =>
    `| ${row.seed} | ${row.kills} | ${row.generations} | ${row.billed} | ${row.pictures} | ${seconds(row.recoveredMs)} | ${verdict(row)} |`;
  const head = '| seed | kills | generations | billed | pictures | all ended after (s) | |';
  return [head, '|---|---|---|---|---|---|---|', ...rows.map(line), ''];
}

const verdict = ({ faults }: { faults: string[] }) => (faults.length === 0 ? 'ok' : `${faults.length} violations`);
const nameOf = (result: CellResult | RandomResult) =>
  'point' in result ? `${result.point} × ${result.times}` : `seed ${result.seed}`;
const seconds = (ms: number) => (ms / 1000).toFixed(1);

function writeReport(text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  const part = values.storage === 'disk' ? '' : `-${values.storage}`;
  writeFileSync(`${FOLDER}${new Date().toISOString().slice(0, 10)}-kill-matrix${part}.md`, text);
}

await main();
