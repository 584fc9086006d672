// Doors to generations: mine, one, its events as they happen, cancel.
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Generation } from '../contract.ts';
import type { Permissions } from '../forum/permissions.ts';
import type { GenerationEvents } from '../generation/events.ts';
import { type Generations, isFinal } from '../generation/generations.ts';
import { cursorText, pageOf, readCursor, toPage } from './cursor.ts';
import { EventStream } from './event-stream.ts';
import { limitText, noContent, ok, type Routes } from './route.ts';

const byId = z.object({ id: z.string().regex(/^[\w-]{1,64}$/, 'is no id of a generation') });
const position = z.tuple([z.string().max(40), z.string().max(64)]);
const tag = 'Generations';

/** How often a watched row is read again for changes of another process, ms. */
const RECHECK_MS = 1500;

export function addGenerationRoutes(
  routes: Routes,
  parts: { generations: Generations; events: GenerationEvents; closing: AbortSignal },
): void {
  const { generations } = parts;

  routes.add({
    method: 'get',
    path: '/generations',
    tag,
    summary: 'My generations, newest first',
    query: z.object({ active: z.enum(['0', '1']).optional(), limit: limitText, cursor: cursorText }),
    replies: { 200: pageOf(Generation) },
    handle: async (permissions, { query }) => {
      const limit = query.limit ?? 30;
      const before = readCursor(query.cursor, position);
      const rows = await generations.list(permissions, { active: query.active === '1', before, limit: limit + 1 });
      return ok(
        toPage(
          rows,
          limit,
          (row) => generations.present(row),
          (row) => [row.created_at, row.id],
        ),
      );
    },
  });

  routes.add({
    method: 'get',
    path: '/generations/:id',
    tag,
    summary: 'One generation',
    params: byId,
    replies: { 200: Generation },
    handle: async (permissions, { params }) => ok(await generations.get(permissions, params.id)),
  });

  routes.add({
    method: 'get',
    path: '/generations/:id/events',
    tag,
    summary: 'Its changes as server-sent events: `event: generation`, the first at once; ends after a final state',
    params: byId,
    replies: { 200: z.string(), 204: null },
    mediaType: 'text/event-stream',
    handle: async (permissions, { params, req }) => {
      const row = await generations.visible(permissions, params.id);
      // To a browser that has had the last event already, 204 says not to come back (HTML standard, 9.2).
      if (isFinal(row) && req.get('Last-Event-ID') === String(row.version)) return noContent();
      return { status: 200, send: (req, res) => follow(req, res, permissions, { id: params.id, ...parts }) };
    },
  });

  routes.add({
    method: 'delete',
    path: '/generations/:id',
    tag,
    summary: 'Cancel a generation',
    params: byId,
    replies: { 200: Generation },
    handle: async (permissions, { params }) => ok(await generations.cancel(permissions, params.id)),
  });
}

interface Watched {
  id: string;
  generations: Generations;
  events: GenerationEvents;
  closing: AbortSignal;
}

/** Sends the row whenever it has changed. A client that comes back starts from the row as it stands, so nothing is missed. */
async function follow(
  req: Request,
  res: Response,
  permissions: Permissions,
  { id, generations, events, closing }: Watched,
): Promise<void> {
  const stream = new EventStream(req, res, closing);
  let sent = 0;
  const update = async () => {
    const row = await generations.newer(permissions, id, sent);
    if (row === undefined) return;
    if (row === 'gone') return stream.end();
    if (row.version > sent) stream.send('generation', generations.present(row), String(row.version));
    sent = Math.max(sent, row.version); // two looks may have been under way
    if (isFinal(row)) stream.end();
  };
  const look = () => void update().catch(() => stream.end());
  const unwatch = events.watch(id, look);
  const timer = setInterval(look, RECHECK_MS);
  stream.onEnd(() => {
    unwatch();
    clearInterval(timer);
  });
  look();
}
