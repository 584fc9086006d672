// npm run fuzz: the whole of what `npm test` sends a tenth of; the figures go into test/results.
//
//   npm run fuzz -- [--share 0.1] [--seed 7] [--no-report]
//
// Exits 1 when anything was answered as it must not be.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type Part,
  sendBodies,
  sendEndings,
  sendPaths,
  sendPictures,
  sendRawBytes,
  sendUrls,
  sendWebhooks,
  WHOLE,
} from './parts.ts';
import { openFuzzWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    share: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'no-report': { type: 'boolean', default: false },
  },
});
const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));
const GROWTH_MB = 120;
const seed = Number(values.seed);
const share = (whole: number) => Math.ceil(whole * Number(values.share));

async function runAll(): Promise<Part[]> {
  await using world = await openFuzzWorld();
  return [
    told(await sendBodies(world, share(WHOLE.bodies), seed)),
    told(await sendPaths(world, share(WHOLE.paths), seed)),
    told(await sendRawBytes(world, share(WHOLE.raw), seed)),
    told(await sendEndings(world, share(WHOLE.endings), seed)),
    told(await sendWebhooks(share(WHOLE.webhooks), seed)),
    told(await sendUrls(share(WHOLE.urls), seed)),
    told(await sendPictures(share(WHOLE.pictures), seed)),
  ];
}

const isGood = ({ faults, grownMb }: Part) => faults.length === 0 && grownMb < GROWTH_MB;

function told(part: Part): Part {
  const { what, sent, faults, longestMs = 0, grownMb, note = '' } = part;
  console.log(
    `${isGood(part) ? 'ok  ' : 'FAIL'} ${what}: ${sent} sent, longest ${longestMs} ms, ${grownMb} MB more. ${note}`,
  );
  for (const fault of faults) console.log(JSON.stringify(fault));
  return part;
}

function line({ what, sent, faults, longestMs = 0, slowest = '', seen = {}, grownMb, note = '' }: Part): string {
  const statuses = Object.entries(seen).map(([status, count]) => `${status}: ${count}`);
  const longest = slowest ? `${longestMs} (\`${slowest}\`)` : longestMs || '';
  return `| ${[what, sent, faults.length, longest, grownMb, [...statuses, note].filter(Boolean).join(', ')].join(' | ')} |`;
}

const began = Date.now();
const parts = await runAll();
const good = parts.every(isGood);
const seconds = Math.round((Date.now() - began) / 1000);
console.log(`${good ? 'all as it must be' : 'NOT as it must be'}, in ${seconds} s, seed ${seed}`);
if (!values['no-report'] && values.share === '1') {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(
    `${FOLDER}${new Date().toISOString().slice(0, 10)}-fuzz.md`,
    [
      '# What nobody should send',
      '',
      `The real program, SQLite, preview and Replicate double; Node ${process.versions.node}; ${seconds} s in all, seed ${seed}.`,
      '',
      '| what | sent | faults | longest, ms | growth, MB | answers |',
      '|---|---|---|---|---|---|',
      ...parts.map(line),
      '',
    ].join('\n'),
  );
}
process.exitCode = good ? 0 : 1;
