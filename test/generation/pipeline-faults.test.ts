// What the fault table (test/reliability/faults) cannot say in a line: two pictures whose faults meet, and a cancel as its user sees it.
import { describe, expect, test } from 'vitest';
import { faults } from '../support/replicate-double.ts';
import { openWorld } from './world.ts';

describe.concurrent('two requests alike to the last detail', () => {
  test('both answers lost: each finds its own', async () => {
    await using world = await openWorld();
    world.double.next('create', faults.reset('after'), faults.reset('after'));
    const twins = await Promise.all([world.ask({ seed: 7 }), world.ask({ seed: 7 })]);
    for (const twin of twins) await world.succeeds(twin);
    expect(world.double.bill).toHaveLength(2);
    expect(new Set(world.double.bill.map(({ input }) => JSON.stringify(input)))).toHaveProperty('size', 1);
    // Each was downloaded: had both taken the same one, the other would have been paid for nothing.
    expect(world.downloads()).toEqual(world.double.bill.map(({ id }) => id).sort());
  });

  test('the answer of one lost: it does not take the picture of the other', async () => {
    await using world = await openWorld();
    world.double.next('create', null, faults.reset('after'));
    const twins = [await world.ask({ seed: 7 }), await world.ask({ seed: 7 })];
    for (const twin of twins) await world.succeeds(twin);
    expect(world.downloads()).toEqual(world.double.bill.map(({ id }) => id).sort());
  });
});

test('canceled: the provider is asked to stop, and it is free', async () => {
  await using world = await openWorld();
  world.double.holding = true;
  const generation = await world.ask();
  await world.double.arrived('get');
  expect((await world.elina.delete(`/generations/${generation.id}`)).body).toMatchObject({ status: 'canceled' });
  await world.endsWithout(generation, 'canceled');
  expect(world.double.count('cancel')).toBe(1);
  expect((await world.elina.delete(`/generations/${generation.id}`)).status).toBe(409);
});
