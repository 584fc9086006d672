// Tells a message of a webhook's sender from everybody else's, by the rules of Standard Webhooks (standardwebhooks.com).
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the sender's clock and ours may differ; older messages may be somebody's recording. */
const TOLERANCE_S = 300;

/** The three headers as they came, and the body byte for byte. */
export interface Message {
  id: string | undefined;
  timestamp: string | undefined;
  signatures: string | undefined;
  body: Buffer;
}

/**
 * @param secret `whsec_` and the key in base64
 * @param now milliseconds since 1970
 */
export function isSigned({ id, timestamp, signatures, body }: Message, secret: string, now = Date.now()): boolean {
  // With a dot in the id, the parts of a recorded message could be cut anew: its body may hold digits between dots.
  if (!id || !/^[^.\s]{1,256}$/.test(id)) return false;
  if (!timestamp || !isRecent(timestamp, now)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  // Several while the sender changes its key. Other versions are other schemes, which nobody has agreed on.
  return (signatures ?? '').split(' ').some((signature) => isSame(signature, `v1,${wanted}`));
}

function isRecent(timestamp: string, now: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(Math.floor(now / 1000) - Number(timestamp)) <= TOLERANCE_S;
}

/** In constant time. The lengths may show: they are the same for every secret. */
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
