// Ways out of the folder of pictures and of the pages, in every writing.
import type { Check, Topic } from './check.ts';
import type { SecurityStage } from './stage.ts';

const FILES = '/api/image-files';
const OUT = ['..', '%2e%2e', '%2E%2E', '.%2e', '%252e%252e', '..%00', '%c0%ae%c0%ae', '..;', '%uff0e%uff0e', '....'];
const SLASHES = ['/', '%2f', '%5c', '\\', '%252f', '%c0%af', '//'];

const CLIMBS = OUT.flatMap((out) =>
  SLASHES.flatMap((slash) => [
    `${FILES}/${`${out}${slash}`.repeat(4)}forum.db`,
    `${FILES}/games/1/scenes/${`${out}${slash}`.repeat(4)}forum.db`,
  ]),
);

const OTHERS = [
  `${FILES}/`,
  `${FILES}`,
  `${FILES}//etc/passwd`,
  `${FILES}/%2fetc%2fpasswd`,
  `${FILES}/C:%5cwindows%5cwin.ini`,
  `${FILES}/file:%2f%2f%2fetc%2fpasswd`,
  `${FILES}/games/1/scenes/x.webp%00.db`,
  `${FILES}/games/1/scenes/.webp`,
  `${FILES}/games/0/scenes/x.webp`,
  `${FILES}/games/1/scenes/${'x'.repeat(65)}.webp`,
  `${FILES}/games/1/scenes/x.webp/`,
  `${FILES}/games/1/scenes/x.webp/../../../../forum.db`,
  `${FILES}/quarantine/games/1/scenes/x.webp`,
  `${FILES}/staging/x`,
  `${FILES}/games/1/characters/1/x.tar`,
  `${FILES}/games`,
  `${FILES}/.env`,
  '/api/image-docs/%2e%2e/%2e%2e/package.json',
  '/api/image-docs/..%2f..%2fpackage.json',
  '/api/image-docs/....//package.json',
  '/api/image-docs/package.json',
  '/.env',
  '/.git/config',
  '/package.json',
  '/api/../package.json',
  '/%2e%2e/package.json',
];

/** What it sends of a file that is not a picture's; the pages answer unknown names with themselves. */
async function climb(path: string, stage: SecurityStage): Promise<string> {
  const { status, text } = await stage.send({ user: 'player', path });
  if (/SQLite format 3|root:.*:0:0|"dependencies"|\[core\]|JWT_SECRET/.test(text)) return `${status} with a file`;
  if (status === 200 && text.includes('swagger-ui')) return 'refused';
  return [301, 400, 403, 404].includes(status) ? 'refused' : String(status);
}

function climbs(path: string): Check {
  return { tried: path.slice(0, 120), expected: 'refused', came: (stage) => climb(path, stage) };
}

export const PATHS: Topic = { topic: 'paths', checks: () => [...CLIMBS, ...OTHERS].map(climbs) };
