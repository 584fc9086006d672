// What tests of takedowns begin with: pictures, where their objects lie, and a provider that can be told to wait.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PostImage } from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Stage } from '../http/stage.ts';
import type { Client } from '../support/service.ts';

export const REASON = { reason: 'Against the rules of the game' };

export type Kind = 'post-images' | 'reference-images';

export const takeDown = (as: Client, id: number, body: unknown = REASON, kind: Kind = 'post-images') =>
  as.post(`/image-admin/${kind}/${id}/takedown`, body);

export const restore = (as: Client, id: number, body: unknown = REASON, kind: Kind = 'post-images') =>
  as.post(`/image-admin/${kind}/${id}/restore`, body);

/** The path of an address of the disk storage, which is also the object's key. */
export const keyOf = (url: string | null) => String(url).replace('/api/image-files/', '');

export type Place = 'public' | 'quarantine' | 'both' | 'gone';

/** Where the objects of both addresses lie: the image's and the thumbnail's. */
export function placesOf(stage: Stage, image: Pick<PostImage, 'image_url' | 'thumbnail_url'>): Place[] {
  const root = join(stage.service.forum.folder, 'images');
  return [image.image_url, image.thumbnail_url].map((url) => placeOn(root, keyOf(url)));
}

export function placeOn(root: string, key: string): Place {
  const places = [existsSync(join(root, key)), existsSync(join(root, 'quarantine', key))];
  if (places[0]) return places[1] ? 'both' : 'public';
  return places[1] ? 'quarantine' : 'gone';
}

/** What anybody gets without a login. */
export async function loads(stage: Stage, image: Pick<PostImage, 'image_url' | 'thumbnail_url'>): Promise<number[]> {
  const urls = [image.image_url, image.thumbnail_url];
  return Promise.all(urls.map(async (url) => (await fetch(stage.service.origin + String(url))).status));
}

/** A provider whose pictures stay half made while it is paused. */
export function pausable(changes: Partial<Provider> = {}): { provider: Provider; pause(): void; resume(): void } {
  const preview = { ...createPreviewProvider({ durationMs: 1, pollIntervalMs: 20 }), ...changes };
  let paused = false;
  const get: Provider['get'] = async (id, request) => {
    const prediction = await preview.get(id, request);
    if (!paused || !prediction) return prediction;
    return { ...prediction, status: 'processing', progress: 0.5, outputs: [], failure: null };
  };
  return {
    provider: { ...preview, get },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
  };
}
