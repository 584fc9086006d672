// Doors to the reference images of a character: ask for candidates, compare them, accept one.
import { z } from 'zod';
import type { References } from '../characters/references.ts';
import { AcceptReference, Character, Generation, ReferenceImage, ReferenceRequest } from '../contract.ts';
import type { Generations } from '../generation/generations.ts';
import type { Requests } from '../generation/request.ts';
import { idempotencyOf } from './idempotency.ts';
import { accepted, idText, locationOf, ok, type Routes } from './route.ts';

const byId = z.object({ id: idText });
const tag = 'Characters';

export function addReferenceRoutes(
  routes: Routes,
  parts: { references: References; requests: Requests; generations: Generations },
): void {
  const { references, requests, generations } = parts;

  routes.add({
    method: 'post',
    path: '/characters/:id/reference-images',
    tag,
    summary: 'Ask for candidates of how the character looks; an array when count is above 1',
    params: byId,
    body: ReferenceRequest,
    generates: true,
    replies: { 202: z.union([Generation, z.array(Generation)]) },
    handle: async (permissions, { params, body, req }) => {
      const rows = await requests.reference(permissions, params.id, body, idempotencyOf(req, body));
      const made = rows.map((row) => generations.present(row));
      const location = locationOf(req, `/generations/${made[0]?.id}`);
      return accepted((body.count ?? 1) > 1 ? made : made[0], location);
    },
  });

  routes.add({
    method: 'get',
    path: '/characters/:id/reference-images',
    tag,
    summary: 'The candidates, newest first; only the accepted one for those who may not choose',
    params: byId,
    replies: { 200: z.array(ReferenceImage) },
    handle: async (permissions, { params }) => ok(await references.list(permissions, params.id)),
  });

  routes.add({
    method: 'put',
    path: '/characters/:id/reference-image',
    tag,
    summary: 'Accept a candidate: scenes are made from it and its seed from now on',
    params: byId,
    body: AcceptReference,
    replies: { 200: Character },
    handle: async (permissions, { params, body }) =>
      ok(await references.accept(permissions, params.id, body.reference_image_id)),
  });
}
