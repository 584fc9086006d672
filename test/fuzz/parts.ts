// The parts of the fuzzing, each with how much of it is the whole.
import fc from 'fast-check';
import { SecurityStage, WEBHOOK_SECRET } from '../security/stage.ts';
import { signedHeaders } from '../support/replicate-webhooks.ts';
import { faultOf } from './judge.ts';
import { pathFault, pathRequests } from './paths.ts';
import { fuzzPictures } from './pictures.ts';
import { randomRaw, rawFault } from './raw.ts';
import { fuzzRequests } from './requests.ts';
import { sendAll } from './send-all.ts';
import { fuzzUrls } from './urls.ts';
import { bentWebhooks, webhookFault } from './webhooks.ts';
import { createWire } from './wire.ts';
import type { FuzzWorld } from './world.ts';

export const WHOLE = {
  bodies: 20_000,
  endings: 500,
  paths: 5000,
  webhooks: 5000,
  urls: 2000,
  pictures: 3000,
  raw: 200,
};

export interface Part {
  what: string;
  sent: number;
  faults: unknown[];
  longestMs?: number;
  slowest?: string;
  /** Answers by their status. */
  seen?: Record<number, number>;
  /** Of the program's memory, after a third of all had warmed it up. */
  grownMb: number;
  note?: string;
}

export async function sendBodies(world: FuzzWorld, count: number, seed: number): Promise<Part> {
  let warm = 0;
  const requests = fc.sample(fuzzRequests(world.api, world.known), { numRuns: count, seed });
  const tally = await sendAll(world.wire, requests, faultOf, (index) => {
    if (index === Math.floor(count / 3)) warm = world.memory();
  });
  return { what: 'requests to every route', ...tally, grownMb: world.memory() - warm, note: `${warm} MB at first` };
}

/** What stops all spending, and what erases users while they ask for more. */
export async function sendEndings(world: FuzzWorld, count: number, seed: number): Promise<Part> {
  const warm = world.memory();
  const requests = fc.sample(fuzzRequests(world.api, world.known, { last: true }), { numRuns: count, seed });
  const tally = await sendAll(world.wire, requests, faultOf);
  return { what: 'erasures and the kill switch', ...tally, grownMb: world.memory() - warm };
}

export async function sendPaths(world: FuzzWorld, count: number, seed: number): Promise<Part> {
  const warm = world.memory();
  const tally = await sendAll(world.wire, fc.sample(pathRequests(world.api), { numRuns: count, seed }), pathFault);
  return { what: 'ids and paths', ...tally, grownMb: world.memory() - warm };
}

/** To a program of its own, as only one that works with Replicate takes webhooks. */
export async function sendWebhooks(count: number, seed: number): Promise<Part> {
  await using stage = await SecurityStage.open();
  const wire = createWire(stage.program.origin, {} as never);
  const requests = fc.sample(bentWebhooks(WEBHOOK_SECRET, '?generation=abc&nonce=def'), { numRuns: count, seed });
  const body = Buffer.from('{"id":"abc"}');
  const whole = { ...requests[0], headers: signedHeaders(body, { secret: WEBHOOK_SECRET }), body, whole: true };
  const tally = await sendAll(wire, [whole as (typeof requests)[number], ...requests], webhookFault);
  wire.close();
  return { what: 'webhooks bent after signing', ...tally, grownMb: 0 };
}

export async function sendUrls(count: number, seed: number): Promise<Part> {
  return { what: 'addresses against the guard', sent: count, faults: fuzzUrls(count, seed), grownMb: 0 };
}

export async function sendPictures(count: number, seed: number): Promise<Part> {
  const { drawn, refused, peakMb, ...tally } = await fuzzPictures(count, seed);
  const note = `${refused} refused, ${drawn} drawn all the same; ${peakMb} MB at most`;
  return { what: 'broken pictures', sent: drawn + refused, ...tally, grownMb: 0, note };
}

export async function sendRawBytes({ program, wire }: FuzzWorld, count: number, seed: number): Promise<Part> {
  const left = fc.sample(randomRaw, { numRuns: count, seed });
  const faults: string[] = [];
  const sender = async () => {
    for (let bytes = left.pop(); bytes; bytes = left.pop()) {
      const fault = await rawFault(program.origin, wire, bytes);
      if (fault) faults.push(`${fault} to ${bytes.toString('latin1').slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: 10 }, sender));
  return { what: 'raw bytes', sent: count, faults, grownMb: 0 };
}
