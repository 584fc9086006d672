// Faults of fetching a picture that is paid: fetched again while that can help, and given up for nothing when it cannot.
import { svgText } from '../../imaging/pictures.ts';
import * as faults from '../../support/replicate-faults.ts';
import type { FaultCase, Kind } from './case.ts';
import { picture, without } from './expect.ts';
import { UPSTREAM } from './secrets.ts';

type Fault = faults.Fault;
type More = Partial<FaultCase>;

const MIB = 1024 * 1024;
const asPng = (body: string) => faults.answer(200, body, { 'content-type': 'image/png' });

/** The address is asked for anew and the picture fetched again. */
function passing(name: string, fault: Fault, more: More = {}): FaultCase {
  return {
    name: `${name}, once`,
    arrange: ({ double }) => double.next('download', fault),
    expected: picture({ tries: 2 }),
    ...more,
  };
}

/** Fetched three times, each time from an address asked for anew, and then given up. */
function hopeless(name: string, fault: Fault, more: More = {}): FaultCase {
  return {
    name: `${name}, always`,
    arrange: ({ double }) => double.always('download', fault),
    expected: without('provider_error', { tries: 3 }),
    check: ({ double }) => (double.count('get') >= 4 ? [] : ['the address was not asked for anew']),
    ...more,
  };
}

/** May be over in a minute: tried for as long as the provider keeps the picture, which is an hour. */
function forAnHour(name: string, fault: Fault, more: More = {}): FaultCase {
  return {
    name: `${name}, for an hour`,
    arrange: ({ double }) => double.always('download', fault),
    async meanwhile(world) {
      await world.hurryUntil('it was tried', () => world.double.count('download') > 2);
      await world.age(61);
    },
    expected: without('provider_error'),
    ...more,
  };
}

const IMPATIENT = { impatient: true };
const both = (name: string, fault: Fault, more?: More) => [passing(name, fault, more), hopeless(name, fault, more)];
const lastingBoth = (name: string, fault: Fault, more?: More) => [
  passing(name, fault, more),
  forAnHour(name, fault, more),
];

export const DOWNLOAD: Kind = {
  kind: 'download',
  tries: ({ double }) => double.count('download'),
  cases: [
    ...[403, 404, 410].flatMap((status) => both(`${status}`, faults.answer(status, UPSTREAM))),
    ...both('a clean end in the middle', faults.truncated()),
    ...both('a web page', faults.htmlPage()),
    ...both('a web page called a PNG', asPng('<!doctype html><script>alert(1)</script>')),
    ...both('JSON called a PNG', asPng('{"detail":"gone"}')),
    ...both('SVG called a PNG', asPng(svgText(512, 512, '<rect width="9" height="9"/>'))),
    ...both('nothing', faults.answer(200, '', { 'content-type': 'image/png' })),
    ...both('16 MiB and a byte', faults.manyBytes(16 * MIB + 1)),
    ...both('16 MiB of nothing', faults.manyBytes(16 * MIB)),
    passing('a gzip bomb', faults.gzipBomb(64 * MIB)),
    // Unpacking takes its time: on a busy machine one try may end by the clock, and then does not count.
    hopeless('a gzip bomb', faults.gzipBomb(64 * MIB), { expected: without('provider_error') }),
    {
      name: 'an outage, then a clean end in the middle',
      arrange: ({ double }) => double.next('download', ...Array(3).fill(faults.serverError(503)), faults.truncated()),
      expected: picture({ tries: 5 }),
    },
    passing('less than promised', faults.cutShort()),
    ...lastingBoth('500', faults.serverError(500)),
    passing('503', faults.serverError(503)),
    passing('429', faults.answer(429, UPSTREAM, { 'retry-after': '1' })),
    passing('204', faults.answer(204)),
    ...lastingBoth('206', faults.headed(206, { 'content-range': 'bytes 0-99/100' })),
    ...lastingBoth('a reset', faults.reset('before')),
    passing('no answer', faults.hang(), IMPATIENT),
    passing('a stall half-way', faults.stalled(), IMPATIENT),
    passing('a byte now and then', faults.dripping(200), IMPATIENT),
    {
      ...passing('in pieces, with pauses', faults.inPieces(6, 100)),
      expected: picture({ tries: 1 }),
    },
    {
      ...passing('a right picture called a web page', faults.headed(200, { 'content-type': 'text/html' })),
      expected: picture({ tries: 1 }),
    },
    {
      ...forAnHour('a redirect to a stranger', faults.serverError()),
      arrange: ({ double, stranger }) =>
        double.always('download', faults.redirect(`http://127.0.0.1:${stranger.port}/a.png`)),
    },
    {
      ...passing('a redirect to a stranger', faults.serverError()),
      arrange: ({ double, stranger }) =>
        double.next('download', faults.redirect(`http://127.0.0.1:${stranger.port}/a.png`, 307)),
    },
    {
      name: 'removed by the provider, as after an hour',
      arrange({ double }) {
        double.always('download', faults.serverError());
      },
      async meanwhile({ double }) {
        await double.arrived('download');
        for (const { id } of double.bill) double.expire(id);
      },
      expected: without('provider_error'),
    },
  ],
};
