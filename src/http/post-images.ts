// Doors to pictures in posts: make one for a post or as a draft, attach, read, make again, report, delete.
import { z } from 'zod';
import { AgainRequest, AttachDraft, Generation, PictureRequest, PostImage, PostPlace, Report } from '../contract.ts';
import type { GenerationRow } from '../database/tables.ts';
import type { Generations } from '../generation/generations.ts';
import type { PostImages } from '../generation/post-images.ts';
import type { Requests } from '../generation/request.ts';
import { idempotencyOf } from './idempotency.ts';
import { accepted, created, idText, locationOf, noContent, ok, type Routes } from './route.ts';

const byId = z.object({ id: idText });
const ofPost = z.object({ postId: idText });
const ofGame = z.object({ gameId: idText });
const tag = 'Pictures';

/** One address for two acts: a body with a generation_id attaches, any other asks for a picture. */
const IllustratePost = z.unknown().transform((body, context) => {
  const attaches = typeof body === 'object' && body !== null && 'generation_id' in body;
  const parsed = (attaches ? AttachDraft : PictureRequest).safeParse(body);
  if (parsed.success) return parsed.data;
  context.issues.push(...parsed.error.issues.map((issue) => ({ ...issue, input: body }) as never));
  return z.NEVER;
});

export function addPostImageRoutes(
  routes: Routes,
  parts: { postImages: PostImages; requests: Requests; generations: Generations },
): void {
  const { postImages, requests, generations } = parts;
  const started = (req: Parameters<typeof locationOf>[0], row: GenerationRow) =>
    accepted(generations.present(row), locationOf(req, `/generations/${row.id}`));

  routes.add({
    method: 'post',
    path: '/posts/:postId/images',
    tag,
    summary: 'Ask for a picture for a post, or attach a finished draft with { generation_id }',
    params: ofPost,
    body: IllustratePost,
    documentedBody: z.union([PictureRequest, AttachDraft]),
    generates: true,
    isFree: (body) => 'generation_id' in body,
    replies: { 202: Generation, 201: PostImage },
    handle: async (permissions, { params, body, req }) => {
      if ('generation_id' in body) {
        const image = await postImages.attach(permissions, params.postId, body.generation_id);
        return created(image, locationOf(req, `/post-images/${image.id}`));
      }
      const post = await permissions.postToIllustrate(params.postId);
      const target = { game_id: post.game_id, post_id: post.id };
      return started(req, await requests.picture(permissions, target, body, idempotencyOf(req, body)));
    },
  });

  routes.add({
    method: 'post',
    path: '/games/:gameId/images',
    tag,
    summary: 'Ask for a picture before there is a post: a draft',
    params: ofGame,
    body: PictureRequest,
    generates: true,
    replies: { 202: Generation },
    handle: async (permissions, { params, body, req }) => {
      const game = await permissions.gameOr404(params.gameId, 'make_in_game');
      const target = { game_id: game.id, post_id: null };
      return started(req, await requests.picture(permissions, target, body, idempotencyOf(req, body)));
    },
  });

  routes.add({
    method: 'post',
    path: '/post-images/:id/regenerate',
    tag,
    summary: 'Make another like this: a new draft from the same recipe, with a new seed unless told otherwise',
    params: byId,
    body: AgainRequest,
    generates: true,
    replies: { 202: Generation },
    handle: async (permissions, { params, body, req }) => {
      const picture = await postImages.visible(permissions, params.id);
      return started(req, await requests.again(permissions, picture, body, idempotencyOf(req, body)));
    },
  });

  addReadingRoutes(routes, postImages);
}

function addReadingRoutes(routes: Routes, postImages: PostImages): void {
  routes.add({
    method: 'get',
    path: '/posts/:postId/images',
    tag,
    summary: 'The pictures of a post',
    params: ofPost,
    replies: { 200: z.array(PostImage) },
    handle: async (permissions, { params }) => ok(await postImages.ofPost(permissions, params.postId)),
  });

  routes.add({
    method: 'get',
    path: '/posts/:postId/image-place',
    tag,
    summary: 'The game of a post, and whether I may add pictures to it',
    params: ofPost,
    replies: { 200: PostPlace },
    handle: async (permissions, { params }) => ok(await postImages.place(permissions, params.postId)),
  });

  routes.add({
    method: 'get',
    path: '/post-images',
    tag,
    summary: 'The pictures of up to 100 posts at once',
    query: z.object({ post_ids: idList }),
    replies: { 200: z.record(z.string(), z.array(PostImage)) },
    handle: async (permissions, { query }) => ok(await postImages.ofPosts(permissions, query.post_ids)),
  });

  routes.add({
    method: 'get',
    path: '/post-images/:id',
    tag,
    summary: 'One picture',
    params: byId,
    replies: { 200: PostImage },
    handle: async (permissions, { params }) => ok(await postImages.get(permissions, params.id)),
  });

  routes.add({
    method: 'delete',
    path: '/post-images/:id',
    tag,
    summary: 'Delete a picture and its files',
    params: byId,
    replies: { 204: null },
    handle: async (permissions, { params }) => {
      await postImages.delete(permissions, params.id);
      return noContent();
    },
  });

  routes.add({
    method: 'post',
    path: '/post-images/:id/report',
    tag,
    summary: 'Report a picture to the moderators',
    params: byId,
    body: Report,
    replies: { 204: null },
    handle: async (permissions, { params, body }) => {
      await postImages.report(permissions, params.id, body.reason);
      return noContent();
    },
  });
}

const idList = z
  .string()
  .transform((list) => list.split(','))
  .pipe(z.array(idText).min(1).max(100));
