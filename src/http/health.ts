// Doors for whoever watches the service: is it alive, is it ready for work.
import { z } from 'zod';
import type { Routes } from './route.ts';

/** A part of the service by name, and whether it works now; rejects when it does not. */
export type Checks = Record<string, () => Promise<unknown>>;

/** The outside is asked at most this often, however often a load balancer asks us. */
const REUSE_MS = 10_000;
const DEADLINE_MS = 5000;

export function addHealthRoutes(routes: Routes, checks: Checks): void {
  const cheapChecks = Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, reuse(check)]));

  routes.addPublic({
    method: 'get',
    path: '/image-healthz',
    tag: 'Health',
    summary: 'The process is alive',
    replies: { 200: z.object({ status: z.literal('ok') }) },
    handle: () => ({ status: 200, body: { status: 'ok' }, headers: { 'Cache-Control': 'no-store' } }),
  });

  routes.addPublic({
    method: 'get',
    path: '/image-readyz',
    tag: 'Health',
    summary: 'Every part works: database, storage, provider, queue',
    replies: { 200: readiness, 503: readiness },
    handle: async () => {
      const entries = await Promise.all(
        Object.entries(cheapChecks).map(async ([name, check]) => [name, (await check()) ? 'ok' : 'failing']),
      );
      const ready = entries.every(([, state]) => state === 'ok');
      const body = { status: ready ? 'ready' : 'not_ready', checks: Object.fromEntries(entries) };
      return { status: ready ? 200 : 503, body, headers: { 'Cache-Control': 'no-store' } };
    },
  });
}

const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.record(z.string(), z.enum(['ok', 'failing'])),
});

function reuse(check: () => Promise<unknown>): () => Promise<boolean> {
  let last: Promise<boolean> | undefined;
  let until = 0;
  return () => {
    if (!last || Date.now() > until) {
      until = Date.now() + REUSE_MS;
      last = passes(check);
    }
    return last;
  };
}

async function passes(check: () => Promise<unknown>): Promise<boolean> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('took too long')), DEADLINE_MS);
  return Promise.race([check(), late])
    .then(
      () => true,
      () => false,
    )
    .finally(() => clearTimeout(timer));
}
