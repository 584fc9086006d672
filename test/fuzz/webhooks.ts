// Webhooks bent in one place after they were signed: none of them is taken.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { signedHeaders } from '../support/replicate-webhooks.ts';
import { faultOf } from './judge.ts';
import type { FuzzRequest } from './requests.ts';
import type { Answer } from './wire.ts';

export interface BentWebhook extends FuzzRequest {
  /** Nothing was changed after all, so that it is rightly signed. */
  whole: boolean;
}

type Message = { headers: Record<string, string>; body: Buffer };
type Bend = (message: Message) => Message;

const header =
  (name: string, change: (value: string) => string | undefined): Bend =>
  ({ headers, body }) => {
    const value = change(headers[name] ?? '');
    const { [name]: _, ...rest } = headers;
    return { headers: value === undefined ? rest : { ...rest, [name]: value }, body };
  };

const visible = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const name = fc.constantFrom('webhook-id', 'webhook-timestamp', 'webhook-signature');

const flippedByte: fc.Arbitrary<Bend> = fc
  .tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
  .map(([at, bits]) => ({ headers, body }) => {
    const changed = Buffer.from(body);
    const place = at % changed.length;
    changed[place] = (changed[place] ?? 0) ^ bits;
    return { headers, body: changed };
  });
const cutOrLonger: fc.Arbitrary<Bend> = fc
  .tuple(fc.nat(200), fc.uint8Array({ maxLength: 20 }))
  .map(([keep, more]) => ({ headers, body }) => ({ headers, body: Buffer.concat([body.subarray(0, keep), more]) }));
const changedHeader: fc.Arbitrary<Bend> = fc.oneof(
  fc.tuple(name, visible).map(([which, value]) => header(which, () => value)),
  fc.tuple(name, fc.nat(80)).map(([which, length]) => header(which, (value) => value.slice(0, length))),
  fc
    .tuple(name, fc.nat(80), visible)
    .map(([which, at, more]) => header(which, (value) => value.slice(0, at) + more + value.slice(at))),
  name.map((which) => header(which, () => undefined)),
  fc.integer({ min: -1e6, max: 1e6 }).map((by) => header('webhook-timestamp', (value) => String(Number(value) + by))),
  fc
    .constantFrom('v1a,', 'v2,', 'v0,', 'V1,', '', 'v1,v1,')
    .map((to) => header('webhook-signature', (value) => value.replace('v1,', to))),
);
const packed: fc.Arbitrary<Bend> = fc.constant(({ headers, body }) => ({
  headers: { ...headers, 'content-encoding': 'gzip' },
  body: gzipSync(body),
}));

/** @param known a generation's id and nonce, which the address carries */
export function bentWebhooks(secret: string, query: string): fc.Arbitrary<BentWebhook> {
  const body = fc.json({ maxDepth: 2 }).map((json) => Buffer.from(`{"id":"abc","status":"succeeded","more":${json}}`));
  const bend = fc.oneof(
    { weight: 3, arbitrary: flippedByte },
    cutOrLonger,
    { weight: 6, arbitrary: changedHeader },
    packed,
  );
  return fc.tuple(body, bend).map(([original, change]) => {
    const message: Message = { headers: signedHeaders(original, { secret }), body: original };
    const bent = change(message);
    const whole =
      bent.body.equals(original) &&
      JSON.stringify(Object.entries(bent.headers).sort()) === JSON.stringify(Object.entries(message.headers).sort());
    return { user: 'anonymous', method: 'POST', path: `/api/webhooks/replicate${query}`, ...bent, whole };
  });
}

export function webhookFault(request: BentWebhook, answer: Answer): string | undefined {
  if (request.whole !== (answer.status === 200))
    return request.whole ? 'a whole one was refused' : 'a bent one was taken';
  return faultOf(request, answer);
}
