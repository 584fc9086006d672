// Doors to previews: the prompt that a request would send, how long it is, and what it would cost.
import { z } from 'zod';
import { PictureRequest, PromptPreview, ReferenceRequest } from '../contract.ts';
import type { PromptPreviews } from '../generation/prompt-preview.ts';
import type { RateLimit } from './rate-limit.ts';
import { idText, ok, type Routes } from './route.ts';

export function addPromptPreviewRoutes(
  routes: Routes,
  { previews, limit }: { previews: PromptPreviews; limit: RateLimit },
): void {
  routes.add({
    method: 'post',
    path: '/games/:gameId/prompt-preview',
    tag: 'Pictures',
    summary: 'What the same body would make as a request for a picture; costs nothing',
    params: z.object({ gameId: idText }),
    body: PictureRequest,
    limit,
    replies: { 200: PromptPreview },
    handle: async (permissions, { params, body }) => ok(await previews.picture(permissions, params.gameId, body)),
  });

  routes.add({
    method: 'post',
    path: '/characters/:id/prompt-preview',
    tag: 'Characters',
    summary: 'What the same body would make as a request for candidates; costs nothing',
    params: z.object({ id: idText }),
    body: ReferenceRequest,
    limit,
    replies: { 200: PromptPreview },
    handle: async (permissions, { params, body }) => ok(await previews.reference(permissions, params.id, body)),
  });
}
