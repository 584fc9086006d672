// npm run security: starts the real program among enemies and tries it from outside, line by line: what was tried, what was expected, what came.
//
//   npm run security -- [--only part of a topic]
//
// Exits 1 when anything came that was not expected.
import { parseArgs } from 'node:util';
import type { Result } from './check.ts';
import { tryAll } from './table.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });

function row({ topic, tried, expected, came, passed }: Result): string {
  const cells = [passed ? 'ok  ' : 'FAIL', topic, printable(tried), expected];
  return [...cells, passed ? '' : `came: ${printable(came)}`].filter(Boolean).join(' | ');
}

/** On one line, with what is no plain letter written out. */
function printable(text: string): string {
  return JSON.stringify(text).slice(1, -1).slice(0, 200);
}

const results = await tryAll(
  ({ topic }) => topic.includes(values.only),
  (some) => console.log(some.map(row).join('\n')),
);
const failed = results.filter(({ passed }) => !passed);
if (failed.length > 0) console.log(`\n${failed.map(row).join('\n')}`);
console.log(`\n${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 || results.length === 0 ? 1 : 0;
