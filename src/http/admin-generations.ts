// Doors to everybody's generations for admins: look for them, have one made again, say that one was looked into.
import { z } from 'zod';
import type { GenerationDesk } from '../admin/generations.ts';
import { ActReason, AdminGeneration, GENERATION_STATUSES } from '../contract.ts';
import { cursorText, pageOf, readCursor, toPage } from './cursor.ts';
import { accepted, idText, limitText, locationOf, ok, type Routes } from './route.ts';

const PATH = '/image-admin/generations';
const byId = z.object({ id: z.string().regex(/^[\w-]{1,64}$/, 'is no id of a generation') });
const position = z.tuple([z.string().max(40), z.string().max(64)]);

export function addGenerationDeskRoutes(routes: Routes, desk: GenerationDesk): void {
  routes.addAdmin({
    method: 'get',
    path: PATH,
    summary: 'Generations of all users, newest first',
    query: z.object({
      status: z.enum(GENERATION_STATUSES).optional(),
      user_id: idText.optional(),
      game_id: idText.optional(),
      limit: limitText,
      cursor: cursorText,
    }),
    replies: { 200: pageOf(AdminGeneration) },
    handle: async (_permissions, { query }) => {
      const limit = query.limit ?? 30;
      const { status = null, user_id: userId = null, game_id: gameId = null } = query;
      const before = readCursor(query.cursor, position);
      const found = await desk.list({ status, userId, gameId, before, limit: limit + 1 });
      return ok(
        toPage(
          found,
          limit,
          (generation) => generation,
          ({ created_at, id }) => [created_at, id],
        ),
      );
    },
  });

  routes.addAdmin({
    method: 'post',
    path: `${PATH}/:id/retry`,
    summary: 'Makes one that ended without a picture again, for the same user and place, by the same recipe',
    params: byId,
    body: ActReason,
    replies: { 202: AdminGeneration },
    handle: async (permissions, { params, body, req }) => {
      const made = await desk.retry(permissions, params.id, body.reason ?? null);
      return accepted(made, locationOf(req, `/generations/${made.id}`));
    },
  });

  routes.addAdmin({
    method: 'post',
    path: `${PATH}/:id/review`,
    summary: 'Says that a generation in needs_review was looked into: it is a failed one from then on',
    params: byId,
    body: ActReason,
    replies: { 200: AdminGeneration },
    handle: async (permissions, { params, body }) => ok(await desk.review(permissions, params.id, body.reason ?? null)),
  });
}
