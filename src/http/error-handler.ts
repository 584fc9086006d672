// Every failure of a request becomes one reply: a sentence, a code, and nothing of our inside.
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { ErrorReply } from '../contract.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import { StorageError } from '../storage/storage.ts';
import { idOf } from './guards.ts';

/** Codes of body-parser and Express, as ours. */
const FOREIGN: Record<number, [ErrorCode, string]> = {
  400: ['invalid_request', 'The request could not be read.'],
  413: ['too_large', 'The request is too large.'],
  415: ['unsupported_media_type', 'The request must be JSON in UTF-8.'],
};

export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const known = toServiceError(error);
    if (known.status >= 500) log.error({ err: error, request_id: idOf(req, res) }, 'a request failed');
    if (known.code === 'prompt_rejected') logRefusal(log, known, req, res);
    if (res.headersSent) return void res.destroy();
    reply(req, res, known);
  };
}

/** For a service that stands alone: what no route has answered. */
export const unknownRoute: RequestHandler = (_req, _res, next) => {
  next(new ServiceError('not_found', 'There is nothing at this address.'));
};

/** Who, which field and why, but never the words. */
function logRefusal(log: Logger, { details }: ServiceError, req: Request, res: Response): void {
  const refused = details?.map(({ path, message }) => ({ field: path, category: message }));
  log.info({ refused, user_id: res.locals.userId, request_id: idOf(req, res) }, 'a text was refused');
}

function reply(req: Request, res: Response, error: ServiceError): void {
  const body: ErrorReply = {
    error: error.message,
    code: error.code,
    ...(error.details && { details: error.details }),
    // An address that is nobody's, or unreadable, has met no guard that would have given an id.
    request_id: idOf(req, res),
  };
  if (error.retryAfter !== undefined) res.set('Retry-After', String(Math.ceil(error.retryAfter)));
  res.status(error.status).json(body);
}

function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof StorageError) {
    const sentence = 'The picture store cannot be used just now. Please try again in a moment.';
    return new ServiceError('storage_unavailable', sentence, { retryAfter: 10, cause: error });
  }
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  const [code, message] = FOREIGN[status] ?? ['internal', 'Something went wrong on our side. Please try again.'];
  return new ServiceError(code, message, { cause: error });
}
