// A stored picture as a trainer reads it: a JPEG, since SDXL's trainer passes over WebP.
import { decode, fromPixels } from './decode.ts';
import { twoAtATime } from './finish.ts';

/**
 * As large as it is, without what came along in the file, on white where it was transparent.
 * @throws ImageRejected
 */
export function trainingPicture(bytes: Buffer): Promise<Buffer> {
  return twoAtATime(async () => {
    const picture = fromPixels(await decode(bytes)).flatten({ background: 'white' });
    return picture.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
  });
}
