// Which addresses may be called, or passed on to be called, on somebody else's word: those of the public internet alone.
import { promises as dns, type LookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv4, isIPv6, type LookupFunction } from 'node:net';
import { ProviderError } from './provider.ts';

/** Not for the public, by IANA's registry of special addresses; and the one that Azure's machines are told their secrets at. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** All of IPv6 that is in use; loopback, link-local, ULA, multicast and IPv4 in IPv6 are elsewhere. */
const GLOBAL_IPV6 = ['2000::/3'];
/** Within it: protocols' own with Teredo, examples, and 6to4, whose machines nobody needs to reach. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
/** How networks without IPv4 reach it: the last 32 bits are the address that is called. */
const NAT64 = '64:ff9b::';

const specialIpv4 = networks('ipv4', SPECIAL_IPV4);
const globalIpv6 = networks('ipv6', GLOBAL_IPV6);
const specialIpv6 = networks('ipv6', SPECIAL_IPV6);
const nat64 = networks('ipv6', [`${NAT64}/96`]);
const specialNat64 = networks(
  'ipv6',
  SPECIAL_IPV4.map((network) =>
    network.replace(/(.*)\/(\d+)/, (_, start, bits) => `${NAT64}${start}/${96 + Number(bits)}`),
  ),
);

/** ISATAP: an IPv4 address of some intranet, behind any prefix. */
const ISATAP = /:(?:0|200)?:5efe:(?::|[\da-f]+:[\da-f]+)$/;

/** Names that are looked up nowhere but at home (RFC 6761, 6762, 8375, ICANN's `internal`). */
const HOME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;

function networks(family: 'ipv4' | 'ipv6', list: string[]): BlockList {
  const found = new BlockList();
  for (const network of list) {
    const [start = '', bits] = network.split('/');
    found.addSubnet(start, Number(bits), family);
  }
  return found;
}

/** @param address as a resolver writes it; what is no address is not public either */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !specialIpv4.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  if (nat64.check(address, 'ipv6')) return !specialNat64.check(address, 'ipv6');
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  return globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6') && !ISATAP.test(canonical);
}

/** Whether the address may lead to the public internet, as far as that can be seen without asking for its name. */
export function mayBePublic(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.username || url.password) return false;
  if (isIP(host)) return isPublicAddress(host);
  return host.includes('.') && !host.endsWith('.') && !HOME.test(host);
}

/** All the addresses of a name. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

/**
 * For the `lookup` of a connection. The name is resolved once, and what was checked is what is connected to: a second
 * answer, which may be another one, is never asked for. One address that is not public spoils them all.
 */
export function publicLookup(
  resolve: Resolve = (host) => dns.lookup(host, { all: true }),
  isAllowed = isPublicAddress,
): LookupFunction {
  return (host, { all }, done) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses;
        if (!first || !addresses.every(({ address }) => isAllowed(address)))
          done(new ProviderError('refused', `${host} is not on the public internet`), '', 0);
        else if (all) done(null, addresses);
        else done(null, first.address, first.family);
      },
      (error) => done(error, '', 0),
    );
  };
}
