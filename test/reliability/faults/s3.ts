// Faults of the storage: the picture is paid, so its finished bytes are kept, and only the upload is done again.
import { createHash } from 'node:crypto';
import type { Generation } from '../../../src/contract.ts';
import { type Answer, hang, html, loseReply, refusal, resetMidBody } from '../../storage/scripted-s3.ts';
import { until } from '../world.ts';
import type { FaultCase, Kind } from './case.ts';
import { picture, without } from './expect.ts';
import { type Method, type S3Fault, written } from './s3-double.ts';
import type { FaultWorld } from './world.ts';

type More = Partial<FaultCase>;

const md5 = (text: string) => `"${createHash('md5').update(text).digest('hex')}"`;
const stored: Answer = (_, response) => response.writeHead(200, { etag: '"e"' }).end();
const withoutEtag: Answer = (_, response) => response.writeHead(200).end();
const otherEtag: Answer = (_, response) => response.writeHead(200, { etag: md5('something else') }).end();

/** @param tries PUTs in all: two are needed when nothing goes wrong */
function passing(name: string, tries: number, script: S3Fault[], more: More = {}): FaultCase {
  return { ...on('PUT', name, tries, script), ...more };
}

function on(method: Method, name: string, tries: number, script: S3Fault[]): FaultCase {
  return {
    name,
    arrange: ({ s3 }) => s3.next(method, ...script),
    expected: picture({ tries }),
    check: fetchedOnce,
  };
}

/** Paid and fetched once, whatever the storage did. */
function fetchedOnce({ double }: FaultWorld): string[] {
  return double.count('download') === 1 ? [] : [`fetched ${double.count('download')} times`];
}

/** For a day: the picture is given up, and is free. A code word of the storage is for the log alone. */
function forADay(name: string, fault: S3Fault, more: More = {}): FaultCase {
  return {
    name: `${name}, for a day`,
    arrange: ({ s3 }) => s3.always('PUT', fault),
    async meanwhile(world) {
      await world.hurryUntil('it was tried', () => world.s3.count('PUT') > 3);
      if ((await world.credits()).held !== 1) throw new Error('the credit is not held any more');
      await world.age(25 * 60);
    },
    expected: without('storage_failed'),
    check: fetchedOnce,
    ...more,
  };
}

const spooled = (world: FaultWorld) => world.sql('SELECT 1 FROM image_spool').length > 0;

async function keptSafe(world: FaultWorld): Promise<void> {
  await until('the bytes are kept', () => spooled(world));
}

const slowDown = refusal(503, 'SlowDown');

export const S3: Kind = {
  kind: 's3',
  tries: ({ s3 }) => s3.count('PUT'),
  cases: [
    passing('403', 3, [refusal(403, 'AccessDenied')]),
    passing('403, a signature that does not match', 3, [refusal(403, 'SignatureDoesNotMatch')]),
    passing('403, clocks that differ', 3, [refusal(403, 'RequestTimeTooSkewed', { date: new Date().toUTCString() })]),
    passing('403, an unknown key', 3, [refusal(403, 'InvalidAccessKeyId')]),
    passing('400, credentials that ran out', 3, [refusal(400, 'ExpiredToken')]),
    passing('404, no bucket', 3, [refusal(404, 'NoSuchBucket')]),
    passing('409, another write under way', 3, [refusal(409, 'ConditionalRequestConflict')]),
    passing('500', 3, [refusal(500, 'InternalError')]),
    passing('501, no conditional writes', 3, [refusal(501, 'NotImplemented')]),
    passing('503 twice', 4, [slowDown, slowDown]),
    passing(
      '503 twenty times',
      22,
      Array.from({ length: 20 }, () => slowDown),
    ),
    passing('a web page', 3, [html]),
    passing('a redirect', 3, [refusal(301, 'PermanentRedirect')]),
    passing('no answer', 3, [hang], { impatient: true }),
    passing('the answer is lost', 3, [written(loseReply)]),
    passing('the answer is lost twice', 4, [written(loseReply), written(loseReply)]),
    passing('a reset in the middle', 3, [resetMidBody]),
    passing('written, and no ETag', 3, [written(withoutEtag)]),
    passing('written, and another ETag', 2, [written(otherEtag)]),
    passing('said to be written, and not', 3, [stored]),
    on('HEAD', 'it cannot be looked at: 403', 3, [refusal(403, 'AccessDenied')]),
    on('HEAD', 'it cannot be looked at: 503 three times', 3, [slowDown, slowDown, slowDown]),
    on('HEAD', 'it is not there for a moment', 3, [refusal(404, 'NotFound')]),

    forADay('403', refusal(403, 'AccessDenied')),
    forADay('404, no bucket', refusal(404, 'NoSuchBucket')),
    forADay('503', slowDown),
    forADay('a web page', html),
    forADay('no answer', hang, { impatient: true }),
    forADay(
      'half of it is written',
      written(stored, (bytes) => bytes.subarray(0, bytes.length / 2)),
    ),
    {
      ...forADay('somebody else’s object under its key', stored),
      arrange: () => {},
      async meanwhile(world) {
        const [row] = world.sql<{ image_key: string }>('SELECT image_key FROM image_generations');
        world.s3.plant(row?.image_key ?? '', Buffer.from('not ours'));
        await keptSafe(world);
        await world.age(25 * 60);
      },
    },
    {
      name: 'away, and the service started anew meanwhile',
      arrange: ({ s3 }) => s3.always('PUT', slowDown),
      async meanwhile(world) {
        await keptSafe(world);
        await world.stop();
        // By now the provider has removed its copy.
        for (const { id } of world.double.bill) world.double.expire(id);
        world.s3.heal();
        await world.start();
      },
      expected: picture(),
      check: fetchedOnce,
    },
    {
      name: 'canceled while it is away',
      arrange({ s3 }) {
        s3.always('PUT', slowDown);
        s3.next('DELETE', slowDown, slowDown, slowDown);
      },
      async meanwhile(world, { id }: Generation) {
        await keptSafe(world);
        await world.elina.delete(`/generations/${id}`);
      },
      expected: without('canceled'),
    },
    {
      name: 'canceled while it does not answer',
      impatient: true,
      arrange: ({ s3 }) => s3.always('PUT', hang),
      async meanwhile(world, { id }: Generation) {
        await keptSafe(world);
        await world.elina.delete(`/generations/${id}`);
      },
      expected: without('canceled'),
    },
  ],
};
