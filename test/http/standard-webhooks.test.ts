// Whose messages are believed to be the sender's: the published vector, and every way of coming close to it.
import { describe, expect, test } from 'vitest';
import { RecentIds } from '../../src/http/recent-ids.ts';
import { isSigned, type Message } from '../../src/http/standard-webhooks.ts';
import { signedHeaders } from '../support/replicate-webhooks.ts';

/** Published with Standard Webhooks, and so independent of anything here. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const AT = 1614265330;
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const VECTOR: Message = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: String(AT),
  signatures: SIGNATURE,
  body: Buffer.from('{"test": 2432232314}'),
};
const OTHER = 'v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

const accepts = (changes: Partial<Message> = {}, now = AT) => isSigned({ ...VECTOR, ...changes }, SECRET, now * 1000);

/** Rightly signed by the double's own hand, which shares no code with the service. */
function signed(body: string | Buffer, header: { id?: string; at?: number; secret?: string } = {}): Message {
  const headers = signedHeaders(body, { at: AT, ...header });
  return {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signatures: headers['webhook-signature'],
    body: Buffer.from(body),
  };
}

test('the published vector', () => {
  expect(accepts()).toBe(true);
  expect(signed('{"test": 2432232314}', { id: VECTOR.id })).toEqual(VECTOR);
});

test.each<[name: string, changes: Partial<Message>]>([
  ['no id', { id: undefined }],
  ['an empty id', { id: '' }],
  ['another id', { id: 'msg_p5jXN8AQM9LWM0D4loKWxJel' }],
  ['no time', { timestamp: undefined }],
  ['an empty time', { timestamp: '' }],
  ['another time', { timestamp: String(AT + 1) }],
  ['a time that is no number', { timestamp: 'NaN' }],
  ['a time in words', { timestamp: 'now' }],
  ['a time with more behind it', { timestamp: `${AT}abc` }],
  ['a time with a fraction', { timestamp: `${AT}.0` }],
  ['an endless time', { timestamp: 'Infinity' }],
  ['no signature', { signatures: undefined }],
  ['an empty signature', { signatures: '' }],
  ['a version alone', { signatures: 'v1,' }],
  ['a signature without its version', { signatures: SIGNATURE.slice(3) }],
  ['half a signature', { signatures: SIGNATURE.slice(0, 20) }],
  ['a signature and more', { signatures: `${SIGNATURE}A` }],
  ['another letter in it', { signatures: SIGNATURE.replace('g0hM', 'g0hN') }],
  ['version 2', { signatures: SIGNATURE.replace('v1', 'v2') }],
  ['version 1a', { signatures: SIGNATURE.replace('v1', 'v1a') }],
  ['version 999', { signatures: SIGNATURE.replace('v1', 'v999') }],
  ['letters that take more bytes', { signatures: `v1,${'ä'.repeat(44)}` }],
  ['several, none of them right', { signatures: `${OTHER} ${SIGNATURE.replace('v1', 'v2')}` }],
  ['another body', { body: Buffer.from('{"test": 2432232315}') }],
  ['the same JSON, written anew', { body: Buffer.from('{"test":2432232314}') }],
  ['no body', { body: Buffer.alloc(0) }],
])('%s: not the sender’s', (_name, changes) => {
  expect(accepts(changes)).toBe(false);
});

test.each([[`${SIGNATURE} ${OTHER}`], [`${OTHER} ${SIGNATURE}`], [`v2,junk  ${OTHER} ${SIGNATURE} v1a,junk`]])(
  'one of several signatures is enough: %s',
  (signatures) => {
    expect(accepts({ signatures })).toBe(true);
  },
);

test.each([
  [0, true],
  [299, true],
  [-299, true],
  [301, false],
  [-301, false],
  [3600, false],
])('%i s apart: %s', (apart, taken) => {
  expect(accepts({}, AT + apart)).toBe(taken);
});

test('a time that was never meant: the signature of year 1 is right and does not help', () => {
  const ancient = signed('{}', { at: 1 });
  expect(isSigned(ancient, SECRET, AT * 1000)).toBe(false);
  expect(isSigned(ancient, SECRET, 1000)).toBe(true);
});

test('another secret: not the sender’s', () => {
  const message = signed('{}', { secret: `whsec_${Buffer.alloc(24, 7).toString('base64')}` });
  expect(isSigned(message, SECRET, AT * 1000)).toBe(false);
});

describe('the bytes, whatever they are', () => {
  test.each([
    ['nothing', ''],
    ['beyond ASCII', '{"prompt":"Väinö ja 鶴 🦢"}'],
    ['numbers and escapes that JSON would write otherwise', '{ "scale": 1.0, "name": "\\u00e9", "big": 1e2 }'],
    ['no text at all', Buffer.from([0xff, 0xfe, 0x00, 0xc3])],
  ])('%s', (_name, body) => {
    const message = signed(body);
    expect(isSigned(message, SECRET, AT * 1000)).toBe(true);
    const again = Buffer.concat([message.body, Buffer.from(' ')]);
    expect(isSigned({ ...message, body: again }, SECRET, AT * 1000)).toBe(false);
  });
});

test('a recorded message cannot be cut anew: a time in the body does not become the time of the message', () => {
  const old = signed(`{"prompt":"a.${AT}.b"}`, { id: 'msg_old', at: AT - 7200 });
  const cut = { ...old, id: `msg_old.${AT - 7200}.{"prompt":"a`, timestamp: String(AT), body: Buffer.from('b"}') };
  expect(isSigned(cut, SECRET, AT * 1000)).toBe(false);
});

describe('ids met before', () => {
  test('count once in five minutes, unless they are taken back', () => {
    let now = 0;
    const ids = new RecentIds(() => now);
    expect([ids.add('a'), ids.add('a'), ids.add('b')]).toEqual([true, false, true]);
    ids.delete('b');
    expect(ids.add('b')).toBe(true);
    now = 5 * 60_000 - 1;
    expect(ids.add('a')).toBe(false);
    now += 1;
    expect(ids.add('a')).toBe(true);
  });

  test('are not kept without bound', () => {
    const ids = new RecentIds(() => 0);
    for (let i = 0; i < 10_001; i++) ids.add(`msg_${i}`);
    expect(ids.add('msg_9999')).toBe(false);
    expect(ids.add('msg_0')).toBe(true);
  });
});
