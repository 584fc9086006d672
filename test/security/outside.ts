// A provider in an enemy's hands: it sends us to addresses we must not call, and gives us files made to hurt. Each picture ends without
// one, or is drawn anew from bare pixels, and the program goes on.
import { setImmediate } from 'node:timers/promises';
import { scene } from '../imaging/pictures.ts';
import { BOMBS, CLEANED, REJECTED, SWOLLEN } from '../reliability/faults/hostile.ts';
import type { Check, Topic } from './check.ts';
import type { SecurityStage } from './stage.ts';

type Address = (stage: SecurityStage) => unknown;

const port = ({ stranger }: SecurityStage) => stranger.port;
const hosted =
  (path: string): Address =>
  ({ files }) =>
    `${files.origin}${path}`;

const ADDRESSES: Record<string, Address> = {
  'this machine': (stage) => `http://127.0.0.1:${port(stage)}/a.png`,
  'this machine, over TLS': (stage) => `https://127.0.0.1:${port(stage)}/a.png`,
  'this machine as a number': (stage) => `http://2130706433:${port(stage)}/a.png`,
  'this machine in octal': (stage) => `http://0177.0.0.1:${port(stage)}/a.png`,
  'this machine in hex': (stage) => `https://0x7f000001:${port(stage)}/a.png`,
  'this machine in IPv6': (stage) => `http://[::1]:${port(stage)}/a.png`,
  'this machine, mapped': (stage) => `https://[::ffff:7f00:1]:${port(stage)}/a.png`,
  'no machine': (stage) => `http://0.0.0.0:${port(stage)}/a.png`,
  'a name on the list that stands for this machine': (stage) => `https://localhost:${port(stage)}/a.png`,
  'that name in capitals': (stage) => `https://LOCALHOST:${port(stage)}/a.png`,
  'that name with a dot': (stage) => `https://localhost.:${port(stage)}/a.png`,
  'the metadata of a cloud': () => 'http://169.254.169.254/latest/meta-data/',
  'the list’s host before an @': (stage) => `${stage.files.origin}@127.0.0.1:${port(stage)}/a.png`,
  'a file': () => 'file:///etc/passwd',
  data: () => 'data:image/png;base64,iVBORw0KGgo=',
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].map((status) => [
      `a redirect (${status}) to a stranger`,
      hosted(`/to-stranger/${status}`),
    ]),
  ),
  'a redirect to the metadata of a cloud': hosted('/to-metadata/302'),
  'a page that refreshes to a stranger': hosted('/refresh'),
  '64 MiB packed into 64 KiB': hosted('/packed'),
  'a picture without end': hosted('/endless'),
  '64 KiB of headers': hosted('/many-headers'),
};

/** Nothing that failed for being called too early or too often, but refused for good. */
async function ended(stage: SecurityStage, address: unknown): Promise<string> {
  const { status, error, cost } = await stage.pictureAt([address]);
  const charge = cost.charged ? 'charged' : 'not charged';
  return `${status}${error ? ` ${error.code}` : ''}, ${charge}, ${stage.stranger.visits()} calls to the stranger`;
}

function sentTo([tried, address]: [string, Address]): Check {
  return {
    tried: `a picture at ${tried}`,
    expected: 'failed provider_error, not charged, 0 calls to the stranger',
    came: async (stage) => ended(stage, address(stage)),
  };
}

/** @param address of a file that lies ready: making one can keep this process from everything else for seconds */
function given(tried: string, address: string, expected: string): Check {
  return { tried, expected, came: (stage) => ended(stage, address) };
}

const NONE = 'failed provider_error, not charged, 0 calls to the stranger';
const DRAWN = 'succeeded, charged, 0 calls to the stranger';

export const ADDRESSES_OF_PICTURES: Topic = {
  topic: 'where pictures lie',
  checks: async ({ files }) => [
    ...Object.entries(ADDRESSES).map(sentTo),
    given('a right picture', files.serve(await scene().png().toBuffer()), DRAWN),
  ],
};

export const HURTFUL_FILES: Topic = {
  topic: 'hurtful files',
  slow: true,
  async checks({ files }) {
    const all: Check[] = [];
    const kinds = { [NONE]: { ...BOMBS, ...REJECTED }, [DRAWN]: { ...CLEANED, ...SWOLLEN } };
    for (const [expected, makers] of Object.entries(kinds))
      for (const [tried, make] of Object.entries(makers)) all.push(given(tried, files.serve(await make()), expected));
    // The connections that were closed meanwhile are noticed before one of them is used.
    await setImmediate();
    await setImmediate();
    return all;
  },
};
