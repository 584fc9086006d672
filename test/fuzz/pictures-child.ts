// A process of its own for broken pictures: node pictures-child.ts COUNT SEED. Writes as JSON what became of them; a decoder that dies
// takes nobody with it.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { finishPicture, ImageRejected } from '../../src/imaging/index.ts';
import { scene } from '../imaging/pictures.ts';

const FORMATS = ['png', 'jpeg', 'webp'] as const;
const STEPS = 64;

type Change = (bytes: Buffer) => Buffer;

const place = fc.nat();
const at = (bytes: Buffer, where: number) => (bytes.length === 0 ? 0 : where % bytes.length);
const splice = (bytes: Buffer, from: number, drop: number, put: Uint8Array = Buffer.alloc(0)) =>
  Buffer.concat([bytes.subarray(0, at(bytes, from)), put, bytes.subarray(at(bytes, from) + drop)]);

/** Bits, lengths of chunks, pieces left out, put in, doubled or moved. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 }).map(
    (flips): Change =>
      (bytes) => {
        const changed = Buffer.from(bytes);
        for (const [where, value] of flips) changed[at(changed, where)] = value;
        return changed;
      },
  ),
  fc.tuple(fc.nat(64), fc.nat(255)).map(
    ([where, value]): Change =>
      (bytes) =>
        splice(bytes, where, 1, Buffer.of(value)),
  ),
  fc.tuple(place, fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff)).map(
    ([where, length]): Change =>
      (bytes) => {
        const word = Buffer.alloc(4);
        word.writeUInt32BE(length);
        return splice(bytes, where % 200, 4, word);
      },
  ),
  fc.tuple(place, fc.nat(400)).map(
    ([where, drop]): Change =>
      (bytes) =>
        splice(bytes, where, drop),
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 60 })).map(
    ([where, put]): Change =>
      (bytes) =>
        splice(bytes, where, 0, put),
  ),
  fc.tuple(place, place, fc.nat(400)).map(
    ([from, to, size]): Change =>
      (bytes) =>
        splice(bytes, to, 0, bytes.subarray(at(bytes, from), at(bytes, from) + size)),
  ),
);

const [count = 0, seed = 0] = process.argv.slice(2).map(Number);
const files = await Promise.all(FORMATS.map((format) => scene().toFormat(format).toBuffer()));
const cuts = files.flatMap((file) =>
  Array.from({ length: STEPS }, (_, i) => file.subarray(0, Math.floor((file.length * i) / STEPS))),
);
const bent = fc
  .sample(fc.tuple(fc.constantFrom(...files), change), { numRuns: count, seed })
  .map(([file, bend]) => bend(file));

const found = { drawn: 0, refused: 0, longestMs: 0, faults: [] as string[], peakMb: 0 };
for (const bytes of [...cuts, ...bent].slice(0, count)) {
  const began = performance.now();
  try {
    await finishPicture(bytes);
    found.drawn += 1;
  } catch (error) {
    if (error instanceof ImageRejected) found.refused += 1;
    else found.faults.push(String(error));
  }
  found.longestMs = Math.max(found.longestMs, Math.round(performance.now() - began));
}
const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
found.peakMb = Math.round(Number(kib) / 1024);
console.log(JSON.stringify(found));
