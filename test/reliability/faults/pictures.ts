// Hostile pictures: refused without harm, or drawn anew so that nothing of what was hidden in them is stored.
import sharp from 'sharp';
import * as faults from '../../support/replicate-faults.ts';
import type { FaultCase, Kind } from './case.ts';
import { picture, without } from './expect.ts';
import { BOMBS, CLEANED, REJECTED, SWOLLEN } from './hostile.ts';
import type { FaultWorld } from './world.ts';

/** MiB, above what the service holds before. */
const MEMORY = 50;
type Make = () => Buffer | Promise<Buffer>;

const serving = (make: Make) => async (world: FaultWorld) => {
  const bytes = await make();
  world.double.always('download', faults.answer(200, bytes, { 'content-type': 'image/png' }));
};

function rejected([name, make]: [string, Make]): FaultCase {
  return { name, arrange: serving(make), expected: without('provider_error', { tries: 3 }) };
}

/** In a process of its own, which must neither die of it nor swell. */
function bomb([name, make]: [string, Make], expected: FaultCase['expected']): FaultCase {
  let before = 0;
  return {
    name,
    program: true,
    async arrange(world) {
      await serving(make)(world);
      world.forgetMemory();
      before = world.peakMemory();
    },
    check(world) {
      const grown = Math.round(world.peakMemory() - before);
      return grown <= MEMORY ? [] : [`it took ${grown} MiB of memory`];
    },
    expected,
  };
}

/** After a picture that takes the memory for the libraries that every first one needs. */
function swollen(each: [string, Make]): FaultCase {
  const one = bomb(each, picture({ posts: 2, billed: 2, charged: 2, objects: 4, tries: 2 }));
  const arrange = async (world: FaultWorld) => {
    await world.elina.finished((await world.ask()).body);
    await one.arrange?.(world);
  };
  return { ...one, arrange };
}

function cleaned([name, make]: [string, Make]): FaultCase {
  return { name, arrange: serving(make), expected: picture({ tries: 1 }), check: nothingCameAlong };
}

async function nothingCameAlong({ s3 }: FaultWorld): Promise<string[]> {
  const found: string[] = [];
  for (const key of await s3.objects.keys()) {
    const bytes = (await s3.objects.read(key)) ?? Buffer.alloc(0);
    const { format, exif, icc, pages = 1, depth, space } = await sharp(bytes).metadata();
    if (bytes.includes('alert(') || bytes.includes('index.html')) found.push('what was hidden in it was stored');
    if (exif || icc) found.push('what its maker wrote into it was stored');
    if (format !== 'webp' || pages > 1 || depth !== 'uchar' || space !== 'srgb')
      found.push(`it is stored as ${format}`);
  }
  return found;
}

export const PICTURES: Kind = {
  kind: 'picture',
  tries: ({ double }) => double.count('download'),
  cases: [
    ...Object.entries(BOMBS).map((each) => bomb(each, without('provider_error', { tries: 3 }))),
    ...Object.entries(SWOLLEN).map((each) => swollen(each)),
    ...Object.entries(REJECTED).map(rejected),
    ...Object.entries(CLEANED).map(cleaned),
  ],
};
