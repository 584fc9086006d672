// Two services with workers on one forum's file share the work: none is done twice, and what one leaves when it dies the other ends.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import { createForumFile, ELINA, GAME, GM, VAINO } from '../support/forum-file.ts';
import { type Program, replicateSettings, settingsFor, startProgram } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { stateOf } from '../support/replicate-run.ts';
import { objectsOnDisk } from './audit/evidence.ts';
import { audit } from './auditor.ts';
import { until } from './world.ts';

const PICTURES = 30;

test('every picture is paid once and charged once, though one of them dies', async () => {
  const double = await ReplicateDouble.start();
  onTestFinished(() => double.close());
  const forum = createForumFile();
  onTestFinished(() => forum.remove());
  const settings = settingsFor(forum, replicateSettings(double));
  let one = await startProgram(settings);
  const other = await startProgram(settings);

  await ask([one, other], 'before');
  await until('the first are made', () => double.count('download') >= PICTURES / 2);
  await everythingEnded(other);
  double.holding = true;
  await ask([one, other], 'meanwhile');
  await until('all of them are with the provider', () => double.bill.length === 2 * PICTURES);
  await one.end('SIGKILL');
  double.holding = false;
  double.release();
  await everythingEnded(other);
  one = await startProgram(settings);
  await ask([one, other], 'after');
  await everythingEnded(one);

  expect((await one.end()).code).toBe(0);
  expect((await other.end()).code).toBe(0);
  const bill = double.bill.map(({ id, input }) => ({ id, input, status: stateOf(double.prediction(id)).status }));
  expect(bill).toHaveLength(3 * PICTURES);
  const objects = objectsOnDisk(join(forum.folder, 'images'));
  expect(await audit({ db: forum.path, objects, bill, settled: true })).toEqual([]);
});

/** Asks both services at the same time, in the names of three users. */
async function ask(services: Program[], when: string): Promise<void> {
  const replies = Array.from({ length: PICTURES }, async (_, index) => {
    const service = services[index % services.length] as Program;
    const user = await service.as([ELINA, VAINO, GM][index % 3] ?? ELINA);
    return user.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: `${when} ${index}` });
  });
  for (const { status } of await Promise.all(replies)) expect(status).toBe(202);
}

async function everythingEnded(service: Program): Promise<void> {
  for (const id of [ELINA, VAINO, GM]) {
    const user = await service.as(id);
    const idle = async () => (await user.get('/generations?active=1')).body.items.length === 0;
    await until(`user ${id} waits for nothing`, idle);
  }
}
