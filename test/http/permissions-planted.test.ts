// The permission table is tested by a bug: a guard that says yes to everything must be seen in most of its cells.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TABLE, wrongCells } from './permission-table.ts';
import { PermissionWorld, ROLES } from './permission-world.ts';

const guard = vi.hoisted(() => ({ sound: true }));
vi.mock('../../src/forum/policy.ts', async (original) => {
  const policy = await original<typeof import('../../src/forum/policy.ts')>();
  const decide: typeof policy.decide = (act, who) => (guard.sound ? policy.decide(act, who) : 'yes');
  return { ...policy, decide };
});

let world: PermissionWorld;
beforeEach(async () => {
  guard.sound = true;
  world = await PermissionWorld.open();
});
afterEach(() => world.close());

test('the sound guard answers every cell as it should', async () => {
  expect(await wrongCells(world)).toEqual([]);
});

test('a guard that says yes is found out in more than 100 cells', async () => {
  guard.sound = false;
  const wrong = await wrongCells(world);
  console.info(`${wrong.length} of ${TABLE.length * ROLES.length} cells tell of a guard that says yes`);
  expect(wrong.length).toBeGreaterThan(100);
});
