// The auditor, a program of its own that knows nothing of the service's code: it reads the database, the storage and the
// provider's bill, and says what is not as promised.
//
//   node test/reliability/auditor.ts --db forum.db --disk data/images [--bill bill.json] [--log service.log] [--settled]
//
// In place of --disk: --s3 with the endpoint, region, bucket and keys as JSON. Exits 1 when there is a violation.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type BillLine, type Objects, objectsInBucket, objectsOnDisk, type Rows, readRows } from './audit/evidence.ts';
import { auditBill, auditCredits, auditDeadlines, auditIdempotency } from './audit/money.ts';
import { auditKeys, auditPictures, auditPlaces } from './audit/pictures.ts';

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
  now?: number;
}

/** @returns every violation, in a line that begins with the number of the invariant; none when all is well */
export async function audit(options: AuditOptions): Promise<string[]> {
  const { bill, objects, settled = false, timeoutS = 300, now = Date.now() } = options;
  const keys = await objects.keys(); // before the rows, which name every key before it is used
  const rows = readRows(options.db);
  return [
    ...(bill ? auditBill(rows, bill) : []),
    ...auditCredits(rows),
    ...auditIdempotency(rows),
    ...auditDeadlines(rows, { now, timeoutMs: timeoutS * 1000, settled }),
    ...auditPlaces(rows),
    ...(await allOf(auditKeys(rows, objects, keys, settled))),
    ...(await allOf(auditPictures(rows, objects))),
    ...(options.log === undefined ? [] : auditLog(options.log, options.secrets ?? [], rows)),
  ];
}

async function allOf(violations: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const violation of violations) all.push(violation);
  return all;
}

/** I8 no secret, cookie or prompt in the log. */
function* auditLog(log: string, secrets: string[], { generations }: Rows): Generator<string> {
  for (const secret of secrets) if (log.includes(secret)) yield `I8 a secret is in the log: ${secret.slice(0, 3)}…`;
  const cookie = /\beyJ[\w-]{10,}\.[\w-]+\.[\w-]+/.exec(log);
  if (cookie) yield 'I8 a login token is in the log';
  for (const { id, recipe } of generations) {
    const { prompt, scene } = JSON.parse(recipe) as { prompt: string; scene: string };
    const told = [prompt, scene].filter((text) => text.length > 8 && log.includes(text));
    if (told.length > 0) yield `I8 ${id}: its words are in the log`;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      db: { type: 'string' },
      disk: { type: 'string' },
      s3: { type: 'string' },
      bill: { type: 'string' },
      log: { type: 'string' },
      secret: { type: 'string', multiple: true },
      settled: { type: 'boolean' },
      'timeout-s': { type: 'string' },
    },
  });
  if (!values.db || !(values.disk || values.s3)) throw new Error('--db and --disk (or --s3) are needed');
  const violations = await audit({
    db: values.db,
    objects: values.disk ? objectsOnDisk(values.disk) : objectsInBucket(JSON.parse(values.s3 ?? '')),
    bill: values.bill ? (JSON.parse(readFileSync(values.bill, 'utf8')) as BillLine[]) : undefined,
    log: values.log ? readFileSync(values.log, 'utf8') : undefined,
    secrets: values.secret,
    settled: values.settled,
    timeoutS: values['timeout-s'] ? Number(values['timeout-s']) : undefined,
  });
  for (const violation of violations) console.log(violation);
  console.log(violations.length === 0 ? 'No violations.' : `${violations.length} violations.`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

if (import.meta.main) await main();
