// Doors to what pages load: the browser module, and a sample picture of each art style. For everybody, as a page's own files are.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { notFound } from '../errors.ts';
import { drawStyleSample } from '../imaging/style-samples.ts';
import type { Routes } from './route.ts';

const tag = 'Pages';
const MODULE = 'client/forum-images.js';
/** Built beside the compiled program; sources that run as they are find it there as well. */
const PLACES = [join(import.meta.dirname, '..', MODULE), join(import.meta.dirname, '../../dist', MODULE)];
/** A page may keep it, but asks whether it still holds: a new version of the service takes effect at once. */
const FRESH = { 'Cache-Control': 'public, no-cache' };
const DAY = { 'Cache-Control': 'public, max-age=86400' };

export function addClientRoutes(routes: Routes): void {
  const read = moduleReader();
  routes.addPublic({
    method: 'get',
    path: '/image-client/forum-images.js',
    tag,
    summary: 'The browser module',
    replies: { 200: z.string() },
    mediaType: 'text/javascript',
    handle: () => {
      const module = read();
      return { status: 200, headers: FRESH, send: (req, res) => send(req, res, module) };
    },
  });

  const samples = new Map<string, Buffer>();
  routes.addPublic({
    method: 'get',
    path: '/image-styles/:id/sample.webp',
    tag,
    summary: 'What an art style is like, as a small picture',
    params: z.object({ id: z.string() }),
    replies: { 200: z.string() },
    mediaType: 'image/webp',
    handle: async (req) => {
      const id = String(req.params.id);
      const sample = samples.get(id) ?? (await drawStyleSample(id));
      if (!sample) throw notFound('The style');
      samples.set(id, sample);
      return {
        status: 200,
        headers: { ...DAY, 'Content-Type': 'image/webp' },
        send: (_req, res) => void res.send(sample),
      };
    },
  });
}

interface Module {
  changedAt: number;
  plain: Buffer;
  zipped: Buffer;
}

/** Read and zipped once, until it is built anew. */
function moduleReader(): () => Module {
  let module: Module | undefined;
  return () => {
    const path = PLACES.find((place) => statSync(place, { throwIfNoEntry: false }));
    if (!path) throw notFound('The browser module, which npm run build makes,');
    const changedAt = statSync(path).mtimeMs;
    if (module?.changedAt !== changedAt) {
      const plain = readFileSync(path);
      module = { changedAt, plain, zipped: gzipSync(plain) };
    }
    return module;
  };
}

/** A third of the bytes for those who are far away; a proxy in front has nothing left to do. */
function send(req: Request, res: Response, { plain, zipped }: Module): void {
  const zips = req.acceptsEncodings('gzip') !== false;
  res.vary('Accept-Encoding');
  res.type('text/javascript');
  if (zips) res.set('Content-Encoding', 'gzip');
  res.send(zips ? zipped : plain);
}
