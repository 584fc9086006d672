// How alike two pictures are in the colours and shapes of what stands in their middle. It knows no faces and no persons.
import { type Pixels, samplePicture } from '../imaging/index.ts';
import { type Lab, labOf } from './lab.ts';

/** What the measure is called wherever its figures are shown. */
export const MEASURE = 'likeness of colours and shapes';

/** A small square of the picture: the mean colours of its four quarters, so that it also knows where an edge runs. */
interface Patch {
  quarters: Lab[];
  /** 0–1: near the middle, and unlike what is at the sides. */
  weight: number;
}

export interface Appearance {
  patches: Patch[];
  /** Why there are none. */
  fault: string | null;
}

export interface Likeness {
  /** 0–1; the same picture is 1. Null when one of the two could not be measured. */
  score: number | null;
  reason: string | null;
}

/** Pixels of the longer side. Finer costs the square of the square and ranked no better; at 64 ranking was worse (0.94 for 1.00). */
const SAMPLE_SIDE = 96;
const PATCH = 8;
const STEP = 4;
/** Patches less central than this belong to the surroundings. */
const LEAST_CENTRAL = 0.15;
/** Parts of the width at either side that show what the surroundings look like. */
const SIDES = 0.12;
/** Distances in CIELAB: within the first, two patches are taken for the same; within the second, for surroundings. */
const SAME = 12;
const SURROUNDINGS = 10;
/** Light and shade tell less of who it is than colour does: the same cloak is darker at night. */
const LIGHTNESS_WEIGHT = 0.35;
/** Below this nothing stands out from the sides. */
const LEAST_WEIGHT = 0.5;

/** Never rejects: bytes that are no picture have a fault instead. */
export async function appearanceOf(bytes: Buffer): Promise<Appearance> {
  try {
    const patches = patchesOf(await samplePicture(bytes, SAMPLE_SIDE));
    const weight = patches.reduce((sum, patch) => sum + patch.weight, 0);
    if (weight < LEAST_WEIGHT) return { patches: [], fault: 'nothing stands out from the background' };
    return { patches, fault: null };
  } catch {
    return { patches: [], fault: 'not a picture that can be read' };
  }
}

/** Symmetric. About 3 ms. */
export function likeness(one: Appearance, other: Appearance): Likeness {
  const reason = one.fault ?? other.fault;
  if (reason !== null) return { score: null, reason };
  return { score: (found(one.patches, other.patches) + found(other.patches, one.patches)) / 2, reason: null };
}

/** How much of what makes up the one is somewhere in the other: pose and place may differ. */
function found(wanted: Patch[], present: Patch[]): number {
  let [sum, weights] = [0, 0];
  for (const patch of wanted) {
    let nearest = Number.POSITIVE_INFINITY;
    for (const candidate of present) nearest = Math.min(nearest, squaredDistance(patch, candidate));
    sum += patch.weight * Math.exp(-nearest / (2 * SAME ** 2));
    weights += patch.weight;
  }
  return sum / weights;
}

function squaredDistance({ quarters: a }: Patch, { quarters: b }: Patch): number {
  let sum = 0;
  for (let quarter = 0; quarter < 4; quarter++) {
    const [one, other] = [a[quarter] as Lab, b[quarter] as Lab];
    sum += LIGHTNESS_WEIGHT * (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2;
  }
  return sum / 4;
}

function patchesOf(pixels: Pixels): Patch[] {
  const { width, height } = pixels;
  const colours = labPixels(pixels);
  const [central, sides]: [Patch[], Patch[]] = [[], []];
  for (let top = 0; top + PATCH <= height; top += STEP) {
    for (let left = 0; left + PATCH <= width; left += STEP) {
      const [x, y] = [(left + PATCH / 2) / width, (top + PATCH / 2) / height];
      const patch = { quarters: quartersAt(colours, width, left, top), weight: centrality(x, y, width / height) };
      if (x < SIDES || x > 1 - SIDES) sides.push(patch);
      if (patch.weight >= LEAST_CENTRAL) central.push(patch);
    }
  }
  return central.map((patch) => ({ ...patch, weight: patch.weight * strangeness(patch, sides) }));
}

/** 1 for what is nowhere at the sides, 0 for what is. */
function strangeness(patch: Patch, sides: Patch[]): number {
  const nearest = Math.min(...sides.map((side) => squaredDistance(patch, side)));
  return 1 - Math.exp(-nearest / (2 * SURROUNDINGS ** 2));
}

/** A bell around where people stand in pictures: the middle, a little above it, higher than wide. */
function centrality(x: number, y: number, aspect: number): number {
  const across = ((x - 0.5) * Math.max(1, aspect)) / 0.28;
  const along = ((y - 0.45) * Math.max(1, 1 / aspect)) / 0.45;
  return Math.exp(-(across ** 2 + along ** 2) / 1.2);
}

function labPixels({ data, width, height }: Pixels): Lab[] {
  return Array.from({ length: width * height }, (_, at) =>
    labOf(data[3 * at] ?? 0, data[3 * at + 1] ?? 0, data[3 * at + 2] ?? 0),
  );
}

function quartersAt(colours: Lab[], width: number, left: number, top: number): Lab[] {
  const half = PATCH / 2;
  return [0, 1, 2, 3].map((quarter) =>
    meanColour(colours, width, left + (quarter % 2) * half, top + (quarter >> 1) * half, half),
  );
}

function meanColour(colours: Lab[], width: number, left: number, top: number, side: number): Lab {
  const sum: [number, number, number] = [0, 0, 0];
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) {
      const [lightness, a, b] = colours[y * width + x] as Lab;
      sum[0] += lightness;
      sum[1] += a;
      sum[2] += b;
    }
  }
  return [sum[0] / side ** 2, sum[1] / side ** 2, sum[2] / side ** 2];
}
