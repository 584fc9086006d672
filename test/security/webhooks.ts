// Messages in the provider's name from somebody else; and rightly signed ones, which are still only a hint.
import { signedHeaders } from '../support/replicate-webhooks.ts';
import { tokenOf } from '../support/service.ts';
import type { Check, Topic } from './check.ts';
import { DRAFTS, SCENE, type SecurityStage, WEBHOOK_SECRET } from './stage.ts';
import { told } from './words.ts';

const BODY = '{"id":"abc","status":"succeeded","output":["https://replicate.delivery/x.png"]}';
const now = () => Math.floor(Date.now() / 1000);
type Headers = Record<string, string>;
const signed = (more: { at?: number; secret?: string; id?: string } = {}, body = BODY): Headers =>
  signedHeaders(body, { secret: WEBHOOK_SECRET, ...more });
const without = (name: string): Headers =>
  Object.fromEntries(Object.entries(signed()).filter(([header]) => header !== name));

const FORGED: Record<string, () => Headers | Promise<Headers>> = {
  'no signature': () => without('webhook-signature'),
  'no id': () => without('webhook-id'),
  'no time': () => without('webhook-timestamp'),
  'another secret': () => signed({ secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }),
  'an empty secret': () => signed({ secret: 'whsec_' }),
  'another body': () => signed({}, `${BODY} `),
  'another id than the signed one': () => ({ ...signed(), 'webhook-id': 'msg_other' }),
  '301 s old': () => signed({ at: now() - 302 }),
  '301 s ahead': () => signed({ at: now() + 302 }),
  'from 2001': () => signed({ at: 1_000_000_000 }),
  'a time that is no number': () => ({ ...signed(), 'webhook-timestamp': 'NaN' }),
  'another version of signature': () => ({
    ...signed(),
    'webhook-signature': String(signed()['webhook-signature']).replace('v1,', 'v2,'),
  }),
  'the secret itself': () => ({ ...signed(), 'webhook-signature': `v1,${WEBHOOK_SECRET}` }),
  'an admin’s login in place of a signature': async () => ({ cookie: `token=${await tokenOf(4)}` }),
};

function forged([tried, make]: [string, () => Headers | Promise<Headers>]): Check {
  return {
    tried,
    expected: '401 unauthenticated',
    came: async (stage) =>
      told(await stage.send({ method: 'POST', path: 'webhooks/replicate', headers: await make(), body: BODY })),
  };
}

/** For a generation that runs, with its own nonce: the most that a sender can know. */
async function hint(stage: SecurityStage): Promise<string> {
  const { body: asked } = await stage.elina.post(`/${DRAFTS}`, { mode: 'scene', scene: SCENE });
  const mine = `http://127.0.0.1:${stage.stranger.port}`;
  const body = JSON.stringify({
    id: 'x',
    status: 'failed',
    error: 'lies',
    output: [`${mine}/a.png`],
    urls: { get: mine },
  });
  const path = `webhooks/replicate?generation=${asked.id}&nonce=wrong`;
  const answer = await stage.send({ method: 'POST', path, headers: signed({}, body), body });
  const { status } = await stage.elina.finished(asked);
  return `${told(answer)}, ${status}, ${stage.stranger.visits()} calls to the stranger`;
}

export const WEBHOOKS: Topic = {
  topic: 'webhooks',
  checks: () => [
    ...Object.entries(FORGED).map(forged),
    {
      tried: 'signed, and over 256 KiB',
      expected: '413 too_large',
      async came(stage) {
        const body = JSON.stringify({ id: 'x'.repeat(300_000) });
        return told(await stage.send({ method: 'POST', path: 'webhooks/replicate', headers: signed({}, body), body }));
      },
    },
    {
      tried: 'signed, with lies and addresses of a stranger',
      expected: '200, succeeded, 0 calls to the stranger',
      came: hint,
    },
  ],
};
