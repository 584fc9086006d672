// Faults of asking about a prediction that runs, and the ends of one other than a picture.
import * as faults from '../../support/replicate-faults.ts';
import type { Outcome as Ending } from '../../support/replicate-run.ts';
import { until } from '../world.ts';
import type { FaultCase, Kind } from './case.ts';
import { picture, without } from './expect.ts';
import { UPSTREAM } from './secrets.ts';
import type { FaultWorld } from './world.ts';

type Fault = faults.Fault;

const UNKNOWN = faults.answer(404, { detail: 'The requested resource could not be found.' });

/** It passes, and the picture that is being drawn meanwhile is not lost by it. */
function passing(name: string, script: Fault[], more: Partial<FaultCase> = {}): FaultCase {
  return { name, arrange: ({ double }) => double.next('get', ...script), expected: picture(), ...more };
}

function ending(
  name: string,
  outcome: Ending,
  expected: FaultCase['expected'],
  more: Partial<FaultCase> = {},
): FaultCase {
  return { name, arrange: ({ double }) => double.nextOutcome(outcome), expected, ...more };
}

/** Lasts; the row is made so many minutes older as soon as that has been asked a few times. */
function lasting(
  name: string,
  fault: Fault,
  minutes: number,
  code: 'provider_error' | 'provider_unavailable',
): FaultCase {
  return {
    name,
    arrange({ double }) {
      double.holding = true;
      double.always('get', fault);
    },
    async meanwhile(world) {
      await world.hurryUntil('it was asked about', () => world.double.count('get') > 2);
      await world.age(minutes);
    },
    expected: without(code),
  };
}

const cancelWhile =
  (fault: Fault) =>
  async (world: FaultWorld, { id }: { id: string }) => {
    await world.double.arrived('get');
    world.double.next('cancel', fault);
    await world.elina.delete(`/generations/${id}`);
  };
const holding = ({ double }: FaultWorld) => {
  double.holding = true;
};
function canceled(name: string, fault: Fault, more: Partial<FaultCase> = {}): FaultCase {
  return { name, arrange: holding, meanwhile: cancelWhile(fault), expected: without('canceled'), ...more };
}

export const POLL: Kind = {
  kind: 'poll',
  tries: ({ double }) => double.count('get'),
  cases: [
    passing('404 twice', [UNKNOWN, UNKNOWN]),
    passing('401', [faults.answer(401, { detail: UPSTREAM })]),
    passing('402', [faults.withoutCredit()]),
    passing('429', [faults.throttled({ header: '1' })], { patient: true }),
    passing('429, Retry-After eleven days', [faults.throttled({ header: '999999' })]),
    ...[500, 502, 503, 504].map((status) => passing(`${status}`, [faults.serverError(status)])),
    passing(
      '503 ten times',
      Array.from({ length: 10 }, () => faults.serverError(503)),
    ),
    passing('a reset', [faults.reset('before')]),
    passing('no answer', [faults.hang()], { impatient: true }),
    passing('a slow answer', [faults.slow(4000)], { impatient: true }),
    passing('a web page', [faults.htmlPage()]),
    passing('half an answer', [faults.brokenJson()]),
    passing('a redirect', [faults.redirect('https://evil.test/v1', 301)]),
    passing('a huge answer', [faults.withMembers({ logs: 'x'.repeat(2 * 1024 * 1024) })]),
    passing('a status nobody knows', [faults.withMembers({ status: 'daydreaming' })]),
    passing('no status', [faults.withMembers({ status: undefined })]),
    {
      name: 'a status that goes back after its end',
      // The first look sees the end; the next, before the picture is fetched, an earlier time.
      arrange({ double }) {
        double.nextOutcome({ latencyMs: 0 });
        double.next('get', null, faults.withMembers({ status: 'processing', output: null }));
      },
      expected: picture(),
    },
    {
      name: 'progress that goes back',
      arrange: holding,
      async meanwhile({ double, sql, db }) {
        void sql;
        const progress = () => db.prepare<[], number>('SELECT progress FROM image_generations').pluck().get() ?? 0;
        const one = () => double.predictions.values().next().value?.id ?? '';
        await double.arrived('get');
        double.place(one(), 'processing', 0.6);
        await until('it is half drawn', () => progress() > 0.5);
        double.place(one(), 'processing', 0.1);
        const asked = double.count('get');
        await double.arrived('get', asked + 2);
        if (progress() < 0.5) throw new Error('the progress went back');
        double.release();
      },
      expected: picture(),
    },

    lasting('404 for ever', UNKNOWN, 6, 'provider_error'),
    lasting('503 for ever', faults.serverError(503), 61, 'provider_unavailable'),
    lasting('half an answer for ever', faults.brokenJson(), 61, 'provider_unavailable'),
    {
      ...lasting('never done', faults.withMembers({}), 6, 'provider_error'),
      expected: without('timed_out'),
    },
    {
      ...lasting('a status nobody knows for ever', faults.withMembers({ status: 'daydreaming' }), 6, 'provider_error'),
      expected: without('timed_out'),
    },

    ending('failed: the safety checker', { nsfw: true }, without('output_rejected')),
    ending('failed: out of memory', { error: `CUDA out of memory: ${UPSTREAM}` }, without('provider_error')),
    ending('failed with a secret', { error: 'Director: r8_secret at https://10.0.0.1/x' }, without('provider_error')),
    ending('canceled by somebody else', { status: 'canceled' }, without('canceled')),
    ending('aborted', { status: 'aborted' }, without('timed_out')),

    canceled('canceled by its user', faults.slow(0)),
    canceled('the cancel is answered 500', faults.serverError()),
    canceled('the cancel is answered 404', UNKNOWN),
    canceled('the cancel is answered with a web page', faults.htmlPage()),
    canceled('the cancel is not answered', faults.hang('before'), { impatient: true }),
  ],
};
