// Doors to the storage for admins: try it, read the last comparison with the database, list the pictures that are broken.
import type { Request } from 'express';
import { z } from 'zod';
import type { StorageDesk } from '../admin/storage-desk.ts';
import { BrokenFile, StorageCheck, StorageReport } from '../contract.ts';
import { cursorText, pageOf, readCursor, toPage } from './cursor.ts';
import { limitText, ok, type Routes } from './route.ts';

const PATH = '/image-admin/storage';

/** @param publicUrl the forum's own address; without it, files of the disk storage are asked for at this very socket */
export function addStorageRoutes(routes: Routes, desk: StorageDesk, publicUrl: string | undefined): void {
  routes.addAdmin({
    method: 'post',
    path: `${PATH}/check`,
    summary: 'Tries the storage as the service and as a stranger, and says what to mend',
    replies: { 200: StorageCheck },
    handle: async ({ user }, { req }) => ok(await desk.check(user.id, publicUrl ?? ownOrigin(req))),
  });

  routes.addAdmin({
    method: 'get',
    path: PATH,
    summary: 'The last comparison of the storage with the database',
    replies: { 200: StorageReport },
    handle: async () => ok(await desk.report()),
  });

  routes.addAdmin({
    method: 'get',
    path: `${PATH}/broken-files`,
    summary: 'Pictures that the storage does not hold as the database says',
    query: z.object({ limit: limitText, cursor: cursorText }),
    replies: { 200: pageOf(BrokenFile) },
    handle: async (_permissions, { query }) => {
      const limit = query.limit ?? 30;
      const [afterId] = readCursor(query.cursor, z.tuple([z.int()])) ?? [0];
      const files = await desk.broken({ afterId, limit: limit + 1 });
      return ok(
        toPage(
          files,
          limit,
          (file) => file,
          ({ file_id }) => [file_id],
        ),
      );
    },
  });
}

/** Where this request has come in: unlike its Host header, nobody else can say that. */
function ownOrigin({ socket }: Request): string {
  const { localAddress = '127.0.0.1', localPort = 80, localFamily } = socket;
  return `http://${localFamily === 'IPv6' ? `[${localAddress}]` : localAddress}:${localPort}`;
}
