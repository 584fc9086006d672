// The auditor, a program of its own that knows nothing of the service's code: it reads the database, the storage and the
// records of those outside, and says what is not as promised.
//
//   node test/reliability/auditor.ts --db forum.db --disk data/images [--settled] [--timeout-s 300] [--daily-budget-usd 5]
//     [--bill bill.json] [--log service.log --secret …] [--requests requests.json [--calm]] [--before forum-before.db]
//     [--webhooks webhooks.json --webhook-secret whsec_…] [--fetches fetches.json --origin https://… …]
//
// In place of --disk: --s3 with the endpoint, region, bucket and keys as JSON. Exits 1 when there is a violation.
//
// I1 every billed success is a picture that is shown, or has a reason why it is not
// I2 one hold for each generation, one end for each hold; sums that are right and never below zero; a daily budget that is kept
// I3 the storage holds the objects of the rows and no other
// I4 each picture is what its row says, whole, of at most 2048 pixels a side, still, and marked as made by AI; so is its thumbnail
// I5 nothing waits for ever, and what has ended is in nobody's hand
// I6 nothing is sent, and billed, twice
// I7 what has succeeded has both of its objects and its place
// I8 no secret, cookie or prompt is in the log
// I9 one Idempotency-Key of a user on one route stands for one body and leads to the same generations
// I10 nobody is answered with a fault of ours
// I11 nobody is granted what is another's
// I12 nothing is gone that nobody wanted gone
// I13 a webhook is believed only when it is signed with the secret and at most five minutes away from our time
// I14 pictures are fetched from allowed origins alone, and no token goes along
// I15 the forum's own tables are left as they were
// I16 what was taken down is out of everybody's reach
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type BillLine,
  type FetchLine,
  type Objects,
  objectsInBucket,
  objectsOnDisk,
  type RequestLine,
  readRows,
  type WebhookLine,
} from './audit/evidence.ts';
import { auditLog } from './audit/log.ts';
import { auditBill, auditBudget, auditCredits, auditDeadlines, auditIdempotency } from './audit/money.ts';
import { auditFetches, auditForum, auditWebhooks } from './audit/outside.ts';
import { auditKeys, auditPictures, auditPlaces, auditTakedowns } from './audit/pictures.ts';
import { auditAnswers, auditKeyed, auditLosses, auditRights } from './audit/requests.ts';

export interface AuditOptions {
  /** Path of the SQLite file. */
  db: string;
  objects: Objects;
  bill?: BillLine[];
  /** What the service has logged, and what must not be in it besides the prompts: its secrets. */
  log?: string;
  secrets?: string[];
  /** Everything is expected to have ended, and everything marked to have been deleted. */
  settled?: boolean;
  /** GENERATION_TIMEOUT_S of the service. */
  timeoutS?: number;
  /** DAILY_BUDGET_USD of the service. */
  dailyBudgetUsd?: number;
  /** Of all clients, or what is gone seems lost. `calm`: nothing outside the service was out of order meanwhile. */
  requests?: { lines: RequestLine[]; calm: boolean };
  webhooks?: { lines: WebhookLine[]; secret: string };
  /** `origins`: those that pictures may be fetched from. */
  fetches?: { lines: FetchLine[]; origins: string[] };
  /** Path of a copy of the SQLite file from before the service came, when the forum has written nothing since. */
  before?: string;
  now?: number;
}

/** @returns every violation, in a line that begins with the number of the invariant; none when all is well */
export async function audit(options: AuditOptions): Promise<string[]> {
  const { bill, objects, settled = false, timeoutS = 300, now = Date.now() } = options;
  const { requests, webhooks, fetches, before } = options;
  const keys = await objects.keys(); // before the rows, which name every key before it is used
  const rows = readRows(options.db);
  return [
    ...(bill ? auditBill(rows, bill) : []),
    ...auditCredits(rows),
    ...(options.dailyBudgetUsd === undefined ? [] : auditBudget(rows, options.dailyBudgetUsd)),
    ...auditIdempotency(rows),
    ...auditDeadlines(rows, { now, timeoutMs: timeoutS * 1000, settled }),
    ...auditPlaces(rows),
    ...(await allOf(auditKeys(rows, objects, keys, settled))),
    ...(await allOf(auditPictures(rows, objects))),
    ...(await allOf(auditTakedowns(rows, objects, settled))),
    ...(options.log === undefined ? [] : auditLog(options.log, options.secrets ?? [], rows)),
    ...(requests ? auditKeyed(requests.lines) : []),
    ...(requests ? auditAnswers(requests.lines, requests.calm) : []),
    ...(requests ? auditRights(rows, requests.lines) : []),
    ...(requests ? auditLosses(rows, requests.lines) : []),
    ...(webhooks ? auditWebhooks(webhooks.lines, webhooks.secret) : []),
    ...(fetches ? auditFetches(fetches.lines, fetches.origins) : []),
    ...(before ? auditForum(options.db, before) : []),
  ];
}

async function allOf(violations: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const violation of violations) all.push(violation);
  return all;
}

const FLAGS = {
  db: { type: 'string' },
  disk: { type: 'string' },
  s3: { type: 'string' },
  settled: { type: 'boolean' },
  'timeout-s': { type: 'string' },
  'daily-budget-usd': { type: 'string' },
  bill: { type: 'string' },
  log: { type: 'string' },
  secret: { type: 'string', multiple: true },
  requests: { type: 'string' },
  calm: { type: 'boolean', default: false },
  webhooks: { type: 'string' },
  'webhook-secret': { type: 'string', default: '' },
  fetches: { type: 'string' },
  origin: { type: 'string', multiple: true, default: [] as string[] },
  before: { type: 'string' },
} as const;

/** @throws when it is not told where to look */
function optionsOf(args: string[]): AuditOptions {
  const { values } = parseArgs({ args, options: FLAGS });
  if (!values.db || !(values.disk || values.s3)) throw new Error('--db and --disk (or --s3) are needed');
  const number = (text?: string) => (text === undefined ? undefined : Number(text));
  return {
    db: values.db,
    objects: values.disk ? objectsOnDisk(values.disk) : objectsInBucket(JSON.parse(values.s3 ?? '')),
    bill: lines<BillLine>(values.bill),
    log: values.log && readFileSync(values.log, 'utf8'),
    secrets: values.secret,
    settled: values.settled,
    timeoutS: number(values['timeout-s']),
    dailyBudgetUsd: number(values['daily-budget-usd']),
    requests: having(lines<RequestLine>(values.requests), (of) => ({ lines: of, calm: values.calm })),
    webhooks: having(lines<WebhookLine>(values.webhooks), (of) => ({ lines: of, secret: values['webhook-secret'] })),
    fetches: having(lines<FetchLine>(values.fetches), (of) => ({ lines: of, origins: values.origin })),
    before: values.before,
  };
}

/** A file of JSON, when there is one. */
function lines<T>(path: string | undefined): T[] | undefined {
  return path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as T[]);
}

function having<T, U>(value: T | undefined, use: (value: T) => U): U | undefined {
  return value === undefined ? undefined : use(value);
}

async function main(): Promise<void> {
  const violations = await audit(optionsOf(process.argv.slice(2)));
  for (const violation of violations) console.log(violation);
  console.log(violations.length === 0 ? 'No violations.' : `${violations.length} violations.`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

if (import.meta.main) await main();
