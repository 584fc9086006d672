// A small JPEG of a picture, for whoever is only to recognise what it shows.
import { decode, fromPixels } from './decode.ts';
import { twoAtATime } from './finish.ts';

/**
 * At most `side` pixels on its longer side, what was transparent white, without what came along in the file.
 * @throws ImageRejected when the bytes are not a sound picture
 */
export function smallJpeg(bytes: Buffer, side: number): Promise<Buffer> {
  return twoAtATime(async () => {
    const picture = fromPixels(await decode(bytes)).flatten({ background: 'white' });
    return picture.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true }).jpeg().toBuffer();
  });
}

/** A JPEG that shows nothing, to ask with whether pictures are taken at all. */
export function blankPicture(): Promise<Buffer> {
  const [width, height] = [64, 64];
  return fromPixels({ data: Buffer.alloc(width * height * 3, 255), width, height, channels: 3 })
    .jpeg()
    .toBuffer();
}
