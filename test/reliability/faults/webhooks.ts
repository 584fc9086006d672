// Calls that claim to come from the provider: who is let in, and that a call, right or wrong, never makes more than one picture.
import { gzipSync } from 'node:zlib';
import type { Generation } from '../../../src/contract.ts';
import * as faults from '../../support/replicate-faults.ts';
import { signedHeaders, WEBHOOK_SECRET } from '../../support/replicate-webhooks.ts';
import type { FaultCase, Kind } from './case.ts';
import { picture, without } from './expect.ts';
import type { FaultWorld } from './world.ts';

/** Nobody is at PUBLIC_URL, so that only a case's own calls arrive; and asking is so slow that it cannot be what did it. */
const HOOKED = {
  PUBLIC_URL: 'http://127.0.0.1:9',
  REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  POLL_INTERVAL_MS: '60000',
};
const OTHER_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const now = () => Math.floor(Date.now() / 1000);

interface Call {
  address: string;
  body: string | Buffer;
  headers: Record<string, string>;
}

/** As the provider would call about the prediction of this world. */
function rightCall({ double }: FaultWorld, options: Parameters<typeof signedHeaders>[1] = {}): Call {
  const ordered = double.requests.find(({ call }) => call === 'create')?.body as { webhook: string };
  const { pathname, search } = new URL(ordered.webhook);
  const body = JSON.stringify({ id: double.bill[0]?.id, status: 'succeeded', output: ['https://evil.test/a.png'] });
  return { address: pathname + search, body, headers: signedHeaders(body, options) };
}

async function send(world: FaultWorld, { address, body, headers }: Call): Promise<number> {
  const reply = await fetch(world.origin + address, {
    method: 'POST',
    headers,
    body: new Uint8Array(Buffer.from(body)),
  });
  const text = await reply.text();
  if (text) world.told.push(JSON.stringify({ ...JSON.parse(text), request_id: undefined }));
  return reply.status;
}

/** Waits until the prediction runs, and its row knows it. */
async function underWay(world: FaultWorld): Promise<void> {
  await world.double.arrived('create');
  while (statusOf(world) !== 'generating') await new Promise((resolve) => setTimeout(resolve, 10));
}

function statusOf(world: FaultWorld): string | undefined {
  return world.sql<{ status: string }>('SELECT status FROM image_generations')[0]?.status;
}

type MakeCall = (world: FaultWorld) => Call;

/** Refused, and without any effect; the picture is found by asking. */
function turnedAway(name: string, status: number, make: MakeCall): FaultCase {
  return calledFor(name, make, status, 0);
}

/** Taken, and the picture is there by it. */
function taken(name: string, make: MakeCall): FaultCase {
  return { ...calledFor(name, make, 200, 1), patient: true };
}

/** Taken, and about nothing that there is to be done. */
function idle(name: string, make: MakeCall): FaultCase {
  return calledFor(name, make, 200, 0);
}

/** @param looks how often the provider is asked because of the call */
function calledFor(name: string, make: MakeCall, status: number, looks: 0 | 1): FaultCase {
  return {
    name,
    env: HOOKED,
    arrange: ({ double }) => {
      double.holding = true;
    },
    async meanwhile(world) {
      await underWay(world);
      if (looks > 0) world.double.release();
      const answered = await send(world, make(world));
      if (answered !== status) throw new Error(`the call was answered ${answered} instead of ${status}`);
      const row = () => world.sql<{ run_at_ms: number }>('SELECT run_at_ms FROM image_generations')[0]?.run_at_ms ?? 0;
      if (looks === 0 && (row() < Date.now() + 1000 || world.double.count('get') > 0))
        throw new Error('it had an effect');
      world.double.release();
    },
    expected: picture({ tries: 1 }),
  };
}

const altered = (world: FaultWorld): Call => {
  const call = rightCall(world);
  return { ...call, body: String(call.body).replace('succeeded', 'Succeeded') };
};
const withHeader = (change: (headers: Record<string, string>) => Record<string, string>) => (world: FaultWorld) => {
  const call = rightCall(world);
  return { ...call, headers: { ...call.headers, ...change(call.headers) } };
};
const signatures = (change: (signature: string) => string) =>
  withHeader((headers) => ({ 'webhook-signature': change(headers['webhook-signature'] ?? '') }));
const about = (change: (address: string) => string) => (world: FaultWorld) => {
  const call = rightCall(world);
  return { ...call, address: change(call.address) };
};
const padded = (bytes: number) => (world: FaultWorld) => {
  const { address, body } = rightCall(world);
  const whole = String(body).padEnd(bytes, ' ');
  return { address, body: whole, headers: signedHeaders(whole) };
};

export const WEBHOOKS: Kind = {
  kind: 'webhook',
  tries: ({ double }) => double.count('download'),
  cases: [
    turnedAway('unsigned', 401, (world) => ({ ...rightCall(world), headers: { 'content-type': 'application/json' } })),
    turnedAway('signed with another secret', 401, (world) => rightCall(world, { secret: OTHER_SECRET })),
    turnedAway('one letter altered', 401, altered),
    turnedAway('301 s old', 401, (world) => rightCall(world, { at: now() - 302 })),
    turnedAway('301 s early', 401, (world) => rightCall(world, { at: now() + 302 })),
    turnedAway('an hour old', 401, (world) => rightCall(world, { at: now() - 3600 })),
    turnedAway(
      'signed by another scheme',
      401,
      signatures((one) => one.replace('v1,', 'v2,')),
    ),
    turnedAway(
      'half a signature',
      401,
      signatures((one) => one.slice(0, 20)),
    ),
    turnedAway(
      'without an id',
      401,
      withHeader(() => ({ 'webhook-id': '' })),
    ),
    turnedAway(
      'with another id',
      401,
      withHeader(() => ({ 'webhook-id': 'msg_other' })),
    ),
    turnedAway(
      'with another time',
      401,
      withHeader(() => ({ 'webhook-timestamp': String(now() - 7) })),
    ),
    turnedAway('a byte more than 256 KiB', 413, padded(256 * 1024 + 1)),
    turnedAway('packed, and signed unpacked', 415, (world) => {
      const call = rightCall(world);
      return { ...call, body: gzipSync(call.body), headers: { ...call.headers, 'content-encoding': 'gzip' } };
    }),

    taken('as it should be', rightCall),
    taken('299 s old', (world) => rightCall(world, { at: now() - 298 })),
    taken('299 s early', (world) => rightCall(world, { at: now() + 298 })),
    taken(
      'with two signatures',
      signatures((one) => `v1,${Buffer.alloc(32).toString('base64')} ${one}`),
    ),
    taken('256 KiB', padded(256 * 1024)),
    taken('not JSON', ({ double }) => {
      const call = rightCall({ double } as FaultWorld);
      return { ...call, body: 'hello', headers: signedHeaders('hello') };
    }),

    idle(
      'about a generation that nobody knows',
      about((one) => one.replace(/generation=[^&]+/, 'generation=unknown')),
    ),
    idle(
      'with a nonce that nobody knows',
      about((one) => one.replace(/nonce=.+/, 'nonce=unknown')),
    ),
    idle(
      'about nothing',
      about((one) => one.replace(/\?.*/, '')),
    ),
    {
      ...taken('a hundred times at once', rightCall),
      async meanwhile(world) {
        await underWay(world);
        world.double.release();
        const call = rightCall(world);
        const answers = await Promise.all(Array.from({ length: 100 }, () => send(world, call)));
        if (answers.some((status) => status !== 200)) throw new Error(`answered ${[...new Set(answers)]}`);
      },
    },
    {
      ...taken('that it has failed, when it has not', rightCall),
      async meanwhile(world) {
        await underWay(world);
        const body = JSON.stringify({ id: world.double.bill[0]?.id, status: 'failed', error: 'NSFW content detected' });
        await send(world, { address: rightCall(world).address, body, headers: signedHeaders(body) });
        await world.double.arrived('get');
        world.double.release();
        await send(world, rightCall(world));
      },
    },
    {
      ...taken('about another account’s prediction', rightCall),
      async meanwhile(world) {
        const stranger = world.double.add({ prompt: 'somebody else’s', seed: 1 }, new Date());
        await underWay(world);
        world.double.release();
        const body = JSON.stringify({ id: stranger.id, status: 'succeeded' });
        await send(world, { address: rightCall(world).address, body, headers: signedHeaders(body) });
      },
    },
    {
      ...taken('before the create is answered', rightCall),
      arrange(world) {
        world.double.nextOutcome({ latencyMs: 0 });
        const call = () => setTimeout(() => void send(world, rightCall(world)), 50);
        world.double.next('create', faults.slow(500, call));
      },
      meanwhile: undefined,
    },
    {
      ...taken('for a create that was never answered', rightCall),
      arrange({ double }) {
        double.next('create', faults.reset('after'));
        double.always('list', faults.serverError());
      },
      async meanwhile(world) {
        await world.double.arrived('list');
        await send(world, rightCall(world));
      },
    },
    {
      name: 'success after its user has canceled',
      env: HOOKED,
      arrange: ({ double }) => {
        double.holding = true;
        double.next('cancel', faults.serverError());
      },
      async meanwhile(world, { id }: Generation) {
        await underWay(world);
        await world.elina.delete(`/generations/${id}`);
        world.double.release();
        const status = await send(world, rightCall(world));
        if (status !== 200) throw new Error(`answered ${status}`);
      },
      expected: without('canceled', { tries: 0 }),
    },
    {
      ...taken('again after its end', rightCall),
      async meanwhile(world, generation) {
        await underWay(world);
        world.double.release();
        await send(world, rightCall(world));
        await world.elina.finished(generation);
        const statuses = [
          await send(world, rightCall(world)),
          await send(world, rightCall(world, { id: 'msg_again' })),
        ];
        if (statuses.some((status) => status !== 200)) throw new Error(`answered ${statuses}`);
      },
    },
  ],
};
