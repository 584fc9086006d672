// Prints how well the gate before spending does, and ends with 1 when a figure is under the bar: npm run moderation-report.
import {
  isHit,
  isRefused,
  isUnderTheBar,
  measure,
  millisecondsPerPrompt,
  rate,
  type Share,
  type Split,
  sharesBy,
} from './evaluation/measure.ts';

const percent = (part: number) => `${(part * 100).toFixed(1)} %`;

function table(title: string, columns: [string, string, string], shares: Share[]): string {
  const width = Math.max(...shares.map(({ name }) => name.length));
  const rows = shares.map(({ name, n, hits }) =>
    [`  ${name.padEnd(width)}`, String(n).padStart(6), String(hits).padStart(8), percent(hits / n).padStart(9)].join(
      '',
    ),
  );
  const head = `  ${title.padEnd(width)}${columns[0].padStart(6)}${columns[1].padStart(8)}${columns[2].padStart(9)}`;
  return [head, ...rows].join('\n');
}

function show({ name, evasions, ordinary }: Split): string {
  const evaded: [string, string, string] = ['n', 'found', 'recall'];
  return [
    `\n${name.toUpperCase()}: ${evasions.length} evasions, ${percent(rate(evasions, isHit))} found; ${ordinary.length} ordinary texts, ${percent(rate(ordinary, isRefused))} refused`,
    table(
      'category',
      evaded,
      sharesBy(evasions, ({ kind }) => kind, isHit),
    ),
    table(
      'disguise',
      evaded,
      sharesBy(evasions, ({ disguise }) => disguise, isHit),
    ),
    table(
      'ordinary texts',
      ['n', 'refused', 'share'],
      sharesBy(ordinary, ({ kind }) => kind, isRefused),
    ),
  ].join('\n\n');
}

const splits = measure();
for (const one of splits) console.log(show(one));
const time = millisecondsPerPrompt(splits.flatMap(({ ordinary }) => ordinary));
console.log(`\n${time.toFixed(2)} ms for a prompt of 1,000 characters`);
const failed = splits.filter(isUnderTheBar).map(({ name }) => name);
console.log(failed.length === 0 ? 'All figures are over the bar.' : `Under the bar: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
