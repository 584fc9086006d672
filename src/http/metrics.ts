// The door to the metrics: for a scraper with the token, and for admins; to all others it is not there. And what measures requests.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Metrics } from '../admin/metrics.ts';
import type { Routes } from './route.ts';

const PATH = '/image-metrics';

export interface MetricsDoor {
  metrics: Metrics;
  /** Null: admins alone. */
  token: string | null;
}

/** @param guards as they stand before every route */
export function addMetricsRoute(routes: Routes, guards: RequestHandler[], { metrics, token }: MetricsDoor): void {
  const tell = async (_req: Request, res: Response) => {
    const text = await metrics.text();
    res.set({ 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' }).send(text);
  };
  // A scraper is nobody of the forum's, so it does not come by the login that the route below asks for.
  const scraperOnly: RequestHandler = (req, _res, next) => next(token && hasToken(req, token) ? undefined : 'route');
  routes.router.get(PATH, scraperOnly, ...guards, tell);
  routes.addAdmin({
    method: 'get',
    path: PATH,
    summary: 'Figures for Prometheus; also with METRICS_TOKEN as the bearer',
    replies: { 200: z.string() },
    mediaType: 'text/plain',
    handle: () => ({ status: 200, send: tell }),
  });
}

/** Compared by digests of one length, so that the time it takes tells nothing. */
function hasToken(req: Request, token: string): boolean {
  const [, given] = /^Bearer (\S+)$/i.exec(req.get('Authorization') ?? '') ?? [];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Stands before every route of ours. */
export function measuring(metrics: Metrics): RequestHandler {
  return (req, res, next) => {
    const began = performance.now();
    res.once('close', () => {
      // By its pattern alone: an address holds ids, and there is no end of them.
      const route = typeof req.route?.path === 'string' ? req.route.path : 'other';
      metrics.answered({ method: req.method, route, status: res.statusCode }, (performance.now() - began) / 1000);
    });
    next();
  };
}
