// The one error family: a machine code, an HTTP status, a sentence fit for a person, and the cause for the log only.

const STATUS = {
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
  internal: 500,
  provider_unavailable: 503,
  storage_unavailable: 503,
  moderation_unavailable: 503,
  shutting_down: 503,
  queue_full: 503,
} as const;

/** Codes of a refused request, as the HTTP contract lists them. */
export type ErrorCode = keyof typeof STATUS;

/** Codes of a generation that ended without a picture. */
export type FailureCode =
  | 'output_rejected'
  | 'taken_down'
  | 'provider_error'
  | 'provider_unavailable'
  | 'timed_out'
  | 'storage_failed'
  | 'canceled'
  | 'needs_review';

/** One faulty field: `path` is dotted, as in `character_ids.0`. */
export interface ErrorDetail {
  path: string;
  message: string;
}

interface ErrorOptions {
  details?: ErrorDetail[];
  /** Seconds after which trying again makes sense; sent as `Retry-After`. */
  retryAfter?: number;
  cause?: unknown;
}

/** A refusal of a request. `message` is shown to people: never put an inside into it. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: ErrorDetail[] | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.status = STATUS[code];
    this.details = options.details;
    this.retryAfter = options.retryAfter;
  }
}

export function notFound(what: string): ServiceError {
  return new ServiceError('not_found', `${what} was not found.`);
}

export function forbidden(message: string): ServiceError {
  return new ServiceError('forbidden', message);
}

export function conflict(message: string): ServiceError {
  return new ServiceError('conflict', message);
}

export function invalidField(path: string, message: string): ServiceError {
  return new ServiceError('invalid_request', `${path}: ${message}`, { details: [{ path, message }] });
}
