// Every route of the admins, taken from the service's own document: to everybody else it is not there, whatever is sent.
import type { Check, Topic } from './check.ts';
import type { Call, SecurityStage } from './stage.ts';
import { told } from './words.ts';

const WAYS: [tried: string, expected: string, call: Partial<Call>][] = [
  ['by nobody', '401 unauthenticated', {}],
  ['by a player', '404 not_found', { user: 'player' }],
  ['by a game master', '404 not_found', { user: 'gm' }],
  [
    'by a player whose headers say otherwise',
    '404 not_found',
    {
      user: 'player',
      headers: {
        'x-user-id': '4',
        'x-role': 'admin',
        'x-original-url': '/api/image-styles',
        'x-forwarded-for': '127.0.0.1',
      },
    },
  ],
];

interface Operation {
  tags?: string[];
}

export function adminRoutes({ api }: SecurityStage): [method: string, path: string][] {
  return Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => (operation as Operation).tags?.includes('Admin'))
      .map(([method]): [string, string] => [method.toUpperCase(), path.slice(1).replace(/\{\w+\}/g, '1')]),
  );
}

function guarded([method, path]: [string, string]): Check[] {
  const body = method === 'GET' || method === 'DELETE' ? undefined : { amount: 1, reason: 'x', junk: [] };
  return WAYS.map(([tried, expected, call]) => ({
    tried: `${method} ${path} ${tried}`,
    expected,
    came: async (stage) => told(await stage.send({ method, path, body, ...call })),
  }));
}

export const ADMIN_ROUTES: Topic = {
  topic: 'admins’ routes',
  checks: (stage) => [
    ...adminRoutes(stage).flatMap(guarded),
    {
      tried: 'to find them in the document at all',
      expected: 'found',
      came: () => (adminRoutes(stage).length > 0 ? 'found' : 'none: nothing was tried'),
    },
  ],
};
