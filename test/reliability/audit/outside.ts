// The auditor on the outside: whom the service believes, whom it asks for pictures, and that the forum's own tables are left alone.
import { createHmac } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';
import { type FetchLine, reading, type WebhookLine } from './evidence.ts';

const TOLERANCE_MS = 5 * 60_000;

/** I13 a webhook is believed only when it is signed with the secret, and at most five minutes away from our time. */
export function* auditWebhooks(lines: WebhookLine[], secret: string): Generator<string> {
  for (const line of lines) {
    if (line.status === null || line.status >= 300) continue;
    const id = line.headers['webhook-id'] ?? 'without an id';
    const at = Number(line.headers['webhook-timestamp']) * 1000;
    if (!isSigned(line, secret)) yield `I13 webhook ${id}: taken without a valid signature`;
    if (!(Math.abs(line.sentAt - at) <= TOLERANCE_MS)) yield `I13 webhook ${id}: taken with a time that is not ours`;
  }
}

function isSigned({ headers, body }: WebhookLine, secret: string): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const signature = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return (headers['webhook-signature'] ?? '').split(' ').includes(signature);
}

/** I14 pictures are fetched from the allowed origins alone, and without anything that says who asks. */
export function* auditFetches(lines: FetchLine[], origins: string[]): Generator<string> {
  for (const { origin, authorization } of lines) {
    if (!origins.includes(origin)) yield `I14 ${origin}: was asked for a picture`;
    if (authorization !== undefined) yield `I14 ${origin}: was told a token with the request for a picture`;
  }
}

/** Tables that the forum has agreed to share. */
const SHARED = ['character_profiles', 'post_images'];

/**
 * I15 what was in the forum's file before the service came is there unchanged, in structure and in rows.
 * @param before path of a copy made then; the forum itself has written nothing since
 */
export function* auditForum(path: string, before: string): Generator<string> {
  const then = reading(before, tablesOf);
  const now = reading(path, tablesOf);
  for (const [name, { structure, rows }] of then) {
    const today = now.get(name);
    if (!today) yield `I15 ${name}: is gone`;
    else if (today.structure !== structure) yield `I15 ${name}: has another structure than the forum gave it`;
    else if (today.rows !== rows) yield `I15 ${name}: has other rows than the forum wrote`;
  }
}

/** Of each table of the forum's own, its SQL with that of its indexes and triggers, and its rows. */
function tablesOf(db: BetterSqlite3.Database): Map<string, { structure: string; rows: string }> {
  const names = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .pluck()
    .all() as string[];
  const own = names.filter((name) => !name.startsWith('image_') && !SHARED.includes(name));
  const parts = db.prepare('SELECT sql FROM sqlite_master WHERE tbl_name = ? ORDER BY name').pluck();
  return new Map(
    own.map((name) => {
      const rows = db.prepare(`SELECT * FROM "${name}" ORDER BY rowid`).all();
      return [name, { structure: JSON.stringify(parts.all(name)), rows: JSON.stringify(rows) }];
    }),
  );
}
