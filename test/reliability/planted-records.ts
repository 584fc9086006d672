// The ground to plant wrongs in: a world that was used and has come to rest, and sound records of all who had to do with it.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { VAINO } from '../support/forum-file.ts';
import { signedHeaders, WEBHOOK_SECRET } from '../support/replicate-webhooks.ts';
import type { BillLine, FetchLine, GenerationRow, RequestLine, WebhookLine } from './audit/evidence.ts';
import type { AuditOptions } from './auditor.ts';
import { everythingEnded, Load } from './load.ts';
import { World } from './world.ts';

export const OTHER_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const MESSAGE = '{"id":"p"}';
const MINUTE_S = 60;

/** @returns it with the path of a copy of the forum's file from before the service came */
export async function usedWorld(): Promise<{ world: World; before: string }> {
  const world = await World.open();
  const before = join(world.forum.folder, 'before.db');
  copyFileSync(world.forum.path, before);
  const load = new Load();
  load.grow();
  const life = await world.start();
  if (!life) throw new Error('it did not start');
  await load.drive(life.program);
  await everythingEnded(life.program);
  await life.program.end();
  return { world, before };
}

/** May be changed at will. */
export interface Records {
  bill: BillLine[];
  requests: RequestLine[];
  /** Nothing outside was out of order. */
  calm: boolean;
  webhooks: WebhookLine[];
  fetches: FetchLine[];
  dailyBudgetUsd: number;
}

export function soundRecords(world: World): Records {
  const { outputOrigin: origin } = world.double;
  return {
    bill: world.bill(),
    requests: [...rowsOf(world).flatMap(requestsOf), request(VAINO, 'GET', '/generations/of-nobody', { status: 404 })],
    calm: true,
    webhooks: [webhook(200), webhook(401, minutesAway(-6)), webhook(401, { secret: OTHER_SECRET })],
    fetches: world.double.requests.filter(({ call }) => call === 'download').map(() => ({ origin })),
    dailyBudgetUsd: 1000,
  };
}

/** The oldest first. */
export function rowsOf(world: World): GenerationRow[] {
  return world.sql<GenerationRow>('SELECT * FROM image_generations ORDER BY created_at');
}

/** Its maker asked for it, looked at it, and has deleted it when it is gone. */
function requestsOf({ id, user_id, status, file_id, post_image_id, recipe }: GenerationRow): RequestLine[] {
  const { scene } = JSON.parse(recipe) as { scene: string };
  const asked = { status: 202, key: id, body: { scene }, generations: [id] };
  const isGone = status === 'succeeded' && file_id === null;
  return [
    request(user_id, 'POST', '/games/1/images', asked),
    request(user_id, 'GET', `/generations/${id}`),
    ...(isGone ? [request(user_id, 'DELETE', `/post-images/${post_image_id}`, { status: 204 })] : []),
  ];
}

export function request(
  user: number | null,
  method: string,
  path: string,
  more: Partial<RequestLine> = {},
): RequestLine {
  return { user, method, path, status: 200, generations: [], ...more };
}

export function webhook(status: number, how: Parameters<typeof signedHeaders>[1] = {}): WebhookLine {
  return { sentAt: Date.now(), headers: signedHeaders(MESSAGE, how), body: MESSAGE, status };
}

/** How a webhook is signed so many minutes after now, or before. */
export function minutesAway(minutes: number): { at: number } {
  return { at: Math.floor(Date.now() / 1000) + minutes * MINUTE_S };
}

/** @param before path of the forum's file from before the service came */
export function optionsFor(world: World, before: string, records: Records): AuditOptions {
  const { requests, calm, webhooks, fetches, ...rest } = records;
  return {
    ...rest,
    db: world.forum.path,
    objects: world.objects,
    settled: true,
    requests: { lines: requests, calm },
    webhooks: { lines: webhooks, secret: WEBHOOK_SECRET },
    fetches: { lines: fetches, origins: [world.double.outputOrigin] },
    before,
  };
}
