// node test/reliability/burst.ts: 1,000 requests of 200 users in 5 s, and fairness in figures; both go into test/results.
// Exits 1 when a bar is missed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { acceptedOf, type BurstOptions, runBurst } from './burst-load.ts';
import { waitsBeside } from './fairness.ts';
import { atMost, type Bar } from './soak/figures.ts';

const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));

/** The service's own limits. */
const FULL: BurstOptions = {
  users: 200,
  each: 5,
  withinMs: 5000,
  maxActivePerUser: 3,
  ratePerMinute: 10,
  maxQueued: 200,
  maxInFlight: 300,
  realPictures: true,
  seed: Date.now() % 100_000,
};
const PICTURES = 20;

const burst = await runBurst(FULL);
const { alone, beside } = await waitsBeside(PICTURES);
const expected = acceptedOf(FULL);
const all = FULL.maxInFlight + expected;
const silent = Object.keys(burst.refused).filter((refusal) => refusal.includes('without'));
const bars: Bar[] = [
  exactly('accepted', burst.accepted, expected),
  exactly('credits held', burst.holds, all),
  exactly('pictures in the end', burst.endings.succeeded ?? 0, all),
  exactly('billed', burst.billed, all),
  exactly('refused without Retry-After', silent.length, 0),
  exactly('violations that the auditor found', burst.violations.length, 0),
  atMost('slowest answer', burst.slowest, 1000, 'ms'),
  atMost('wait for one picture beside somebody greedy, times that alone (p95)', beside / alone, 1.5),
];
const text = [
  '# Burst and fairness',
  '',
  `\`node test/reliability/burst.ts\`; Node ${process.versions.node}; seed ${FULL.seed}.`,
  `${FULL.users * FULL.each} requests of ${FULL.users} users within ${FULL.withinMs / 1000} s, while the provider is at work on all` +
    ` ${FULL.maxInFlight} that it may be at work on. Refused: ${JSON.stringify(burst.refused)}.`,
  `One picture takes ${(alone / 1000).toFixed(1)} s alone and ${(beside / 1000).toFixed(1)} s beside a user with a hundred waiting (p95 of ${PICTURES}).`,
  '',
  '| what | found | allowed | |',
  '|---|---|---|---|',
  ...bars.map((bar) => `| ${bar.what} | ${bar.found} | ${bar.allowed} | ${bar.isMet ? 'ok' : 'MISSED'} |`),
  '',
  ...burst.violations.map((violation) => `- ${violation}`),
].join('\n');
console.log(text);
mkdirSync(FOLDER, { recursive: true });
writeFileSync(`${FOLDER}${new Date().toISOString().slice(0, 10)}-burst.md`, text);
process.exitCode = bars.every(({ isMet }) => isMet) ? 0 : 1;

function exactly(what: string, found: number, allowed: number): Bar {
  return { what, found: String(found), allowed: String(allowed), isMet: found === allowed };
}
