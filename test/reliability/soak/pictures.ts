// Pictures that cost what real ones cost: SDXL's PNGs weigh about 1.5 MB, and decoding them is most of the service's work.
import sharp from 'sharp';
import type { Input } from '../../support/replicate-model.ts';

/** So many different ones of each size; the rest are the same again. */
const VARIANTS = 4;

const drawn = new Map<string, Promise<Buffer>>();

export function drawReal({ width = 1024, height = 1024, seed = 0 }: Input): Promise<Buffer> {
  const size = { width: Number(width), height: Number(height) };
  const key = [size.width, size.height, Number(seed) % VARIANTS].join();
  const picture = drawn.get(key) ?? cloud(size);
  drawn.set(key, picture);
  return picture;
}

/** As small as the service takes them. */
export function drawSmall({ seed = 0 }: Input): Promise<Buffer> {
  return drawReal({ width: 64, height: 64, seed });
}

/** Noise, blurred until it weighs what a painting weighs. */
function cloud({ width, height }: { width: number; height: number }): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  return sharp({ create: { width, height, channels: 3, background: '#406080', noise } })
    .blur(1.5)
    .png()
    .toBuffer();
}
