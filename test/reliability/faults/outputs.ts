// What a prediction that has succeeded may say of its pictures: only an address on an allowed origin is ever called.
import * as faults from '../../support/replicate-faults.ts';
import type { FaultCase, Kind } from './case.ts';
import { picture, without } from './expect.ts';
import type { FaultWorld } from './world.ts';

/** @param output made from the port of the stranger and from the one that pictures come from */
function unusable(name: string, output: (stranger: number, allowed: number) => unknown): FaultCase {
  return {
    name,
    arrange: (world) => world.double.nextOutcome({ output: output(world.stranger.port, portOf(world)) }),
    expected: without('provider_error', { tries: 0 }),
  };
}

const portOf = ({ double }: FaultWorld) => Number(new URL(double.outputOrigin).port);
const plain = (name: string, output: unknown) => unusable(name, () => output);
const at = (name: string, url: (port: number) => string) => unusable(name, (stranger) => [url(stranger)]);

/** The right address, wrapped in another shape. */
function wrapped(name: string, wrap: (url: string) => unknown): FaultCase {
  const told = faults.withMembers(({ output }) => (Array.isArray(output) ? { output: wrap(String(output[0])) } : {}));
  return { name, arrange: ({ double }) => double.always('get', told), expected: picture({ tries: 1 }) };
}

export const OUTPUTS: Kind = {
  kind: 'output',
  tries: ({ double }) => double.count('download'),
  cases: [
    plain('null', null),
    plain('an empty list', []),
    plain('an empty text', ''),
    plain('a list of nothing', [null, '', 7, {}]),
    plain('a number', 42),
    plain('an object', { url: 'https://replicate.delivery/x.png' }),
    plain('a list in a list', [['https://replicate.delivery/x.png']]),
    plain('no address', ['out-0.png']),
    plain('a data address', ['data:image/png;base64,AAAA']),
    plain('a megabyte of data address', [`data:image/png;base64,${'A'.repeat(900_000)}`]),
    plain('a file', ['file:///etc/passwd']),
    plain('another scheme', ['gopher://127.0.0.1:70/x']),
    plain('a foreign host', ['https://evil.test/a.png']),
    plain('an allowed host in front', ['https://replicate.delivery.evil.test/a.png']),
    plain('an allowed host in the path', ['https://evil.test/https://replicate.delivery/a.png']),
    plain('a punycode host', ['https://xn--replicte-43a.delivery/a.png']),
    plain('the metadata of a cloud', ['http://169.254.169.254/latest/meta-data']),
    at('another port of this machine', (port) => `http://127.0.0.1:${port}/a.png`),
    at('this machine by name', (port) => `http://localhost:${port}/a.png`),
    at('this machine in IPv6', (port) => `http://[::1]:${port}/a.png`),
    at('this machine, IPv4 in IPv6', (port) => `http://[::ffff:127.0.0.1]:${port}/a.png`),
    at('this machine, IPv4 in IPv6 in hex', (port) => `http://[::ffff:7f00:1]:${port}/a.png`),
    at('this machine as one number', (port) => `http://2130706433:${port}/a.png`),
    at('this machine in octal', (port) => `http://0177.0.0.1:${port}/a.png`),
    at('this machine in short', (port) => `http://127.1:${port}/a.png`),
    at('no machine', (port) => `http://0.0.0.0:${port}/a.png`),
    at('the stranger over TLS', (port) => `https://127.0.0.1:${port}/a.png`),
    unusable('the allowed origin before an @', (stranger, allowed) => [
      `http://127.0.0.1:${allowed}@127.0.0.1:${stranger}/a.png`,
    ]),
    unusable('the allowed origin with a name before it', (_, allowed) => [`http://user@127.0.0.1:${allowed}/a.png`]),
    plain('an allowed host with a dot behind', ['https://replicate.delivery./a.png']),
    plain('an allowed host on another port', ['https://replicate.delivery:8443/a.png']),
    plain('an allowed host without TLS', ['http://replicate.delivery/a.png']),
    plain('an allowed host behind a backslash', ['https://evil.test\\@replicate.delivery/a.png']),
    unusable('the allowed host by name', (_, allowed) => [`http://localhost:${allowed}/a.png`]),
    unusable('the allowed host over TLS', (_, allowed) => [`https://127.0.0.1:${allowed}/a.png`]),
    unusable('the first address is foreign', (stranger, allowed) => [
      `http://127.0.0.1:${stranger}/a.png`,
      `http://127.0.0.1:${allowed}/pbxt/x/out-0.png`,
    ]),
    wrapped('a text in place of a list', (url) => url),
    wrapped('five addresses', (url) => Array.from({ length: 5 }, () => url)),
    wrapped('an address after gaps', (url) => [null, '', url]),
    wrapped('an address with blanks around it', (url) => [`\t${url}\n`]),
  ],
};
