// Random addresses against the guard: what it lets through is on the list, or public, by another reckoning than its own.
import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { allowedUrl } from '../../src/providers/replicate-download.ts';
import { isPublicAddress, mayBePublic } from '../../src/providers/safe-address.ts';

const ORIGINS = [
  'https://replicate.delivery',
  'https://*.replicate.delivery',
  'https://10.0.0.1',
  'http://127.0.0.1:4000',
];

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const byte = fc.oneof(fc.nat(255), one(0, 10, 100, 127, 169, 172, 192, 198, 224, 240, 255));
const ipv4 = fc.tuple(byte, byte, byte, byte);
type Ipv4 = [number, number, number, number];

/** One address as decimals, octals, hex, a single number, shortened, or within IPv6. */
const spelt = fc.tuple(ipv4, fc.nat(10)).map(([[a, b, c, d], how]) => {
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (high: number, low: number) => (high * 256 + low).toString(16);
  const spellings = [
    `${a}.${b}.${c}.${d}`,
    `0${a.toString(8)}.0${b.toString(8)}.0${c.toString(8)}.0${d.toString(8)}`,
    `0x${a.toString(16)}.${b}.0X${c.toString(16)}.${d}`,
    String(whole),
    `0x${whole.toString(16)}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `[::ffff:${a}.${b}.${c}.${d}]`,
    `[::${hex(a, b)}:${hex(c, d)}]`,
    `[2002:${hex(a, b)}:${hex(c, d)}::1]`,
    `[64:ff9b::${a}.${b}.${c}.${d}]`,
    `[2a00::5efe:${hex(a, b)}:${hex(c, d)}]`,
  ];
  return spellings[how] as string;
});
const host = fc.oneof(
  { weight: 4, arbitrary: spelt },
  {
    weight: 2,
    arbitrary: one(
      'replicate.delivery',
      'a.replicate.delivery',
      'REPLICATE.delivery',
      'replicate.delivery.',
      'evilreplicate.delivery',
      'replicate.delivery.evil.test',
      'localhost',
      'a.localhost',
      'intranet',
    ),
  },
  { weight: 1, arbitrary: fc.domain() },
  { weight: 1, arbitrary: fc.ipV6().map((address) => `[${address}]`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const address = fc
  .tuple(
    one('https://', 'https://', 'https://', 'http://', 'HTTPS:\\\\', 'https:/', 'https:', '//', 'ftp://', '\thttps://'),
    one('', '', '', '', 'user@', 'replicate.delivery@', 'a:b@', '@', '%40', '\\@'),
    host,
    one(
      '',
      '',
      '',
      ':443',
      ':4000',
      ':0',
      ':65536',
      ':x',
      '\t',
      '\n',
      '%00',
      '#@replicate.delivery',
      '?.replicate.delivery',
      '\\.replicate.delivery',
    ),
    one('/a.png', '', '/', '/%2e%2e/a'),
  )
  .map((parts) => parts.join(''));

/** By the numbers alone, from the tables of the RFCs. */
function isPrivate([a, b, c, d]: Ipv4): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true;
  if (a === 100) return b >= 64 && b < 128;
  if (a === 169) return b === 254;
  if (a === 172) return b >= 16 && b < 32;
  if (a === 192) return b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99);
  if (a === 198) return b === 18 || b === 19 || (b === 51 && c === 100);
  if (a === 168) return b === 63 && c === 129 && d === 16;
  return a === 203 && b === 0 && c === 113;
}

function faultOfAddress(text: string): string | undefined {
  const allowed = allowedUrl(text, ORIGINS);
  if (
    allowed &&
    !/^https:\/\/([a-z0-9_-]+\.)*replicate\.delivery(\/|$)/.test(`${allowed.origin}/`) &&
    allowed.origin !== 'http://127.0.0.1:4000'
  )
    return 'is not on the list';
  const url = URL.parse(text);
  if (!url || !mayBePublic(url)) return undefined;
  if (isIPv4(url.hostname) && isPrivate(url.hostname.split('.').map(Number) as Ipv4)) return 'is private';
  return url.username || url.password || /localhost\.?$/.test(url.hostname) ? 'is nobody’s to name' : undefined;
}

function faultOfNumbers(numbers: Ipv4): string | undefined {
  const text = numbers.join('.');
  if (isPublicAddress(text) === isPrivate(numbers)) return 'is taken for the other kind';
  if (isPublicAddress(`64:ff9b::${text}`) !== isPublicAddress(text)) return 'is another through NAT64';
  return ['::ffff:', '::'].some((before) => isPublicAddress(before + text)) ? 'is public within IPv6' : undefined;
}

/** @returns the addresses that the guard has misjudged */
export function fuzzUrls(count: number, seed: number): object[] {
  const texts = fc.sample(address, { numRuns: Math.ceil(count / 2), seed });
  const numbers = fc.sample(ipv4, { numRuns: Math.floor(count / 2), seed });
  return [
    ...texts.map((text) => ({ text, fault: faultOfAddress(text) })),
    ...numbers.map((each) => ({ text: each.join('.'), fault: faultOfNumbers(each) })),
  ].filter(({ fault }) => fault);
}
