// Door to the pictures of the disk storage. Those in a bucket are loaded from there and never pass here.
import { type RequestHandler, Router } from 'express';
import { notFound } from '../errors.ts';
import { isPictureKey } from '../storage/keys.ts';
import type { Storage } from '../storage/storage.ts';

export function fileRouter(storage: Storage, guards: RequestHandler[]): Router {
  const router = Router();
  router.get('/image-files/*key', ...guards, async (req, res) => {
    const key = (req.params.key as unknown as string[]).join('/');
    const object = isPictureKey(key) ? await storage.get(key) : undefined;
    if (!object) throw notFound('The picture');
    res.set({
      'Content-Type': object.contentType,
      // A day, not for ever: a picture that is taken down must not live on in caches.
      'Cache-Control': 'public, max-age=86400',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cross-Origin-Resource-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    });
    res.send(object.bytes);
  });
  return router;
}
