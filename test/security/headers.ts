// What every reply must say to browsers, and must not say at all.
import { GAME } from '../support/forum-file.ts';
import type { Check, Topic } from './check.ts';
import { type Call, DRAFTS, type SecurityStage } from './stage.ts';
import { orNone } from './words.ts';

const AS_IT_MUST_BE = 'as it must be';

const REPLIES: Record<string, Call> = {
  'an answer': { user: 'player', path: `games/${GAME}/characters` },
  'a public answer': { path: 'image-styles' },
  'the document': { path: 'image-openapi.json' },
  'the pages of the document': { path: 'image-docs/' },
  'a page’s script': { path: 'image-docs/swagger-ui.css' },
  'nobody is logged in': { path: `games/${GAME}/characters` },
  'a refused body': { user: 'player', method: 'POST', path: DRAFTS, body: '{' },
  'nothing there': { path: 'no-such-thing' },
  'nothing there, outside the routes': { path: '/elsewhere' },
  'an unreadable path': { path: 'image-docs/%' },
  'a picture that is not there': { path: `image-files/games/${GAME}/scenes/x.webp` },
  'a webhook refused': { method: 'POST', path: 'webhooks/replicate', body: {} },
  'another method': { user: 'player', method: 'PUT', path: DRAFTS, body: {} },
};

/** @returns what is missing or too much */
export function headerFaults(headers: Record<string, unknown>): string {
  const csp = String(headers['content-security-policy'] ?? '');
  return orNone([
    headers['x-content-type-options'] !== 'nosniff' && 'no nosniff',
    !/default-src '(self|none)'/.test(csp) && 'no content policy',
    /unsafe-eval|default-src[^;]*\*|script-src[^;]*(unsafe-inline|\*)/.test(csp) && 'a policy that lets scripts in',
    !headers['x-frame-options'] && !/frame-ancestors|sandbox/.test(csp) && 'may be framed',
    headers['referrer-policy'] !== 'no-referrer' && 'no referrer policy',
    headers['x-powered-by'] !== undefined && 'says who powers it',
    headers.server !== undefined && 'says what server it is',
    headers['access-control-allow-origin'] !== undefined && 'opens itself to other sites',
    headers['set-cookie'] !== undefined && 'sets a cookie',
  ]);
}

function headersOf([tried, call]: [string, Call]): Check {
  return { tried, expected: AS_IT_MUST_BE, came: async (stage) => headerFaults((await stage.send(call)).headers) };
}

async function pictureOf(stage: SecurityStage): Promise<string> {
  const { status, body } = await stage.elina.post(`/${DRAFTS}`, { mode: 'scene', scene: 'a bay' });
  if (status !== 202) return `asking was answered ${status}`;
  const { image_url } = await stage.elina.finished(body);
  const { headers } = await stage.send({ path: new URL(String(image_url), stage.program.origin).pathname });
  const sandboxed = /sandbox/.test(String(headers['content-security-policy']));
  return orNone([
    headers['content-type'] !== 'image/webp' && 'another type',
    !sandboxed && 'no sandbox',
    headerFaults(headers),
  ]);
}

/** Somebody's own words or pictures must not stay in a cache that others share. */
async function cacheOf(stage: SecurityStage): Promise<string> {
  const { headers } = await stage.send({ user: 'player', path: `games/${GAME}/characters` });
  return String(headers['cache-control']);
}

export const HEADERS: Topic = {
  topic: 'headers',
  checks: () => [
    ...Object.entries(REPLIES).map(headersOf),
    { tried: 'a picture', expected: AS_IT_MUST_BE, came: pictureOf },
    { tried: 'what caches may do with an answer', expected: 'private, no-cache', came: cacheOf },
  ],
};
