// A picture that is given up after its upload has begun leaves nothing behind in the storage.
import { expect, test } from 'vitest';
import { GAME, VAINO } from '../support/forum-file.ts';
import { everythingEnded, Load } from './load.ts';
import { until, World } from './world.ts';

test('killed between two uploads, and the picture is gone at the provider by the next start', async () => {
  await using world = await World.open();
  const load = new Load();
  const dying = await world.start('K14:kill');
  if (!dying) throw new Error('it did not start');
  await load.ask(await dying.program.as(VAINO), `/games/${GAME}/images`, 'a mill');
  await dying.ended;
  expect(await world.objects.keys()).toHaveLength(1);
  for (const { id } of world.double.bill) world.double.expire(id);

  const next = await world.start();
  if (!next) throw new Error('it did not start');
  await everythingEnded(next.program);
  const [row] = world.sql<{ error_code: string }>('SELECT error_code FROM image_generations');
  expect(row?.error_code).toBe('provider_error');
  await next.program.end();
  await world.start(); // the sweep looks at once, and then hourly
  await until('the thumbnail is gone', async () => (await world.objects.keys()).length === 0);
  expect((await world.audit(false)).map((violation) => violation.slice(0, 2))).toEqual(['I1']);
});
