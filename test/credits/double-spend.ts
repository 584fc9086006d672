// node test/credits/double-spend.ts [--runs 20] [--rounds 1000]: the races of double-spend.test.ts at length; the figures go into
// test/results. Exits 1 when a credit was spent twice, a hold ended twice, or the books do not add up.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Arena, type Contest, PROCESSES } from './double-spend/arena.ts';
import type { Act } from './double-spend/contestant.ts';

const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));
const CREDITS = 500;
const TRIES = 2000;
const ENDS: [what: string, acts: Act[], withRow: boolean][] = [
  ['settle, void, settle, expiry of one hold', ['settle', 'void', 'settle', 'expire'], false],
  ['success, failure, cancel, expiry of one picture', ['succeed', 'fail', 'cancel', 'expire'], true],
];

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, rounds: { type: 'string', default: '1000' } },
});
const faults: string[] = [];
const lines = [
  '# Credits under a race',
  '',
  `\`node test/credits/double-spend.ts\`; Node ${process.versions.node}.`,
  '',
];

for (let run = 1; run <= Number(values.runs); run++) {
  const journalMode = run % 2 === 0 ? 'delete' : 'wal';
  const contest = await spendIn({ journalMode });
  const isExact = contest.granted === CREDITS && contest.holds === CREDITS;
  if (!isExact || contest.errors.length > 0 || contest.faults.length > 0) faults.push(`run ${run}: ${told(contest)}`);
  say(`run ${run} (${journalMode}), ${PROCESSES} processes, ${TRIES} tries, ${CREDITS} credits: ${told(contest)}`);
}
const naive = await spendIn({ journalMode: 'wal', ledger: 'naive' });
say(`a naive ledger instead: ${told(naive)}`);
if (naive.granted <= CREDITS) faults.push('the naive ledger was not caught: this run proves nothing');

for (const [what, acts, withRow] of ENDS) {
  const rounds = Number(values.rounds);
  await using arena = await Arena.open({ credits: rounds + 1 });
  for (let round = 0; round < rounds; round++) faults.push(...(await arena.race(round, acts, withRow)));
  say(`${rounds} rounds of ${what}: ${faults.length === 0 ? 'each ended once' : 'see below'}`);
}
for (const fault of faults) say(`MISSED ${fault}`);
mkdirSync(FOLDER, { recursive: true });
writeFileSync(`${FOLDER}${new Date().toISOString().slice(0, 10)}-double-spend.md`, `${lines.join('\n')}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

function say(line: string): void {
  console.log(line);
  lines.push(`- ${line}`);
}

async function spendIn(options: { journalMode: 'wal' | 'delete'; ledger?: 'naive' }): Promise<Contest> {
  await using arena = await Arena.open({ credits: CREDITS, ...options });
  return await arena.spend(TRIES); // or it would be closed before it has ended
}

function told({ granted, refused, errors, faults: books }: Contest): string {
  return [`${granted} granted, ${refused} refused`, ...errors, ...books].join('; ');
}
