// The report of a kill matrix, in Markdown: a table of its cells and one of its random kills for each way to wake up.
import type { CellResult } from './cell.ts';
import { POINTS } from './points.ts';
import type { RandomResult } from './random-kills.ts';
import type { WakeUp } from './world.ts';

type Result = CellResult | RandomResult;

export interface Run {
  /** What all results have in common, in a few words. */
  setting: string;
  ms: number;
  /** Points without a cell, and why; undefined for those that have one. */
  absent: [id: string, why: string | undefined][];
}

export function report(results: Result[], { setting, ms, absent }: Run): string {
  const faults = results.flatMap((result) => result.faults.map((fault) => `- ${nameOf(result)}: ${fault}`));
  const byWakeUp = Map.groupBy(results, ({ wakeUp }) => wakeUp);
  return [
    '# Kill matrix',
    '',
    `${setting}; ${seconds(ms)} s in all.`,
    '',
    ...[...byWakeUp].map(([wakeUp, some]) => `- ${wakeUp}: ${summary(some)}`),
    '',
    ...[...byWakeUp].flatMap(([wakeUp, some]) => section(wakeUp, some)),
    ...(faults.length > 0 ? ['## Violations', '', ...faults, ''] : []),
    '## Without a cell',
    '',
    ...absent.flatMap(([id, why]) => (why ? [`- ${id}: ${why}`] : [])),
    '',
  ].join('\n');
}

function summary(results: Result[]): string {
  const cells = cellsOf(results);
  const rows = rowsOf(results);
  const sum = (of: (row: RandomResult) => number) => rows.reduce((total, row) => total + of(row), 0);
  return [
    `${cells.filter(({ faults }) => faults.length === 0).length} of ${cells.length} cells without a violation`,
    `${sum(({ kills }) => kills)} random kills with ${sum(({ generations }) => generations)} generations`,
    `${sum(({ billed }) => billed)} billed`,
    `${sum(({ pictures }) => pictures)} pictures`,
    `${sum(({ faults }) => faults.length)} violations`,
  ].join(', ');
}

function section(wakeUp: WakeUp, results: Result[]): string[] {
  const cells = cellsOf(results);
  const rows = rowsOf(results);
  return [
    `## Woken by ${wakeUp}`,
    '',
    ...(cells.length > 0 ? [...table(CELL, cells.map(cellLine)), 'Twice in a row is K28.', ''] : []),
    ...(rows.length > 0 ? table(ROW, rows.map(rowLine)) : []),
  ];
}

const FIGURES = ['generations', 'billed', 'woken by a webhook', 'all ended after (s)', ''];
const CELL = ['point', 'the program dies when', 'times', ...FIGURES];
const ROW = ['seed', 'kills', 'pictures', 'lost twice', ...FIGURES];

function cellLine(cell: CellResult): unknown[] {
  const what = POINTS.find(({ id }) => id === cell.point)?.what;
  return [cell.point, what, cell.times, ...figures(cell)];
}

function rowLine(row: RandomResult): unknown[] {
  return [row.seed, row.kills, row.pictures, row.lostTwice, ...figures(row)];
}

function figures({ wakeUp, generations, billed, woken, recoveredMs, faults }: Result): unknown[] {
  const verdict = faults.length === 0 ? 'ok' : `${faults.length} violations`;
  return [generations, billed, wakeUp === 'webhook' ? woken : '–', seconds(recoveredMs), verdict];
}

function table(head: string[], lines: unknown[][]): string[] {
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).concat('');
}

const cellsOf = (results: Result[]) => results.filter((result) => 'point' in result);
const rowsOf = (results: Result[]) => results.filter((result) => 'kills' in result);
const nameOf = (result: Result) =>
  `${result.wakeUp}, ${'point' in result ? `${result.point} × ${result.times}` : `seed ${result.seed}`}`;
const seconds = (ms: number) => (ms / 1000).toFixed(1);
