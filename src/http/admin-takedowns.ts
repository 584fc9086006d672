// Doors to takedown and restore, for admins and the game masters of the picture's game. To others they are not there.
import { z } from 'zod';
import type { References } from '../characters/references.ts';
import { ModerationReason, PostImage, ReferenceImage, TakedownRequest } from '../contract.ts';
import { notFound } from '../errors.ts';
import type { Permissions } from '../forum/permissions.ts';
import type { PostImages } from '../generation/post-images.ts';
import type { Moderated, Takedowns } from '../moderation/takedowns.ts';
import { check, idText, ok, type Routes } from './route.ts';

export interface ModerationParts {
  takedowns: Takedowns;
  postImages: PostImages;
  references: References;
}

/** A kind of picture that can be taken down. */
interface Kind {
  path: string;
  name: string;
  shape: z.ZodType;
  /** @throws not_found to anybody who may not moderate it */
  find(permissions: Permissions, id: number): Promise<Moderated>;
  show(permissions: Permissions, id: number): Promise<unknown>;
}

export function addTakedownRoutes(routes: Routes, { takedowns, postImages, references }: ModerationParts): void {
  const kinds: Kind[] = [
    {
      path: '/image-admin/post-images/:id',
      name: 'picture',
      shape: PostImage,
      find: (permissions, id) => postImages.moderated(permissions, id),
      show: (permissions, id) => postImages.get(permissions, id),
    },
    {
      path: '/image-admin/reference-images/:id',
      name: 'reference image',
      shape: ReferenceImage,
      find: (permissions, id) => references.moderated(permissions, id),
      show: (permissions, id) => references.get(permissions, id),
    },
  ];
  for (const kind of kinds) addRoutesOf(kind, routes, takedowns);
}

function addRoutesOf({ path, name, shape, find, show }: Kind, routes: Routes, takedowns: Takedowns): void {
  routes.add({
    ...declaration(shape),
    path: `${path}/takedown`,
    summary: `Take a ${name} down: out of public reach at once, and not to be made again`,
    documentedBody: TakedownRequest,
    handle: async (permissions, { params, body }) => {
      const picture = await find(permissions, idOr404(params.id));
      await takedowns.takeDown(permissions, picture, check(TakedownRequest, body));
      return ok(await show(permissions, picture.id));
    },
  });

  routes.add({
    ...declaration(shape),
    path: `${path}/restore`,
    summary: `Bring a ${name} back that was taken down`,
    documentedBody: ModerationReason,
    handle: async (permissions, { params, body }) => {
      const picture = await find(permissions, idOr404(params.id));
      await takedowns.restore(permissions, picture, check(ModerationReason, body).reason);
      return ok(await show(permissions, picture.id));
    },
  });
}

/** What is sent is looked at only after who sends it: others are not told that there is anything to send. */
function declaration(shape: z.ZodType) {
  return {
    method: 'post',
    tag: 'Admin',
    params: z.object({ id: z.string() }),
    body: z.unknown(),
    replies: { 200: shape },
  } as const;
}

function idOr404(text: string): number {
  const { data } = idText.safeParse(text);
  if (data === undefined) throw notFound('The page');
  return data;
}
