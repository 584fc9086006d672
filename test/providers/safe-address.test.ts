// Which addresses are of the public internet, in every class and spelling; and that what was checked is what is connected to.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type LookupFunction, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import type { ProviderError } from '../../src/providers/provider.ts';
import { allowedUrl, downloadPicture } from '../../src/providers/replicate-download.ts';
import { isPublicAddress, mayBePublic, publicLookup } from '../../src/providers/safe-address.ts';

describe('an address', () => {
  test.each<[what: string, addresses: string[]]>([
    ['of somebody', ['1.1.1.1', '8.8.8.8', '93.184.216.34', '104.18.0.1', '223.255.255.255']],
    ['next to a private network', ['9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255']],
    ['next to others', ['100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.1', '169.253.255.255']],
    ['and next to those', ['192.169.0.0', '198.17.255.255', '198.20.0.0', '203.0.112.255', '1.0.0.0']],
    ['in IPv6', ['2606:4700::6812:1', '2a00:1450:4010:c0d::5e', '2001:4860:4860::8888', '2A05:D018::1']],
    ['in IPv4, through NAT64', ['64:ff9b::808:808', '64:ff9b::1.1.1.1']],
  ])('%s is public', (_what, addresses) => {
    expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
  });

  test.each<[what: string, addresses: string[]]>([
    ['unspecified', ['0.0.0.0', '0.0.0.1', '0.255.255.255', '::', '0:0:0:0:0:0:0:0']],
    ['loopback', ['127.0.0.1', '127.0.0.2', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1']],
    ['link-local, with the clouds’ metadata', ['169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0']],
    ['private', ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255']],
    ['the provider’s own (CGNAT)', ['100.64.0.1', '100.100.100.200', '100.127.255.255']],
    ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1']],
    ['reserved', ['240.0.0.1', '255.255.255.254', '255.255.255.255', '192.0.0.1', '192.88.99.1']],
    ['for measurements and manuals', ['198.18.0.1', '198.19.255.255', '192.0.2.1', '198.51.100.7', '203.0.113.9']],
    ['a cloud’s platform', ['168.63.129.16']],
    ['unique local', ['fc00::1', 'fd00:ec2::254', 'fdff::1']],
    ['site-local, discarded, or nobody’s', ['fec0::1', '100::1', '4000::1', '5f00::1']],
    ['for manuals in IPv6', ['2001:db8::1', '3fff::1']],
    [
      'IPv4 mapped',
      ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::ffff:0:10.0.0.1'],
    ],
    ['IPv4 compatible', ['::127.0.0.1', '::7f00:1', '::10.0.0.1', '::169.254.169.254']],
    ['6to4', ['2002:7f00:1::', '2002:a00:1::1', '2002:a9fe:a9fe::1']],
    ['NAT64', ['64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::', '64:ff9b:1::a00:1']],
    ['Teredo and its kin', ['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001::1', '2001:2::1', '2001:20::1']],
    ['ISATAP', ['2a00:1:2:3:0:5efe:a00:1', '2a00::5efe:7f00:1', '2a00:1:2:3:200:5efe:192.168.0.1', '2a00::5efe:0:0']],
    ['none', ['', 'localhost', '127.1', '0x7f000001', '2130706433', '1.1.1.1:80', '[::1]', '1.1.1.1 ', '１.1.1.1']],
  ])('that is %s is not public', (_what, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});

const PRIVATE_SPELLINGS = [
  'https://127.0.0.1/a',
  'https://127.0.0.1:443/a',
  'https://127.0.0.1:8443/a',
  'https://127.1/a',
  'https://127.0.1/a',
  'https://2130706433/a',
  'https://0x7f000001/a',
  'https://0x7F.1/a',
  'https://0x7f.0x0.0x0.0x1/a',
  'https://0177.0.0.1/a',
  'https://0177.0.0.01/a',
  'https://017700000001/a',
  'https://0/a',
  'https://0.0.0.0/a',
  'https://10.1/a',
  'https://0xa000001/a',
  'https://3232235521/a',
  'https://0xc0.0xa8.1/a',
  'https://2852039166/latest/meta-data',
  'https://0xa9fea9fe/latest/meta-data',
  'https://0251.0376.0251.0376/latest/meta-data',
  'https://169.254.169.254./latest/meta-data',
  'https://１２７.0.0.1/a',
  'https://127。0。0。1/a',
  'https://①②⑦.0.0.1/a',
  'https://%31%32%37.0.0.1/a',
  'https://127.0.0\t.1/a',
  'https://127.0.0.\n1/a',
  '\thttps://127.0.0.1/a',
  'https:127.0.0.1/a',
  'https:/127.0.0.1/a',
  'https:\\\\127.0.0.1\\a',
  'HTTPS://127.0.0.1/a',
  'https://[::1]/a',
  'https://[0:0:0:0:0:0:0:1]:443/a',
  'https://[::]/a',
  'https://[::ffff:127.0.0.1]/a',
  'https://[::FFFF:7F00:1]/a',
  'https://[0:0:0:0:0:ffff:0a00:0001]/a',
  'https://[64:ff9b::127.0.0.1]/a',
  'https://[fd00:ec2::254]/a',
  'https://[2002:7f00:1::]/a',
  'https://localhost/a',
  'https://LocalHost/a',
  'https://localhost./a',
  'https://a.localhost/a',
  'https://ｌｏｃａｌｈｏｓｔ/a',
  'https://printer.local/a',
  'https://metadata.google.internal/a',
  'https://router.home.arpa/a',
  'https://intranet/a',
  'https://files.example./a',
  'https://user@files.example/a',
  'https://user:secret@files.example/a',
  'https://:@[::1]/a',
];

describe('an address that a user gives for others to load', () => {
  test.each(PRIVATE_SPELLINGS)('%j does not lead to the public internet', (address) => {
    expect(mayBePublic(new URL(address))).toBe(false);
  });

  test.each([
    'https://[fe80::1%25eth0]/a',
    'https://[fe80::1%eth0]/a',
    'https://127.0.0.1.:x/a',
    'https://256.1.1.1/a',
  ])('%j is no address at all', (address) => expect(URL.canParse(address)).toBe(false));

  test.each([
    'https://replicate.delivery/a',
    'https://files.example:8443/a',
    'https://1.1.1.1/a',
    'https://xn--bcher-kva.example/',
  ])('%j may', (address) => expect(mayBePublic(new URL(address))).toBe(true));

  test('none of them is where pictures come from, whatever an operator lists but that machine and port', () => {
    const listed = [
      'https://replicate.delivery',
      'https://127.0.0.1',
      'https://10.0.0.1',
      'https://169.254.169.254',
      'https://0.0.0.0',
    ];
    const open = PRIVATE_SPELLINGS.filter((address) => allowedUrl(address, listed));
    expect(open).toEqual([]);
    expect(allowedUrl('http://127.0.0.1:4000/a', ['http://127.0.0.1:4000'])).toBeDefined();
    expect(allowedUrl('https://1.1.1.1/a', ['https://1.1.1.1'])).toBeDefined();
  });
});

const open: Server[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Counts who comes, and answers nobody a picture. */
async function listener(host: string, port = 0) {
  const seen = { port: 0, visits: 0 };
  const server = createServer((socket) => {
    seen.visits += 1;
    socket.on('error', () => {}).resume();
    socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  open.push(server);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  seen.port = (server.address() as AddressInfo).port;
  return seen;
}

/** A name server that says another thing each time it is asked. */
function nameServer(...answers: string[][]) {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(host);
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { asked, resolve };
}

const LIMITS = { totalMs: 5000, stallMs: 5000 };
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable(),
    (error: ProviderError) => error,
  );

describe('a name', () => {
  test.each([
    ['this machine', ['127.0.0.1']],
    ['this machine in IPv6', ['::1']],
    ['a private network', ['10.0.0.7']],
    ['the metadata of a cloud', ['169.254.169.254']],
    ['a public and a private machine', ['93.184.216.34', '127.0.0.1']],
    ['a public machine and a mapped one', ['93.184.216.34', '::ffff:127.0.0.1']],
    ['nothing', []],
  ])('that stands for %s is refused, and no socket opened', async (_what, addresses) => {
    const stranger = await listener('127.0.0.1');
    const { asked, resolve } = nameServer(addresses);
    const origin = `https://pictures.test:${stranger.port}`;
    const error = await failureOf(downloadPicture(`${origin}/a.png`, [origin], LIMITS, publicLookup(resolve)));
    expect(error).toMatchObject({ kind: 'refused', message: 'pictures.test is not on the public internet' });
    expect([asked.length, stranger.visits]).toEqual([1, 0]);
  });

  test('that the system itself knows for this machine is refused without a double', async () => {
    const stranger = await listener('127.0.0.1');
    const origin = `https://localhost:${stranger.port}`;
    const error = await failureOf(downloadPicture(`${origin}/a.png`, [origin], LIMITS));
    expect([error.kind, stranger.visits]).toEqual(['refused', 0]);
  });

  test('that cannot be looked up now is tried later', async () => {
    const lookup = publicLookup(() => Promise.reject(new Error('EAI_AGAIN')));
    const error = await failureOf(
      downloadPicture('https://pictures.test/a', ['https://pictures.test'], LIMITS, lookup),
    );
    expect(error.kind).toBe('later');
  });
});

/** For the tests, 127.0.0.1 is the public machine and every other one is private. */
const allowed = (address: string) => address === '127.0.0.1';

/** The status, or what kind of failure it was. */
function statusVia(lookup: LookupFunction, port: number): Promise<unknown> {
  return new Promise((answer) => {
    const options = { host: 'pictures.test', port, lookup, agent: false };
    get(options, (response) => answer(response.resume().statusCode)).on('error', ({ kind }: ProviderError) =>
      answer(kind),
    );
  });
}

/** Two machines under one name: first the one that is public here, and then the one that is not. */
async function rebound() {
  const good = await listener('127.0.0.1');
  const bad = await listener('127.0.0.2', good.port);
  return { good, bad, port: good.port, ...nameServer(['127.0.0.1'], ['127.0.0.2']) };
}

describe('rebinding: a name that is public when it is checked, and private a moment later', () => {
  test('is asked for once, and what was checked is what is called', async () => {
    const { good, bad, port, asked, resolve } = await rebound();
    expect(await statusVia(publicLookup(resolve, allowed), port)).toBe(404);
    expect([asked.length, good.visits, bad.visits]).toEqual([1, 1, 0]);
    // The next connection asks anew, and is refused then.
    expect(await statusVia(publicLookup(resolve, allowed), port)).toBe('refused');
    expect([asked.length, good.visits, bad.visits]).toEqual([2, 1, 0]);
  });

  test('reaches whoever checks first and has the name looked up again', async () => {
    const { good, bad, port, resolve } = await rebound();
    const naive: LookupFunction = (host, _options, done) => {
      void resolve(host)
        .then((checked) => (checked.every(({ address }) => allowed(address)) ? resolve(host) : []))
        .then((addresses) => done(null, addresses));
    };
    expect(await statusVia(naive, port)).toBe(404);
    expect([good.visits, bad.visits]).toEqual([0, 1]);
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasOpenssl())('over TLS (skipped only where openssl is not installed)', () => {
  const certificates = getCACertificates('default');
  afterEach(() => setDefaultCACertificates(certificates));

  /** A server with a certificate for pictures.test that this process trusts; it answers with `answer`. */
  async function tlsServer(answer: { status: number; headers?: Record<string, string>; body?: string }) {
    const folder = mkdtempSync(join(tmpdir(), 'tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    const name = ['-subj', '/CN=pictures.test', '-addext', 'subjectAltName=DNS:pictures.test'];
    execFileSync('openssl', [...request, ...name, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const pems = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
    rmSync(folder, { recursive: true });
    setDefaultCACertificates([...certificates, pems.cert]);
    const asked: (string | undefined)[] = [];
    const server = createTlsServer(pems, ({ headers }, response) => {
      asked.push(headers.host);
      response.writeHead(answer.status, { connection: 'close', ...answer.headers }).end(answer.body);
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const fetchAs = (host: string) => {
      const origin = `https://${host}:${port}`;
      return downloadPicture(
        `${origin}/a.png`,
        [origin],
        LIMITS,
        publicLookup(nameServer(['127.0.0.1']).resolve, allowed),
      );
    };
    return { asked, fetchAs, port };
  }

  test('the checked address is called, by its name', async () => {
    const { asked, fetchAs, port } = await tlsServer({ status: 200, body: 'a picture' });
    expect((await fetchAs('pictures.test')).toString()).toBe('a picture');
    expect(asked).toEqual([`pictures.test:${port}`]);
  });

  test('the name is still what the certificate must be for', async () => {
    const { asked, fetchAs } = await tlsServer({ status: 200, body: 'a picture' });
    const error = await failureOf(fetchAs('other.test'));
    expect([error.kind, asked]).toEqual(['later', []]);
    expect(error.message).toMatch(/altnames/);
  });

  test.each([301, 302, 303, 307, 308])('a redirect (%i) to the metadata of a cloud is not followed', async (status) => {
    const location = 'https://169.254.169.254/latest/meta-data';
    const { asked, fetchAs } = await tlsServer({ status, headers: { location } });
    expect((await failureOf(fetchAs('pictures.test'))).kind).toBe('later');
    expect(asked).toHaveLength(1);
  });
});
