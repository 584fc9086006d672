// Doors to what there is of a user: all of it in one document, and the end of it.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EraseMe, Erasure, UserExport } from '../contract.ts';
import type { Erasures } from '../privacy/erasures.ts';
import type { Exports } from '../privacy/export.ts';
import type { RateLimit } from './rate-limit.ts';
import { accepted, locationOf, ok, type Reply, type Routes } from './route.ts';

export interface PrivacyParts {
  erasures: Erasures;
  exports: Exports;
}

const tag = 'My data';

export function addMyDataRoutes(routes: Routes, { erasures, exports }: PrivacyParts, limit: RateLimit): void {
  routes.add({
    method: 'get',
    path: '/image-export',
    tag,
    summary: 'All that this service has of me, as a file',
    limit,
    replies: { 200: UserExport },
    handle: ({ user }) => exported(exports, user.id),
  });

  routes.add({
    method: 'post',
    path: '/image-erasure',
    tag,
    summary: 'Erase all that this service has of me; posts and the login are the forum’s and stay',
    body: EraseMe,
    limit,
    duringErasure: true,
    replies: { 202: Erasure },
    handle: async ({ user }, { req }) =>
      accepted(await erasures.request(user.id, null), locationOf(req, '/image-erasure')),
  });

  routes.add({
    method: 'get',
    path: '/image-erasure',
    tag,
    summary: 'How far my last erasure has come',
    duringErasure: true,
    replies: { 200: Erasure },
    handle: async ({ user }) => ok(await erasures.of(user.id)),
  });
}

/** A document that is cut short, because something failed or nobody reads on, is no JSON and cannot be taken for whole. */
export function exported(exports: Exports, userId: number): Reply {
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': `attachment; filename="images-of-user-${userId}.json"`,
      'Cache-Control': 'no-store',
    },
    send: async (_req, res) => {
      // Our guards and the pipeline all listen for its end, each once: Node takes more than ten for a leak, and says so.
      res.setMaxListeners(20);
      await pipeline(Readable.from(exports.of(userId)), res).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error; // whoever asked has gone
      });
    },
  };
}
