// Pictures whose end is told by webhook, through a forum's own server; asking is so slow here that it could not be what did it.
import { describe, expect, test } from 'vitest';
import { until } from '../http/stage.ts';
import { openDoor } from '../support/door.ts';
import { faults } from '../support/replicate-double.ts';
import type { Fault } from '../support/replicate-faults.ts';
import { WEBHOOK_SECRET, type WebhookFault } from '../support/replicate-webhooks.ts';
import { call } from './hooks.ts';
import { openWorld, type World } from './world.ts';

const NEVER_MS = 60_000;
/** A third of the shortest way without a webhook. */
const QUICKLY_MS = 20_000;

interface HookedWorld extends World {
  /** Until then the forum answers 404, as one does that is being set up. */
  open(): void;
}

async function openHookedWorld(env: Record<string, string> = {}): Promise<HookedWorld> {
  const world = await openShutWorld(env);
  world.open();
  return world;
}

async function openShutWorld(env: Record<string, string> = {}): Promise<HookedWorld> {
  const door = await openDoor();
  const settings = { PUBLIC_URL: door.origin, REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET };
  const world = await openWorld({ ...settings, POLL_INTERVAL_MS: String(NEVER_MS), ...env });
  return {
    ...world,
    open: () => door.leadTo(world.service.origin),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await door[Symbol.asyncDispose]();
    },
  };
}

const statuses = ({ double }: World) => double.webhooks.deliveries.map(({ status }) => status);

describe.concurrent('a picture', () => {
  test('is there as soon as the provider calls, and was asked about no more than needed', async () => {
    await using world = await openHookedWorld();
    const started = Date.now();
    const generation = await world.ask();
    await world.succeeds(generation);
    expect(Date.now() - started).toBeLessThan(QUICKLY_MS);
    expect(statuses(world)).toEqual([200]);
    expect(world.double.webhooks.deliveries[0]?.url).toContain(`/api/webhooks/replicate?generation=${generation.id}&`);
    // Once for its state, once for the address of the picture.
    expect(world.double.count('get')).toBe(2);
    expect(world.double.bill).toHaveLength(1);
  });

  test('that ends before its create was answered is there at once all the same', async () => {
    await using world = await openHookedWorld();
    world.double.nextOutcome({ latencyMs: 0 });
    world.double.next('create', faults.slow(500));
    const started = Date.now();
    const generation = await world.ask();
    await world.succeeds(generation);
    expect(Date.now() - started).toBeLessThan(QUICKLY_MS);
    expect(world.double.count('list')).toBe(0);
  });

  test('that ends while it is being asked about is there at once all the same', async () => {
    await using world = await openHookedWorld();
    world.double.holding = true;
    const generation = await world.ask();
    await world.double.arrived('create');
    // What is being answered is that it runs; it ends, and the call comes, before that answer is there.
    world.double.next(
      'get',
      faults.slow(700, () => world.double.release()),
    );
    const started = Date.now();
    await call(world, generation, {});
    await world.succeeds(generation);
    expect(Date.now() - started).toBeLessThan(QUICKLY_MS);
  });

  test.each<[name: string, outcome: object, code: string]>([
    ['refused', { nsfw: true }, 'output_rejected'],
    ['failed', { error: 'CUDA out of memory' }, 'provider_error'],
  ])('%s is told as soon as the provider calls', async (_name, outcome, code) => {
    await using world = await openHookedWorld();
    world.double.nextOutcome(outcome);
    await world.endsWithout(await world.ask(), code);
    expect(statuses(world)).toEqual([200]);
  });

  test.each<[name: string, fault: WebhookFault]>([
    ['late', { delayMs: 500 }],
    ['many times', { copies: 10 }],
  ])('whose webhook comes %s is made once', async (_name, fault) => {
    await using world = await openHookedWorld();
    world.double.webhooks.next(fault);
    await world.succeeds(await world.ask());
    expect(world.double.bill).toHaveLength(1);
    expect(world.downloads()).toHaveLength(1);
    await until(() => world.double.webhooks.deliveries.length === (fault.copies ?? 1));
    expect(new Set(statuses(world))).toEqual(new Set([200]));
  });

  test('two whose webhooks come the wrong way round', async () => {
    await using world = await openHookedWorld();
    world.double.webhooks.next({ afterNext: true });
    const both = [await world.ask(), await world.ask()];
    for (const one of both) await world.succeeds(one);
    expect(world.double.webhooks.deliveries.map(({ url }) => url.includes(both[1]?.id ?? '-'))).toEqual([true, false]);
  });

  test.each<[name: string, fault: WebhookFault]>([
    ['is lost', { drop: true }],
    ['is signed by somebody else', { secret: `whsec_${Buffer.alloc(24, 7).toString('base64')}` }],
  ])('whose webhook %s is found by asking', async (_name, fault) => {
    await using world = await openHookedWorld({ POLL_INTERVAL_MS: '50' });
    world.double.webhooks.next(fault);
    await world.succeeds(await world.ask());
    expect(statuses(world)).not.toContain(200);
  });

  test('whose webhook was not taken is told of again', async () => {
    await using world = await openShutWorld();
    const generation = await world.ask();
    await until(() => world.double.webhooks.deliveries.length > 0);
    world.open();
    await world.succeeds(generation);
    expect(statuses(world).slice(0, -1)).toContain(404);
    expect(statuses(world).at(-1)).toBe(200);
    expect(new Set(world.double.webhooks.deliveries.map(({ id }) => id)).size).toBe(1);
  });
});

describe.concurrent('a picture whose create was never answered', () => {
  const none = faults.answer(200, { results: [], next: null });
  test.each<[name: string, list: Fault]>([
    ['the list does not show it', none],
    ['the list cannot be read', faults.serverError(503)],
  ])('is found by its webhook: %s', async (_name, list) => {
    await using world = await openHookedWorld();
    world.double.next('create', faults.reset('after'));
    world.double.next('list', ...Array.from({ length: 100 }, () => list));
    world.double.webhooks.next({ delayMs: 300 });
    const generation = await world.ask();
    await world.succeeds(generation);
    expect(world.double.count('create')).toBe(1);
    expect(world.double.bill).toHaveLength(1);
    expect(world.downloads()).toEqual([world.double.bill[0]?.id]);
  });

  test('is not mistaken for another that a webhook names', async () => {
    await using world = await openHookedWorld();
    const stranger = world.double.add({ prompt: 'somebody else’s', seed: 1 }, new Date());
    world.double.next('create', faults.reset('after'));
    world.double.next('list', none);
    world.double.webhooks.next({ drop: true });
    const generation = await world.ask();
    await world.double.arrived('create');
    await call(world, generation, stranger);
    await world.double.arrived('list');
    expect(world.double.requests.map(({ path }) => path)).toContain(`/v1/predictions/${stranger.id}`);
    await world.succeeds(generation);
    expect(world.downloads()).toEqual([world.double.bill[0]?.id]);
  });

  test('two alike to the last detail: each finds its own', async () => {
    await using world = await openHookedWorld();
    world.double.next('create', faults.reset('after'), faults.reset('after'));
    const twins = await Promise.all([world.ask({ seed: 7 }), world.ask({ seed: 7 })]);
    for (const twin of twins) await world.succeeds(twin);
    expect(world.downloads()).toEqual(world.double.bill.map(({ id }) => id).sort());
  });
});
