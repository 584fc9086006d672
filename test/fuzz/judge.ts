// Tells a right answer to a wrong request from a wrong one: a sentence, a code that fits the status, nothing of the inside, in time.
import { ErrorReply } from '../../src/contract.ts';
import type { FuzzRequest } from './requests.ts';
import type { Answer } from './wire.ts';

const STATUS_OF: Record<string, number> = {
  invalid_request: 400,
  unauthenticated: 401,
  insufficient_credits: 402,
  daily_budget_reached: 402,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  prompt_rejected: 422,
  idempotency_mismatch: 422,
  rate_limited: 429,
  too_many_active: 429,
};
/** Longer than any answer takes on a machine that does much else beside. */
const HANGING_MS = 10_000;
export const INSIDE =
  /node_modules|SQLITE|\bselect .+ from\b|\.[jt]s:\d+|^\s+at |\/src\/|forum\.db|Error:|\bUnexpected token|zod/im;

/** What is wrong with an answer; undefined when it is as it should be. */
export function faultOf(request: FuzzRequest, { status, headers, text, ms }: Answer): string | undefined {
  if (ms > HANGING_MS) return `took ${Math.round(ms)} ms`;
  if (status >= 500) return 'a fault of ours';
  // The pages that show the contract are somebody else's, and speak HTML.
  if (status < 400 || request.method === 'HEAD' || request.path.startsWith('/api/image-docs')) return undefined;
  if (!String(headers['content-type']).startsWith('application/json')) return 'an error that is no JSON';
  const reply = ErrorReply.strict().safeParse(JSON.parse(text));
  if (!reply.success) return `an error of another shape: ${reply.error.message}`;
  const { error, code, request_id } = reply.data;
  if (STATUS_OF[code] !== status) return `code ${code} with status ${status}`;
  if (error.length < 10 || !error.includes(' ')) return 'no sentence';
  if (request_id === '') return 'no request id';
  if (status === 429 && !headers['retry-after']) return 'no Retry-After';
  return INSIDE.test(text) ? 'its inside' : undefined;
}
