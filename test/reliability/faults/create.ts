// Faults of the one request that costs money: refused, put off, or answered so that nobody knows what came of it.
import type { Generation } from '../../../src/contract.ts';
import { GAME } from '../../support/forum-file.ts';
import * as faults from '../../support/replicate-faults.ts';
import { until } from '../world.ts';
import type { FaultCase, Kind } from './case.ts';
import { picture, unpaid, without } from './expect.ts';
import { UPSTREAM } from './secrets.ts';
import { type FaultWorld, SCENE } from './world.ts';

type Fault = faults.Fault;

const problem = (status: number, more: object = {}) => faults.answer(status, { detail: UPSTREAM, status, ...more });

/** As Replicate refuses an input; here its sentence holds what somebody has written, which is not for the log either. */
const repeating = (text: string) =>
  problem(422, {
    title: 'Input validation failed',
    detail: `- input.prompt: ${text} is refused\n`,
    invalid_fields: [{ type: 'format', field: 'input.prompt', description: `${text} is refused` }],
  });

/** A token or an account that has to be mended first: new work is refused, for a while, before anything is held. */
function shut(name: string, fault: Fault): FaultCase {
  const check = async ({ elina, double }: FaultWorld) => {
    const next = await elina.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'another bay' });
    const wait = Number(next.headers.get('retry-after'));
    const refused = next.status === 503 && next.body.code === 'provider_unavailable' && wait > 0;
    return refused && double.count('create') === 1 ? [] : [`the next one is answered ${next.status}`];
  };
  return { name, arrange: answering(fault), expected: unpaid('provider_unavailable', { tries: 1 }), check };
}

/** The request is at fault: no other one is held up by it. */
function refusedAtOnce(name: string, fault: Fault): FaultCase {
  const check = async ({ elina }: FaultWorld) => {
    const next = await elina.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: 'another bay' });
    const ended = next.status === 202 ? await elina.finished(next.body) : undefined;
    return ended?.status === 'succeeded' ? [] : ['the next one is held up by it'];
  };
  return { name, arrange: answering(fault), expected: unpaid('provider_error', { tries: 1 }), check };
}

/** @param atLeast,atMost how long the row says that it waits, in seconds */
function throttled(name: string, fault: Fault, [atLeast, atMost]: [number, number]): FaultCase {
  let waits = 0;
  const meanwhile = async (world: FaultWorld) => {
    await world.double.arrived('create');
    const refused = Date.now();
    await until('it is put off', () => wait(world).tries > 0);
    waits = (wait(world).at - refused) / 1000;
  };
  // Time goes by between the answer and our looking at the row, on a busy machine more than a moment.
  const check = () => (waits >= atLeast - 0.5 && waits <= atMost + 4 ? [] : [`it waits ${waits} s`]);
  return { name, arrange: answering(fault), meanwhile, expected: picture({ posts: 2, tries: 2 }), check };
}

function answering(...script: Fault[]): (world: FaultWorld) => void {
  return ({ double }) => double.next('create', ...script);
}

/** It was accepted: the list shows it, and it is never sent again. */
function found(name: string, fault: Fault, more: Partial<FaultCase> = {}): FaultCase {
  const check = ({ double }: FaultWorld) => (double.count('list') > 0 ? [] : ['nobody looked into the list']);
  return { name, arrange: answering(fault), expected: picture({ tries: 1 }), check, ...more };
}

/** Nobody knows whether it was accepted, and the list does not show it: people have to look. */
function lost(name: string, fault: Fault, more: Partial<FaultCase> = {}): FaultCase {
  const meanwhile = async (world: FaultWorld) => {
    await world.double.arrived('list');
    await world.age(11);
  };
  return {
    name,
    arrange: answering(fault),
    meanwhile,
    expected: unpaid('needs_review', { tries: 1 }),
    ...more,
  };
}

const inThreeSeconds = () => new Date(Date.now() + 3000).toUTCString();

export const CREATE: Kind = {
  kind: 'create',
  tries: ({ double }) => double.count('create'),
  cases: [
    shut('401', problem(401, { title: 'Unauthenticated' })),
    shut('402', faults.withoutCredit()),
    shut('403', problem(403)),
    shut('401, its explanation broken off', faults.brokenOff(401)),
    refusedAtOnce('400', problem(400)),
    refusedAtOnce('404', problem(404)),
    refusedAtOnce('409', problem(409)),
    refusedAtOnce('413', faults.answer(413, '<html>too large</html>')),
    refusedAtOnce('422', problem(422, { title: 'Input validation failed' })),
    refusedAtOnce('422 that repeats what it was sent', repeating(SCENE)),

    throttled('429, Retry-After 2', faults.throttled({ header: '2' }), [2, 2.5]),
    throttled('429, Retry-After 0', faults.throttled({ header: '0' }), [1, 1.5]),
    throttled('429, Retry-After a date', faults.throttled({ header: inThreeSeconds() }), [0.5, 3.5]),
    throttled('429, Retry-After a date long ago', faults.throttled({ header: new Date(0).toUTCString() }), [1, 1.5]),
    throttled('429, Retry-After eleven days', faults.throttled({ header: '999999' }), [300, 300.5]),
    throttled('429, Retry-After nonsense', faults.throttled({ header: 'soon', seconds: 2 }), [2, 2.5]),
    throttled('429, Retry-After negative', faults.throttled({ header: '-5' }), [1, 10.5]),
    throttled('429, no Retry-After', faults.throttled(), [10, 10.5]),
    throttled('429, only a sentence', faults.answer(429, { detail: 'Your rate limit resets in ~30s.' }), [30, 30.5]),
    throttled('429, a web page', faults.answer(429, '<html>slow down</html>'), [10, 10.5]),
    {
      name: '429 twice, waited out',
      arrange: answering(faults.throttled({ header: '1' }), faults.throttled({ header: '0' })),
      patient: true,
      expected: picture({ posts: 3, tries: 3 }),
    },

    ...[500, 502, 503, 504].map((status) => lost(`${status}`, faults.serverError(status))),
    lost('408 from something in between', problem(408)),
    lost('a reset before it took effect', faults.reset('before')),
    lost('no answer, and no effect', faults.hang('before'), { impatient: true }),
    lost('a redirect', faults.redirect('http://127.0.0.1:9/elsewhere', 307)),
    {
      ...lost('a list that cannot be read while it is looked for', faults.serverError()),
      arrange({ double }) {
        double.next('create', faults.serverError());
        double.next('list', faults.serverError(), faults.brokenJson(), faults.htmlPage(), faults.reset('before'));
      },
    },
    {
      ...lost('proven not to have arrived', faults.reset('before')),
      async meanwhile(world) {
        await world.double.arrived('list');
        await world.age(3);
      },
      slow: true,
      expected: picture({ posts: 2, tries: 2 }),
    },

    found('a reset after it took effect', faults.reset('after')),
    ...[500, 502, 503, 504].map((status) =>
      found(`${status}, though accepted`, faults.answer(status, '<html>', {}, true)),
    ),
    found('no answer, though accepted', faults.hang('after'), { impatient: true }),
    found('a slow answer', faults.slow(4000), { impatient: true }),
    found('an answer without its last byte', faults.unfinished(), { impatient: true }),
    found('an answer in drips', faults.dripping(50), { impatient: true }),
    found('a web page', faults.htmlPage()),
    found('half an answer', faults.brokenJson()),
    found('nothing in the answer', faults.answer(201, '', {}, true)),
    found('a list for an answer', faults.answer(201, [], {}, true)),
    found('no id', faults.withMembers({ id: undefined })),
    found('an id that is a path', faults.withMembers({ id: '../../account' })),
    found('an id that is a number', faults.withMembers({ id: 7 })),
    found('a huge answer', faults.withMembers({ logs: 'x'.repeat(2 * 1024 * 1024) })),

    {
      name: 'nobody listens for a while',
      // Only the API: what refuses the connection has not taken the request.
      arrange: ({ gate }) => gate.shut(),
      async meanwhile(world) {
        await until('it was put off', () => wait(world).tries > 0);
        await world.gate.open();
      },
      expected: picture({ tries: 1 }),
    },
    {
      name: 'finished before it is answered',
      arrange: ({ double }) => double.nextOutcome({ atOnce: true }),
      expected: picture({ tries: 1 }),
    },
    {
      name: 'failed before it is answered',
      arrange: ({ double }) => double.nextOutcome({ atOnce: true, error: UPSTREAM }),
      expected: without('provider_error', { tries: 1 }),
    },
    {
      name: 'answered by another version',
      arrange: ({ double }) => double.nextOutcome({ version: 'b'.repeat(64) }),
      expected: picture({ tries: 1 }),
    },
    {
      name: 'a status nobody knows',
      arrange: answering(faults.withMembers({ status: 'daydreaming' })),
      expected: picture({ tries: 1 }),
    },
  ],
};

/** Where the row stands in its waiting. */
function wait(world: FaultWorld): { tries: number; at: number } {
  const [row] = world.sql<{ tries: number; at: number }>('SELECT tries, run_at_ms AS at FROM image_generations');
  return row ?? { tries: 0, at: 0 };
}
