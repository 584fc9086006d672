// How many pictures, or previews of them, one user may ask for in a minute.
import type { Request, Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import { ServiceError } from '../errors.ts';

/** @throws rate_limited */
export type RateLimit = (req: Request, res: Response, userId: number) => Promise<void>;

const WINDOW_MS = 60_000;

/**
 * Each counts that is sound in itself, whatever becomes of it: one whose sender hangs up, or that is refused further in, may have
 * cost a question to a judge or to a language model.
 * @param what is asked for, as in "10 pictures a minute"
 */
export function createRateLimit(perMinute: number, what: string): RateLimit {
  const limiter = rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // By user, not by address: behind a forward or a proxy all come from one.
    keyGenerator: (_req, res) => String(res.locals.userId),
    handler: (_req, res, next) => {
      const retryAfter = Number(res.getHeader('Retry-After')) || WINDOW_MS / 1000;
      next(
        new ServiceError('rate_limited', `You can ask for ${perMinute} ${what} a minute. Please wait a moment.`, {
          retryAfter,
        }),
      );
    },
  });
  return (req, res, userId) =>
    new Promise((resolve, reject) => {
      res.locals.userId = userId;
      limiter(req, res, (error?: unknown) => (error ? reject(error) : resolve()));
    });
}
