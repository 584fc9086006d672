// What becomes of a downloaded picture before it is stored: checked, re-encoded, stripped of what came in, marked as AI-made.
import { decode, fromPixels, type Pixels } from './decode.ts';
import { createLimit } from './limit.ts';
import { aiMark } from './mark.ts';

/** Both files are WebP; width and height are the image's, in pixels. */
export interface FinishedPicture {
  image: Buffer;
  thumbnail: Buffer;
  width: number;
  height: number;
}

/** The thumbnail's longer side, in pixels. */
export const THUMBNAIL_SIDE = 320;
const WEBP = { quality: 80 } as const;

/** Shared by all work on pictures in this process. */
export const twoAtATime = createLimit(2);

/**
 * About 0.1 s of one core and 15 MB for a picture of 1024×1024.
 * @param aiSystem what the mark names as the maker, such as "stability-ai/sdxl".
 * @throws ImageRejected when the bytes are not a sound PNG, JPEG or WebP of one frame, 64 to 2048 pixels a side.
 */
export function finishPicture(bytes: Buffer, aiSystem = 'forum-ai-images'): Promise<FinishedPicture> {
  return twoAtATime(async () => {
    const pixels = await decode(bytes);
    const mark = aiMark(aiSystem);
    const image = await encodeImage(pixels, mark);
    const thumbnail = await encodeThumbnail(pixels, mark);
    return { image, thumbnail, width: pixels.width, height: pixels.height };
  });
}

/**
 * The size of a picture that was finished before.
 * @throws ImageRejected when it is not whole any more
 */
export function measurePicture(bytes: Buffer): Promise<{ width: number; height: number }> {
  return twoAtATime(async () => {
    const { width, height } = await decode(bytes);
    return { width, height };
  });
}

// Starting from bare pixels is what strips EXIF, ICC, XMP, comments and anything behind the picture's end.
function encodeImage(pixels: Pixels, mark: string): Promise<Buffer> {
  return fromPixels(pixels).webp(WEBP).withXmp(mark).toBuffer();
}

function encodeThumbnail(pixels: Pixels, mark: string): Promise<Buffer> {
  const box = { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: 'inside', withoutEnlargement: true } as const;
  return fromPixels(pixels).resize(box).webp(WEBP).withXmp(mark).toBuffer();
}
