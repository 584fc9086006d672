// Doors for admins to do on behalf of a user what users may do themselves: read all that there is of one, and erase it.
import { z } from 'zod';
import { EraseUser, Erasure, UserExport } from '../contract.ts';
import { exported, type PrivacyParts } from './my-data.ts';
import { accepted, idText, locationOf, ok, type Routes } from './route.ts';

const byId = z.object({ id: idText });

/** Also of users whom the forum does not have any more. */
export function addErasureRoutes(routes: Routes, { erasures, exports }: PrivacyParts): void {
  routes.addAdmin({
    method: 'post',
    path: '/image-admin/users/:id/erase',
    summary: 'Erase all that this service has of a user',
    params: byId,
    body: EraseUser,
    duringErasure: true,
    replies: { 202: Erasure },
    handle: async ({ user }, { params, body, req }) => {
      const erasure = await erasures.request(params.id, { id: user.id, reason: body.reason ?? null });
      return accepted(erasure, locationOf(req, `/image-admin/users/${params.id}/erasure`));
    },
  });

  routes.addAdmin({
    method: 'get',
    path: '/image-admin/users/:id/erasure',
    summary: 'How far the last erasure of a user has come',
    params: byId,
    duringErasure: true,
    replies: { 200: Erasure },
    handle: async (_permissions, { params }) => ok(await erasures.of(params.id)),
  });

  routes.addAdmin({
    method: 'get',
    path: '/image-admin/users/:id/export',
    summary: 'All that this service has of a user, as a file',
    params: byId,
    replies: { 200: UserExport },
    handle: async ({ user }, { params }) => {
      await erasures.assertNone(params.id);
      await exports.record(user.id, params.id);
      return exported(exports, params.id);
    },
  });
}
