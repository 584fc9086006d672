// When a row is looked at again, and how old it is.
import type { QueuedRow } from '../database/tables/queue.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
/** How long anything outside may stay away, and a fault of ours unmended. */
export const PATIENCE_MS = 24 * 60 * MINUTE;

/** The last move of a step: when the next one is due, for whichever worker comes then. */
export function due(waitMs: number) {
  return { run_at_ms: Date.now() + Math.round(waitMs), lease_owner: null, lease_until_ms: 0 };
}

/** Doubling from one second to one minute, spread so that many do not come back together. */
export function retry(row: QueuedRow, waitMs?: number) {
  const backoff = Math.min(MINUTE, SECOND * 2 ** row.tries) * (0.75 + Math.random() / 2);
  return { tries: row.tries + 1, ...due(waitMs ?? backoff) };
}

/** Since it was sent, or else asked for, ms. */
export function ageMs(row: QueuedRow): number {
  return Date.now() - Date.parse(row.submitted_at ?? row.created_at);
}
