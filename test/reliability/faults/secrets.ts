// The one check of every case: nothing that its user was told gives away what lies behind the service.
import type { FaultWorld } from './world.ts';

/** Said by the doubles where an upstream would explain itself: no word of it is for the user. */
export const UPSTREAM = 'upstream words';

const INSIDE: [what: string, pattern: RegExp][] = [
  ['an address', /https?:|127\.0\.0\.1|localhost|\.test\b|:\d{4,5}\b/i],
  ['a name of what is behind', /replicate|predict|\bs3\b|amazon|bucket|sqlite|kysely|sharp|vips/i],
  ['a token or key', /\btoken|r8_|AKID|whsec|bearer|signature/i],
  ['SQL', /\bselect\b|\binsert\b|\bupdate \w+ set\b|image_generations|constraint/i],
  ['a stack', /\n\s*at |\.ts:\d|\.js:\d|node_modules|\bError\b|E[A-Z]{5,}/],
  ['a path', /(^|[\s"'(])\/(tmp|home|work|v1|pbxt|var|data)\b|games\/\d|\.webp|\.db\b/],
  ['a value that is none', /undefined|\[object|\bnull\b|\bNaN\b/],
  ['a status of somebody else', /\b[345]\d\d\b/],
  ['upstream words', new RegExp(UPSTREAM, 'i')],
];

/** @returns what was given away, and in which words */
export function secretsIn(world: FaultWorld): string[] {
  const names = literals(world).filter((name) => name.length > 3);
  return [...new Set(world.told)].flatMap((text) => [
    ...INSIDE.filter(([, pattern]) => pattern.test(text)).map(([what]) => `the user is told ${what}: ${text}`),
    ...names.filter((name) => text.includes(name)).map((name) => `the user is told ${name}: ${text}`),
  ]);
}

/** What only this world's service knows. */
function literals(world: FaultWorld): string[] {
  const { double, s3, forum } = world;
  const rows = world.sql<{ nonce: string; image_key: string }>('SELECT nonce, image_key FROM image_generations');
  const { bucket, accessKeyId, secretAccessKey } = s3.address;
  return [
    ...double.predictions.keys(),
    ...rows.flatMap(({ nonce, image_key }) => [nonce, image_key]),
    ...[double.token, bucket, accessKeyId, secretAccessKey, forum.path, forum.folder],
  ];
}
