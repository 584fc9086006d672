// What every request must pass before it reaches a route: an id for the logs, its own site, and JSON where there is a body; and what
// every reply says to browsers.
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { forbidden, ServiceError } from '../errors.ts';

/** Only what concerns our own replies: whether the forum is reached by https alone is the forum's to say. */
export const safeHeaders: RequestHandler = helmet({
  strictTransportSecurity: false,
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
});

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export const requestId: RequestHandler = (req, res, next) => {
  idOf(req, res);
  next();
};

/** The request's id, given when it is first asked for. A proxy's is taken over when it is a plain one: one id in all logs. */
export function idOf(req: Request, res: Response): string {
  if (typeof res.locals.requestId === 'string') return res.locals.requestId;
  const given = req.get('X-Request-Id');
  const id = given && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
  res.locals.requestId = id;
  res.set('X-Request-Id', id);
  return id;
}

/**
 * Refuses changes that a browser says come from another site: the cookie would go along with them. A request that says
 * nothing of its origin is no browser's (curl, a server) and passes.
 * @param publicUrl the forum's own address, for a proxy that does not pass the Host header on
 */
export function sameSiteOnly(publicUrl: string | undefined): RequestHandler {
  const ownHost = publicUrl && new URL(publicUrl).host;
  return (req, _res, next) => {
    if (SAFE_METHODS.has(req.method) || !isForeign(req, ownHost)) return next();
    next(forbidden('This request comes from another site.'));
  };
}

function isForeign(req: Request, ownHost: string | undefined): boolean {
  const site = req.get('Sec-Fetch-Site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = req.get('Origin');
  if (origin === undefined) return false;
  const host = URL.canParse(origin) ? new URL(origin).host : null; // "null" and junk are nobody's
  return host === null || (host !== req.get('Host') && host !== ownHost);
}

/** A body must be JSON and say so: other types can be sent by a plain form of any site. */
export const jsonOnly: RequestHandler = (req, _res, next) => {
  const hasBody = Number(req.get('Content-Length') ?? 0) > 0 || req.get('Transfer-Encoding') !== undefined;
  if (SAFE_METHODS.has(req.method) || !hasBody || req.is('application/json')) return next();
  next(new ServiceError('unsupported_media_type', 'The body must be sent as Content-Type: application/json.'));
};
