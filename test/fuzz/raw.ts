// Bytes that are hardly HTTP: the known ways of confusing a server, and random ones.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { GAME } from '../support/forum-file.ts';
import { INSIDE } from './judge.ts';
import { sendRaw, type Wire } from './wire.ts';

const HEAD = (line: string, more = '') => `${line} HTTP/1.1\r\nHost: x\r\n${more}`;
const JSON_TYPE = 'Content-Type: application/json\r\n';
const ASK = HEAD(`POST /api/games/${GAME}/images`, JSON_TYPE);
export const RAW: [name: string, bytes: string | Buffer, then?: 'end' | 'reset'][] = [
  ['a body that stops coming', `${ASK}Content-Length: 1000\r\n\r\n{"mode":`],
  ['a client that goes away in its body', `${ASK}Content-Length: 1000\r\n\r\n{"mode":`, 'reset'],
  ['half a body and a polite goodbye', `${ASK}Content-Length: 1000\r\n\r\n{"mode":`, 'end'],
  ['more body than announced', `${ASK}Content-Length: 2\r\n\r\n{}{"mode":"scene"}\r\n\r\n`],
  ['two lengths', `${ASK}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `],
  ['a negative length', `${ASK}Content-Length: -1\r\n\r\n`],
  [
    'a length and chunks',
    `${ASK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/image-styles HTTP/1.1\r\n\r\n`,
  ],
  ['chunks of no size', `${ASK}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
  ['a chunk of endless size', `${ASK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}`],
  ['chunks without an end', `${ASK}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`, 'end'],
  ['an unknown transfer encoding', `${ASK}Transfer-Encoding: gzip, junk\r\n\r\n{}`],
  ['a NUL in a header', HEAD('GET /api/image-styles', 'X-A: \0\r\n\r\n')],
  ['a folded header', HEAD('GET /api/image-styles', 'X-A: b\r\n c\r\n\r\n')],
  ['no host', 'GET /api/image-styles HTTP/1.1\r\n\r\n'],
  ['a header of 40 KB', HEAD('GET /api/image-styles', `X-A: ${'a'.repeat(40_000)}\r\n\r\n`)],
  ['3000 headers', HEAD('GET /api/image-styles', `${'X-A: b\r\n'.repeat(3000)}\r\n`)],
  ['a cookie of 15 KB', HEAD('GET /api/image-credits', `Cookie: token=${'a'.repeat(15_000)}\r\n\r\n`)],
  ['no HTTP at all', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
  ['an old HTTP', 'GET /api/image-styles\r\n\r\n'],
  ['an absolute address', HEAD('GET http://elsewhere.test/api/image-styles', '\r\n')],
  ['an asterisk', HEAD('OPTIONS *', '\r\n')],
  ['an unmet expectation', `${ASK}Expect: miracles\r\nContent-Length: 2\r\n\r\n{}`],
  ['an upgrade', HEAD('GET /api/image-styles', 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n')],
  ['fifty requests in one go', HEAD('GET /api/image-styles', '\r\n').repeat(50)],
  ['raw bytes in the path', Buffer.from(`GET /api/characters/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n`, 'latin1')],
  ['a method nobody knows', HEAD('BREW /api/image-styles', '\r\n')],
  ['a bomb', Buffer.concat([Buffer.from(bombHead()), bomb()])],
];

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const lines = fc.array(
  one(
    'Host: x',
    'Host: x\r\nHost: y',
    'Content-Length: 5',
    'Content-Length: 5, 5',
    'Content-Length: 0x5',
    'Content-Length: 99999999999999999999',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: \tchunked',
    'Content-Type: application/json',
    'Content-Type: text/plain',
    'Content-Encoding: gzip',
    'Expect: 100-continue',
    'Connection: close',
    'Connection: upgrade, keep-alive',
    'Upgrade: h2c',
    'Cookie: token=',
    `Cookie: ${'a=b; '.repeat(3000)}`,
    'X: \u0001',
    ': nameless',
    'no colon',
    ' folded',
  ),
  { maxLength: 8 },
);
const firstLine = fc
  .tuple(
    one('GET', 'POST', 'DELETE', 'get', 'CONNECT', 'PRI', '', 'G\0T'),
    one(
      '/api/image-styles',
      `/api/games/${GAME}/images`,
      '*',
      '//',
      'http://x/api/image-styles',
      '/api/\xff',
      `/${'a'.repeat(9000)}`,
    ),
    one('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', ''),
  )
  .map((parts) => parts.join(' '));
const tail = one(
  '',
  '{}',
  '{"mode":',
  '5\r\nhello\r\n0\r\n\r\n',
  'zz\r\n',
  '0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  '\0'.repeat(100),
);

/** One hundred at random are a hundred connections. */
export const randomRaw: fc.Arbitrary<Buffer> = fc
  .tuple(firstLine, lines, one('\r\n\r\n', '\n\n', '\r\n', ''), tail)
  .map(([first, more, end, rest]) => Buffer.from(`${[first, ...more].join('\r\n')}${end}${rest}`, 'latin1'));

/** @returns what is wrong with the answer, or with the service afterwards */
export async function rawFault(
  origin: string,
  wire: Wire,
  bytes: string | Buffer,
  then?: 'end' | 'reset',
): Promise<string | undefined> {
  const text = await sendRaw(origin, bytes, { then });
  if (/^HTTP\/1\.1 5/m.test(text)) return `a fault of ours: ${text.slice(0, 200)}`;
  if (INSIDE.test(text)) return `its inside: ${text.slice(0, 500)}`;
  const health = {
    user: 'anonymous',
    method: 'GET',
    path: '/api/image-healthz',
    headers: {},
    body: undefined,
  } as const;
  const { status } = await wire.send(health);
  return status === 200 ? undefined : `afterwards it is answered ${status}`;
}

function bomb(): Buffer {
  return gzipSync(Buffer.alloc(20_000_000, ' '));
}

function bombHead(): string {
  return `${ASK}Content-Encoding: gzip\r\nContent-Length: ${bomb().length}\r\n\r\n`;
}
