// What is tried on every store that strangers load pictures from: they can read pictures, and can do nothing else.
import { randomBytes } from 'node:crypto';
import { newPictureKeys } from './keys.ts';
import type { Finding } from './storage.ts';
import { type Answer, ask, refused, succeeded } from './stranger.ts';

/** A WebP of one pixel: a CDN that looks at what it passes on finds what its name says. */
const PIXEL = Buffer.from('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=', 'base64');

/** No game's: the greatest number that an id may be. */
const NO_GAME = Number.MAX_SAFE_INTEGER;

/** A picture for trying, which is no forum's. Each is of other bytes, so that none can be taken for another. */
export function newProbe(): { key: string; bytes: Buffer<ArrayBuffer> } {
  const tail = Buffer.concat([Buffer.from('try '), Buffer.from([16, 0, 0, 0]), randomBytes(16)]);
  const bytes = Buffer.concat([PIXEL, tail]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  return { key: newPictureKeys({ gameId: NO_GAME, characterId: null }).image, bytes };
}

export function fine(name: string, message: string): Finding {
  return { name, ok: true, severity: 'error', message };
}

export function fault(name: string, message: string, severity: Finding['severity'] = 'error'): Finding {
  return { name, ok: false, severity, message };
}

/** @param forbidden what to mend where strangers may not read */
export async function tryPublicRead(url: string, bytes: Buffer, forbidden: string): Promise<Finding> {
  const answer = await ask(url);
  const message = faultOfPicture(answer, bytes, forbidden);
  return message
    ? fault('public_read', message)
    : fine('public_read', 'A browser gets a picture from its public address.');
}

const ELSEWHERE = 'IMAGE_PUBLIC_BASE_URL must lead to the very place where this service stores pictures.';

function faultOfPicture(answer: Answer | null, bytes: Buffer, forbidden: string): string | undefined {
  if (!answer)
    return 'Nobody answers at the public address of pictures: look at its name, its certificate and the firewall.';
  const { status, type } = answer;
  if (succeeded(answer) && !answer.bytes.equals(bytes)) {
    return `Something else than the picture is at its public address${type && ` (${type})`}. ${ELSEWHERE}`;
  }
  if (succeeded(answer)) {
    return type === 'image/webp' ? undefined : 'Pictures do not come as image/webp: browsers may refuse to show them.';
  }
  if (status < 400) return `The public address of pictures leads browsers elsewhere (${status}). ${ELSEWHERE}`;
  if (status === 404) return `At its public address the picture is not known (404). ${ELSEWHERE}`;
  if (status === 401 || status === 403) return `Strangers may not read pictures (${status}): ${forbidden}`;
  return `The public address of pictures answers with a fault (${status}).`;
}

/** @param urls where strangers might look for it; each must refuse, or at least not give these bytes */
export async function tryHidden(name: string, what: string, urls: string[], bytes: Buffer): Promise<Finding> {
  const answers = await Promise.all(urls.map((url) => ask(url)));
  if (answers.some((answer) => answer?.bytes.includes(bytes))) {
    return fault(name, `Strangers can read ${what}: let them read games/ and nothing else.`);
  }
  return fine(name, `Strangers cannot read ${what}.`);
}

export async function tryWrites(urls: string[], bytes: Buffer<ArrayBuffer>): Promise<Finding> {
  const answers = await Promise.all(urls.map((url) => ask(url, 'PUT', bytes)));
  if (answers.some(succeeded)) {
    return fault('anonymous_write', 'Strangers can store objects: take every s3:PutObject for everyone (*) away.');
  }
  if (!answers.every(refused)) return untold('anonymous_write', 'write');
  return fine('anonymous_write', 'Strangers cannot write.');
}

export async function tryDelete(url: string, isGone: () => Promise<boolean>): Promise<Finding> {
  const answer = await ask(url, 'DELETE');
  if (succeeded(answer) || (await isGone())) {
    return fault(
      'anonymous_delete',
      'Strangers can delete pictures: take every s3:DeleteObject for everyone (*) away.',
    );
  }
  if (!refused(answer)) return untold('anonymous_delete', 'delete');
  return fine('anonymous_delete', 'Strangers cannot delete.');
}

export async function tryLists(urls: string[]): Promise<Finding> {
  const answers = await Promise.all(urls.map((url) => ask(url)));
  if (answers.some((answer) => answer?.bytes.includes('<ListBucketResult'))) {
    const mend =
      'take s3:ListBucket for everyone (*) away, since the name of a picture is all that keeps it from being found';
    return fault('anonymous_list', `Strangers can list the bucket: ${mend}.`);
  }
  if (!refused(answers[0] ?? null)) return untold('anonymous_list', 'list');
  return fine('anonymous_list', 'Strangers cannot list.');
}

function untold(name: string, act: string): Finding {
  return fault(
    name,
    `Whether strangers can ${act} could not be found out: the store has not answered. Try again.`,
    'warning',
  );
}
