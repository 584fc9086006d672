// Bodies that are too much, nested, packed or poisoned, and those that name what is not the sender's to say.
import { gzipSync } from 'node:zlib';
import { sendRaw } from '../fuzz/wire.ts';
import { ELINAS_POST, GAME } from '../support/forum-file.ts';
import { tokenOf } from '../support/service.ts';
import type { Check, Topic } from './check.ts';
import { DRAFTS, type SecurityStage } from './stage.ts';
import { orNone, told } from './words.ts';

const SCENE = { mode: 'scene', scene: 'a quiet bay' };
const CHARACTER = { name: 'Aino', base_description: 'red braid' };
const CREATE = { user: 'player', method: 'POST', path: `games/${GAME}/characters` } as const;
const KIB = 1024;

const BODIES: [tried: string, expected: string, body: unknown, headers?: Record<string, string>][] = [
  ['20 KiB', '413 too_large', { ...CHARACTER, name: 'a'.repeat(20 * KIB) }],
  ['1 MiB', '413 too_large', { ...CHARACTER, name: 'a'.repeat(KIB * KIB) }],
  ['20 MB packed into 20 KB', '413 too_large', gzipSync(Buffer.alloc(20_000_000, ' ')), { 'content-encoding': 'gzip' }],
  ['packed twice', '415 unsupported_media_type', gzipSync(gzipSync('{}')), { 'content-encoding': 'gzip, gzip' }],
  ['8,000 lists in each other', '400 invalid_request', `${'['.repeat(8000)}${']'.repeat(8000)}`],
  ['2,500 objects in each other', '400 invalid_request', `${'{"a":'.repeat(2500)}1${'}'.repeat(2500)}`],
  ['1,500 fields', '400 invalid_request', `{${Array.from({ length: 1500 }, (_, i) => `"k${i}":1`).join()}}`],
  ['a NUL in a text', '400 invalid_request', { ...CHARACTER, name: 'a\0b' }],
  ['half a letter', '400 invalid_request', '{"name":"\\ud800","base_description":"x"}'],
  ['bytes that are no UTF-8', '400 invalid_request', Buffer.from('{"name":"\xff\xfe","base_description":', 'latin1')],
  ['another charset', '415 unsupported_media_type', '{}', { 'content-type': 'application/json; charset=latin1' }],
  ['a list for a text', '400 invalid_request', { ...CHARACTER, name: ['Aino'] }],
  ['an object for a text', '400 invalid_request', { ...CHARACTER, name: { $gt: '' } }],
  [
    '__proto__',
    '400 invalid_request',
    '{"name":"Aino","base_description":"x","__proto__":{"is_admin":1,"polluted":1}}',
  ],
  ['constructor.prototype', '400 invalid_request', { ...CHARACTER, constructor: { prototype: { polluted: 1 } } }],
  [
    '__proto__ within a field',
    '400 invalid_request',
    '{"name":"A","base_description":"x","lora":{"__proto__":{"polluted":1}}}',
  ],
  ['a cookie of 16 KiB', '431', CHARACTER, { cookie: `token=${'a'.repeat(16 * KIB)}` }],
];

/** What rows and requests to the provider have, and no user may say. */
const NOT_THEIRS =
  `user_id userId owner_id cost credits status state progress image_key thumbnail_key s3Key image_url key role roles
  is_admin isAdmin prediction_id provider webhook webhook_events_filter model version disable_safety_checker apply_watermark
  width height num_inference_steps num_outputs guidance_scale scheduler refine image mask replicate_weights lora_scale id
  created_at finished_at lease_until_ms nonce generation_params prompt recipe game_id post_id`.split(/\s+/);

const TARGETS: [
  what: string,
  method: string,
  path: (stage: SecurityStage) => string | Promise<string>,
  good: object,
][] = [
  ['a picture', 'POST', () => DRAFTS, SCENE],
  ['a picture for a post', 'POST', () => `posts/${ELINAS_POST}/images`, SCENE],
  ['a new character', 'POST', () => CREATE.path, CHARACTER],
  ['a change of a character', 'PATCH', characterOf, { name: 'Aino' }],
];

async function characterOf(stage: SecurityStage): Promise<string> {
  const { body } = await stage.elina.post(`/games/${GAME}/characters`, CHARACTER);
  return `characters/${body.id}`;
}

/** Each name by itself, so that none hides behind another. */
async function nameEach(stage: SecurityStage, method: string, path: string, good: object): Promise<string> {
  const taken: string[] = [];
  for (const name of NOT_THEIRS) {
    const { status, text } = await stage.send({ user: 'player', method, path, body: { ...good, [name]: 1 } });
    if (status !== 400 || !text.includes(`"path":"${name}"`)) taken.push(`${name} → ${status}`);
  }
  return orNone(taken, 'each refused by its name');
}

const WEIGHTS = [
  'https://127.0.0.1/a.tar',
  'https://[::1]/a.tar',
  'https://169.254.169.254/a',
  'https://0x7f.1/a.tar',
  'https://localhost/a.tar',
  'https://metadata.google.internal/a',
  'http://replicate.delivery/a.tar',
  'file:///etc/passwd',
];

/** A body that comes letter by letter holds up nobody else. */
async function slowBody(stage: SecurityStage): Promise<string> {
  const cookie = `Cookie: token=${await tokenOf(1)}\r\n`;
  const head = `POST /api/${DRAFTS} HTTP/1.1\r\nHost: x\r\n${cookie}Content-Type: application/json\r\nContent-Length: 9999\r\n\r\n{`;
  const slow = Array.from({ length: 50 }, () => sendRaw(stage.program.origin, head, { ms: 1500 }));
  const { status, ms } = await stage.send({ path: 'image-healthz' });
  await Promise.all(slow);
  return `${status} ${ms < 1000 ? 'at once' : `after ${Math.round(ms)} ms`}`;
}

export const BODY_CHECKS: Topic = {
  topic: 'bodies',
  checks: () => [
    ...BODIES.map(([tried, expected, body, headers]): Check => {
      const user = headers?.cookie ? 'anonymous' : 'player';
      return { tried, expected, came: async (stage) => told(await stage.send({ ...CREATE, user, headers, body })) };
    }),
    ...TARGETS.map(([what, method, path, good]): Check => {
      const came: Check['came'] = async (stage) => nameEach(stage, method, await path(stage), good);
      return {
        tried: `${NOT_THEIRS.length} names that are not the sender’s to say, of ${what}`,
        expected: 'each refused by its name',
        came,
      };
    }),
    ...WEIGHTS.map((weights): Check => {
      const came: Check['came'] = async (stage) =>
        told(
          await stage.send({
            user: 'player',
            method: 'PATCH',
            path: await characterOf(stage),
            body: { lora: { weights } },
          }),
        );
      return { tried: `weights at ${weights}`, expected: '400 invalid_request', came };
    }),
    { tried: '50 bodies that stop coming, and another visitor', expected: '200 at once', came: slowBody },
    {
      tried: 'whether anything of it stuck to every object',
      expected: 'nothing',
      async came(stage) {
        const { text } = await stage.send({ user: 'player', path: `games/${GAME}/characters` });
        return /polluted|is_admin/.test(text) ? 'polluted' : 'nothing';
      },
    },
  ],
};
