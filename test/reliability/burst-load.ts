// Far more requests than the service may take, within seconds: how many it takes, what it answers to the others, what becomes
// of those it took; and how somebody fares who asks for one picture beside somebody who asks for a hundred.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Generation } from '../../src/contract.ts';
import { generator } from '../support/random.ts';
import type { Reply } from '../support/service.ts';
import { pathOf, Stage } from './soak/stage.ts';
import { until } from './world.ts';

export interface BurstOptions {
  users: number;
  /** Requests of each user. */
  each: number;
  /** All requests come within this time, ms. */
  withinMs: number;
  maxActivePerUser: number;
  ratePerMinute: number;
  maxQueued: number;
  maxInFlight: number;
  realPictures: boolean;
  seed: number;
}

export interface BurstResult {
  accepted: number;
  /** How many were refused with which status and code, and whether they said when to come back. */
  refused: Record<string, number>;
  /** Longest answer, ms. */
  slowest: number;
  /** In the ledger just after the burst, with those that filled the provider before. */
  holds: number;
  endings: Record<string, number>;
  billed: number;
  violations: string[];
}

/** Of the requests of a burst, as the limits have it: nobody gets more than one may have, and all together no more than may wait. */
export function acceptedOf({ users, each, maxActivePerUser, ratePerMinute, maxQueued }: BurstOptions): number {
  return Math.min(maxQueued, users * Math.min(each, maxActivePerUser, ratePerMinute));
}

/** Comes when the provider is as busy as it may be and nobody waits: so what is taken on has to wait. */
export async function runBurst(options: BurstOptions): Promise<BurstResult> {
  const fillers = Math.ceil(options.maxInFlight / Math.min(options.maxActivePerUser, options.ratePerMinute));
  const settings = {
    MAX_ACTIVE_PER_USER: String(options.maxActivePerUser),
    RATE_LIMIT_PER_MINUTE: String(options.ratePerMinute),
    MAX_QUEUED: String(options.maxQueued),
    MAX_IN_FLIGHT: String(options.maxInFlight),
    GENERATION_TIMEOUT_S: '3600',
    POLL_INTERVAL_MS: '200', // so that the end comes soon
  };
  const { seed, realPictures } = options;
  const upstream = { latencyS: [0.5, 2] as [number, number], faults: 0, seed, realPictures };
  await using stage = await Stage.open({ ...upstream, settings, users: options.users + fillers });
  await stage.start();
  await fillProvider(stage, stage.users.slice(options.users), options);
  const { replies, slowest } = await burst(stage, options);
  const [{ holds = 0 } = {}] = stage.sql<{ holds: number }>('SELECT sum(held) AS holds FROM image_credit_accounts');
  await stage.upstream.release();
  await until('everything has ended', () => stage.unfinished() === 0, 10 * 60_000);
  await stage.end('SIGTERM');
  const ended = stage.sql<{ status: string; count: number }>(
    'SELECT status, count(*) AS count FROM image_generations GROUP BY status',
  );
  return {
    accepted: replies.filter(({ status }) => status === 202).length,
    refused: countBy(replies.filter(({ status }) => status !== 202).map(refusal)),
    slowest,
    holds,
    endings: Object.fromEntries(ended.map(({ status, count }) => [status, count])),
    billed: (await stage.upstream.bill()).length,
    violations: await stage.audit(),
  };
}

async function fillProvider(stage: Stage, users: number[], { maxInFlight }: BurstOptions): Promise<void> {
  await stage.upstream.hold();
  for (let number = 0; number < maxInFlight; number++) {
    const user = users[number % users.length] ?? 0;
    const isTaken = async () => (await ask(stage, user, `filler ${number}`)).status === 202;
    await until(`there is room for filler ${number}`, isTaken, 60_000);
  }
  await until(
    'the provider is as busy as it may be',
    async () => (await stage.upstream.running()) === maxInFlight,
    120_000,
  );
}

async function burst(stage: Stage, { users, each, withinMs, seed }: BurstOptions) {
  const random = generator(seed);
  const askers = stage.users.slice(0, users).flatMap((user) => Array<number>(each).fill(user));
  const inAnyOrder = askers.map((user) => ({ user, order: random() })).sort((a, b) => a.order - b.order);
  let slowest = 0;
  const replies = inAnyOrder.map(async ({ user }, index) => {
    await sleep((index * withinMs) / askers.length);
    const start = performance.now();
    const reply = await ask(stage, user, `burst ${index}`);
    slowest = Math.max(slowest, performance.now() - start);
    return reply;
  });
  return { replies: await Promise.all(replies), slowest };
}

function refusal({ status, headers, body }: Reply): string {
  const wait = Number(headers.get('retry-after'));
  return `${status} ${body.code}${wait >= 1 && wait <= 60 ? '' : ' without a sound Retry-After'}`;
}

export async function ask(stage: Stage, user: number, scene: string): Promise<Reply<Generation & { code?: string }>> {
  const client = await stage.program?.as(user);
  if (!client) throw new Error('it is dead');
  return client.post(pathOf(user, 'draft'), { mode: 'scene', scene });
}

function countBy(names: string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, those]) => [name, those.length]));
}
