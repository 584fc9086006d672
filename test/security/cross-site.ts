// What another site can make a visitor's browser send here, with the visitor's cookie; and methods that are not what they say.
import { GAME } from '../support/forum-file.ts';
import type { Check, Topic } from './check.ts';
import { type Call, DRAFTS } from './stage.ts';
import { orNone, told } from './words.ts';

const CHARACTER = { name: 'Aino', base_description: 'red braid' };
const CREATE = { user: 'player', method: 'POST', path: `games/${GAME}/characters` } as const;

const SITES: [expected: string, headers: Record<string, string>][] = [
  ['403 forbidden', { 'sec-fetch-site': 'cross-site' }],
  ['403 forbidden', { 'sec-fetch-site': 'same-site' }],
  ['403 forbidden', { 'sec-fetch-site': 'SAME-ORIGIN, cross-site' }],
  ['403 forbidden', { 'sec-fetch-site': '' }],
  ['403 forbidden', { origin: 'https://evil.example' }],
  ['403 forbidden', { origin: 'https://sub.forum.example' }],
  ['403 forbidden', { origin: 'https://forum.example.evil.example' }],
  ['403 forbidden', { origin: 'https://evil.example/?forum.example' }],
  ['403 forbidden', { origin: 'null' }],
  ['403 forbidden', { origin: '' }],
  ['403 forbidden', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['403 forbidden', { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }],
  ['201', { origin: 'https://forum.example' }],
  ['201', { 'sec-fetch-site': 'same-origin' }],
  ['201', {}],
];

/** Types that a form or a script without leave can send. */
const TYPES: [type: string, body: string][] = [
  ['text/plain', JSON.stringify(CHARACTER)],
  ['application/x-www-form-urlencoded', 'name=Aino&base_description=x'],
  ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAino\r\n--b--'],
  ['text/plain; application/json', JSON.stringify(CHARACTER)],
  ['application/jsonp', JSON.stringify(CHARACTER)],
  ['', JSON.stringify(CHARACTER)],
];

const READS = { user: 'player', path: `games/${GAME}/characters` } as const;

/** Whether another site's script may read the answer. */
async function openTo(call: Call, stage: Parameters<Check['came']>[0]): Promise<string> {
  const { status, headers } = await stage.send(call);
  const opened = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
  return status < 500 ? orNone(opened, 'not opened') : String(status);
}

/** A method in disguise, which must do what it says on its face and nothing else. */
function disguised(tried: string, expected: string, call: Call): Check {
  return { tried, expected, came: async (stage) => told(await stage.send({ user: 'player', ...call })) };
}

const OVERRIDE = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE', 'x-http-method': 'DELETE' };

export const CROSS_SITE: Topic = {
  topic: 'other sites',
  checks: () => [
    ...SITES.map(([expected, headers]): Check => {
      const came: Check['came'] = async (stage) => told(await stage.send({ ...CREATE, headers, body: CHARACTER }));
      return { tried: `a change with ${JSON.stringify(headers)}`, expected, came };
    }),
    ...TYPES.map(([type, body]): Check => {
      const call = { ...CREATE, headers: { 'content-type': type }, body };
      const came: Check['came'] = async (stage) => told(await stage.send(call));
      return { tried: `a change as “${type}”`, expected: '415 unsupported_media_type', came };
    }),
    ...['https://evil.example', 'null'].flatMap((origin): Check[] => [
      {
        tried: `reading from ${origin}`,
        expected: 'not opened',
        came: (stage) => openTo({ ...READS, headers: { origin } }, stage),
      },
      {
        tried: `asking beforehand from ${origin}`,
        expected: 'not opened',
        came: (stage) =>
          openTo(
            {
              path: DRAFTS,
              method: 'OPTIONS',
              headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x' },
            },
            stage,
          ),
      },
    ]),
    disguised('GET that says DELETE', '404 not_found', { path: 'characters/999', headers: OVERRIDE }),
    disguised('POST that says DELETE', '404 not_found', {
      method: 'POST',
      path: 'characters/1',
      headers: OVERRIDE,
      body: {},
    }),
    disguised('POST with ?_method=DELETE', '404 not_found', {
      method: 'POST',
      path: 'characters/1?_method=DELETE',
      body: {},
    }),
    disguised('TRACE', '404 not_found', { method: 'TRACE', path: READS.path }),
    disguised('HEAD', '200', { method: 'HEAD', path: READS.path }),
    disguised('a change by GET', '404 not_found', { path: 'post-images/1/regenerate' }),
    disguised('upper case in a path', '404 not_found', { path: 'IMAGE-ADMIN/audit' }),
  ],
};
