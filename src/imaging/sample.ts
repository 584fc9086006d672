// A small, opaque copy of a picture as bare pixels: for measuring, not for looking at.
import { decode, fromPixels, type Pixels } from './decode.ts';
import { twoAtATime } from './finish.ts';

/**
 * At most `side` pixels on its longer side, three channels, what was transparent white.
 * @throws ImageRejected when the bytes are not a sound picture
 */
export function samplePicture(bytes: Buffer, side: number): Promise<Pixels> {
  return twoAtATime(async () => {
    const small = fromPixels(await decode(bytes))
      .flatten({ background: 'white' })
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
    const { data, info } = await small.raw().toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: 3 };
  });
}
