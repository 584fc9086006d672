// Reads the Idempotency-Key of a request.
import type { Request } from 'express';
import { invalidField } from '../errors.ts';
import type { Idempotency } from '../generation/request.ts';

/** @throws invalid_request when the key is no short plain token */
export function idempotencyOf(req: Request, body: unknown): Idempotency | null {
  const key = req.get('Idempotency-Key');
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]{1,64}$/.test(key)) throw invalidField('Idempotency-Key', 'must be 1 to 64 visible ASCII signs');
  return { key, route: `${req.method} ${req.path.replace(/\/$/, '')}`, body };
}
