// Random ids and paths: what stands where an id belongs, and ways of climbing out of any route.
import fc from 'fast-check';
import { faultOf } from './judge.ts';
import { NASTY_IDS, NO_ROUTES } from './nasty.ts';
import type { FuzzRequest, OpenApi } from './requests.ts';
import type { Answer } from './wire.ts';

const one = <T>(...values: T[]) => fc.constantFrom(...values);

/** Dots and slashes in every writing; the odd half of an escape. */
const climb = fc
  .array(
    one(
      '../',
      '..%2f',
      '%2e%2e/',
      '%2e%2e%2f',
      '..%5c',
      '....//',
      '%252e%252e/',
      '.%00./',
      '%c0%ae%c0%ae/',
      '/',
      './',
      ';/',
      '%',
      '%2',
    ),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''));

const part = fc.oneof(
  { weight: 4, arbitrary: one(...NASTY_IDS) },
  { weight: 3, arbitrary: climb },
  {
    weight: 2,
    arbitrary: fc.string({ unit: 'binary', maxLength: 80 }).map((text) => encodeURIComponent(text.toWellFormed())),
  },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ maxLength: 20 })
      .map((bytes) => bytes.reduce((text, byte) => `${text}%${byte.toString(16).padStart(2, '0')}`, '')),
  },
  { weight: 1, arbitrary: fc.nat(300).map((length) => 'a'.repeat(length)) },
  { weight: 1, arbitrary: one('\u2024\u2024', '\uff0e\uff0e', '\u2025', '\u0000', '\u202e').map(encodeURIComponent) },
);

export function pathRequests(api: OpenApi): fc.Arbitrary<FuzzRequest> {
  const templates = [
    ...Object.keys(api.paths),
    '/image-files/games/{id}/scenes/{id}.webp',
    '/image-files/{id}',
    '/image-docs/{id}',
  ];
  const filled = one(...templates).chain((template) =>
    fc.tuple(
      ...template
        .split('/')
        .map((piece) => (piece.includes('{') ? part : fc.oneof({ weight: 9, arbitrary: fc.constant(piece) }, part))),
    ),
  );
  const path = fc.oneof(
    { weight: 8, arbitrary: filled.map((pieces) => `/api${pieces.join('/')}`) },
    { weight: 1, arbitrary: climb.map((pieces) => `/api/${pieces}`) },
    { weight: 1, arbitrary: one(...NO_ROUTES) },
  );
  const method = one('GET', 'GET', 'GET', 'HEAD', 'PATCH', 'PUT', 'POST');
  const user = one('player', 'gm', 'admin', 'anonymous') as fc.Arbitrary<FuzzRequest['user']>;
  return fc.record({ user, method, path, headers: fc.constant({}), body: fc.constant(undefined) });
}

/** Whatever the path, no file comes that is not a picture's. */
export function pathFault(request: FuzzRequest, answer: Answer): string | undefined {
  if (/SQLite format 3|root:.*:0:0|"dependencies"/.test(answer.text)) return 'a file';
  return faultOf(request, answer);
}
