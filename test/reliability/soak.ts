// npm run soak: the program under a steady load; the figures go into test/results. Exits 1 when a bar is missed.
//
//   npm run soak -- --minutes 30 [--per-second 2] [--latency 5-60] [--faults 5] [--kill-every 3m] [--wake-up polling|webhook]
//                   [--storage disk|s3] [--seed S] [--no-report]
//
// --latency is how long the provider works on a picture, in seconds; --faults how many of a hundred of its calls go wrong.
import { appendFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readOptions } from './soak/options.ts';
import { barsOf, reportOf } from './soak/report.ts';
import { runSoak } from './soak/run.ts';

const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));

const given = process.argv.slice(2);
const options = readOptions(given);
const seed = given.includes('--seed') ? [] : ['--seed', String(options.seed)];
const command = ['npm run soak --', ...given, ...seed].join(' ');
console.log(command);
const result = await runSoak(options);
const bars = barsOf(result);
const text = reportOf(result, bars, command);
console.log(text);
if (options.writesReport) {
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(`${FOLDER}${new Date().toISOString().slice(0, 10)}-soak.md`, text);
}
process.exitCode = bars.every(({ isMet }) => isMet) ? 0 : 1;
