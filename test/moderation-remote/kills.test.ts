// Killed while something is judged, before and after: nothing is charged for what was refused, nothing unjudged is ever in the storage,
// and after the next start everything ends as promised.
import { expect, test } from 'vitest';
import type { Failpoint } from '../../src/failpoints.ts';
import { smallJpeg } from '../../src/imaging/index.ts';
import { auditDead, auditSettled, recover } from '../reliability/cell.ts';
import { everythingEnded, Load } from '../reliability/load.ts';
import { untilDead } from '../reliability/points.ts';
import { type Life, World } from '../reliability/world.ts';
import { ELINA, GAME } from '../support/forum-file.ts';
import { ModerationDouble } from '../support/moderation-double.ts';
import { faults } from '../support/replicate-double.ts';

/** Only for a run that hangs: leases have to run out, on a machine that may be busy with much else. */
const LONG = 300_000;

const settingsOf = (judge: ModerationDouble) => ({ ...judge.settings, PICTURE_MODERATION: 'remote' });

/** Pictures in the storage that the judge was never shown. */
async function unjudged(world: World, judge: ModerationDouble): Promise<string[]> {
  const shown = new Set(judge.pictures.map((jpeg) => jpeg.toString('base64')));
  const found: string[] = [];
  for (const key of await world.objects.keys()) {
    const bytes = key.endsWith('_thumb.webp') ? undefined : await world.objects.read(key);
    if (bytes && !shown.has((await smallJpeg(bytes, 512)).toString('base64'))) found.push(`unjudged: ${key}`);
  }
  return found;
}

async function started(world: World, failpoint?: string): Promise<Life> {
  const life = await world.start(failpoint);
  if (!life) throw new Error('it did not start');
  return life;
}

test.concurrent.each<[Failpoint['name'], number]>([
  ['K3', 3],
  ['K4', 3],
  ['K12', 2],
  ['K13', 2],
  ['K30', 2],
])('killed at %s', { timeout: LONG }, async (name, nth) => {
  await using judge = await ModerationDouble.start();
  await using world = await World.open({ settings: settingsOf(judge) });
  const load = new Load();
  load.grow();
  const life = await started(world, `${name}:kill:${nth}`);
  await untilDead(life, load.drive(life.program));
  expect([...(await auditDead(world)), ...(await unjudged(world, judge))]).toEqual([]);
  await world.ageUnsent();
  await recover(world, load);
  expect([...(await auditSettled(world, load)), ...(await unjudged(world, judge))]).toEqual([]);
});

test.concurrent('killed while the verdict on pictures is out', { timeout: LONG }, async () => {
  await using judge = await ModerationDouble.start();
  await using world = await World.open({ settings: settingsOf(judge) });
  const load = new Load();
  load.grow();
  const life = await started(world);
  judge.forget();
  judge.always(faults.hang(), 'picture');
  const kill = judge.arrived(2, 'pictures').then(() => life.program.child.kill('SIGKILL'));
  await Promise.all([untilDead(life, load.drive(life.program)), kill]);
  expect([...(await auditDead(world)), ...(await world.objects.keys())]).toEqual([]);
  judge.always(null);
  await world.ageUnsent();
  await recover(world, load);
  expect([...(await auditSettled(world, load)), ...(await unjudged(world, judge))]).toEqual([]);
});

test.concurrent('killed when pictures are refused and nothing has come of it', { timeout: LONG }, async () => {
  await using judge = await ModerationDouble.start();
  await using world = await World.open({ settings: settingsOf(judge) });
  judge.ofPicture = () => ({ sexual: 1 });
  const load = new Load();
  const ask = async ({ program }: Life) => {
    const elina = await program.as(ELINA);
    for (const scene of ['a mill', 'a moor', 'a bay']) await load.ask(elina, `/games/${GAME}/images`, scene);
    await everythingEnded(program);
  };
  const life = await started(world, 'K30:kill:2');
  await untilDead(life, ask(life));
  expect([...(await auditDead(world)), ...(await world.objects.keys())]).toEqual([]);
  await world.ageUnsent();
  await ask(await started(world));
  const ends = world.sql<{ error_code: string }>('SELECT error_code FROM image_generations');
  expect(ends.map(({ error_code }) => error_code)).toEqual(['output_rejected', 'output_rejected', 'output_rejected']);
  expect([...(await world.audit(true)), ...(await world.objects.keys()), ...load.faults]).toEqual([]);
  expect(world.sql('SELECT 1 FROM image_spool')).toEqual([]);
});
