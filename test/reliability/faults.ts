// npm run faults: whatever can go wrong upstream, case by case through the whole service; the table goes into test/results.
//
//   npm run faults -- [--only substring] [--parallel 8] [--no-report]
//
// `--only` is looked for in "kind: name". Exits 1 when anything is not as it must be.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CaseResult, type FaultCase, type Kind, runCase } from './faults/case.ts';
import { TABLE } from './faults/table.ts';
import { inParallel } from './in-parallel.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    parallel: { type: 'string', default: '8' },
    'no-report': { type: 'boolean', default: false },
  },
});
const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));

async function main(): Promise<void> {
  const began = Date.now();
  const chosen = TABLE.flatMap((kind) => kind.cases.map((one) => ({ kind, one }))).filter(isChosen);
  const work = chosen.map(
    ({ kind, one }) =>
      () =>
        runCase(kind, one).then(told),
  );
  const results = await Promise.all(inParallel(Number(values.parallel), work));
  const text = report(results, Date.now() - began);
  const good = results.filter(({ deviations }) => deviations.length === 0).length;
  console.log(`${good} of ${results.length} as they must be, in ${seconds(Date.now() - began)} s`);
  if (!values['no-report'] && !values.only) writeReport(text);
  process.exitCode = good === results.length && good > 0 ? 0 : 1;
}

function isChosen({ kind, one }: { kind: Kind; one: FaultCase }): boolean {
  return `${kind.kind}: ${one.name}`.includes(values.only);
}

function told(result: CaseResult): CaseResult {
  const { kind, name, deviations, ms } = result;
  const verdict = deviations.length === 0 ? 'ok' : `WRONG\n    ${deviations.join('\n    ')}`;
  console.log(`${seconds(ms).padStart(5)} s  ${kind}: ${name}  ${verdict}`);
  return result;
}

function report(results: CaseResult[], ms: number): string {
  const wrong = results.filter(({ deviations }) => deviations.length > 0);
  return [
    '# Upstream faults',
    '',
    `SQLite, S3 double, Replicate double; Node ${process.versions.node}; ${seconds(ms)} s in all, ${values.parallel} at a time.`,
    `Cases: ${results.length - wrong.length} of ${results.length} as they must be, each with a clean audit and nothing of the inside told.`,
    '',
    '| | fault | state | code | charged | POSTs | billed | objects | tries | ms | |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...results.map(line),
    '',
    'Tries: requests of the kind that went wrong; for output, picture and webhook, downloads; for sqlite, POSTs.',
    '',
    ...(wrong.length > 0 ? ['## Not as they must be', ''] : []),
    ...wrong.flatMap(({ kind, name, deviations }) => deviations.map((deviation) => `- ${kind}: ${name}: ${deviation}`)),
  ].join('\n');
}

function line({ kind, name, got, deviations, ms }: CaseResult): string {
  const { state, code, charged, posts, billed, objects, tries } = got;
  const verdict = deviations.length === 0 ? 'ok' : 'wrong';
  const cells = [kind, name, state, code ?? '', charged, posts, billed, objects, tries, ms, verdict];
  return `| ${cells.join(' | ')} |`;
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);

function writeReport(text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}${new Date().toISOString().slice(0, 10)}-faults.md`, text);
}

await main();
