// Door to the pictures, and the weights, of the disk storage. Those in a bucket are loaded from there and never pass here.
import { pipeline } from 'node:stream/promises';
import { type RequestHandler, type Response, Router } from 'express';
import { notFound } from '../errors.ts';
import { isPictureKey, isWeightsKey } from '../storage/keys.ts';
import type { Storage } from '../storage/storage.ts';

export function fileRouter(storage: Storage, guards: RequestHandler[]): Router {
  const router = Router();
  router.get('/image-files/*key', ...guards, async (req, res) => {
    const key = (req.params.key as unknown as string[]).join('/');
    if (isWeightsKey(key)) return sendWeights(storage, key, res);
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

/** For the provider, which was told the address; nobody can guess it. */
async function sendWeights(storage: Storage, key: string, res: Response): Promise<void> {
  const weights = await storage.readWeights(key);
  if (!weights) throw notFound('The weights');
  res.set({ 'Content-Type': 'application/x-tar', 'Content-Length': String(weights.bytes) });
  await pipeline(weights.content, res).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error; // whoever asked has gone
  });
}
