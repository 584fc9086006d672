// The points of the kill matrix: how the program is brought to die at each, and what else must hold besides the audit.
import { watch } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FAILPOINTS } from '../../src/failpoints.ts';
import { GAME, VAINO } from '../support/forum-file.ts';
import { faults } from '../support/replicate-double.ts';
import { everythingEnded, type Load } from './load.ts';
import { type Life, until, type WakeUp, type World } from './world.ts';

export interface Point {
  id: string;
  what: string;
  /** The storage that it needs; any when left out. */
  storage?: 'disk';
  /** The way to wake up that it needs; any when left out. */
  wakeUp?: WakeUp;
  prepare?(world: World, load: Load): Promise<void>;
  /** Returns when the program is dead. */
  die(world: World, load: Load): Promise<void>;
  /** What happens, or is pretended to happen, before the next start. */
  between?(world: World): Promise<void> | void;
  check?(world: World): string[];
}

/** Points of the matrix that this service has no such moment for. */
export const NOT_YET: Record<string, string> = {
  K3: 'without a judge there is no call to die in; with one it is in test/moderation-remote',
  K4: 'as K3: no verdict is stored, and what is refused leaves nothing behind',
  K26: 'there is no backfill, and an export only reads',
};

const DEATH_MS = 30_000;

/** Uses the program until it is dead. @throws when it will not die */
export async function untilDead(life: Life, use: Promise<unknown>): Promise<void> {
  let dead = false;
  const ended = life.ended.then(({ signal }) => {
    dead = true;
    if (signal !== 'SIGKILL') throw new Error(`it ended, but not killed: ${signal}`);
  });
  const used = use.catch((error: unknown) => {
    // A connection that breaks is how its users learn of its death, perhaps before we do.
    if (!(error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message))) throw error;
  });
  await Promise.all([used, until('it is dead', () => dead, DEATH_MS), ended]);
}

/** Dies at the n-th time that the point is reached, while the load is on. */
function byFailpoint(name: keyof typeof FAILPOINTS, nth = 1): Pick<Point, 'id' | 'what' | 'die'> {
  const die = async (world: World, load: Load) => {
    const life = await world.start(`${name}:kill:${nth}`);
    if (life) await untilDead(life, load.drive(life.program));
  };
  return { id: name, what: FAILPOINTS[name], die };
}

/** Dies by an outside hand when `moment` has come. */
function byHand(id: string, what: string, moment: (world: World, life: Life) => Promise<void>): Point {
  const die = async (world: World, load: Load) => {
    const life = await world.start();
    if (!life) throw new Error('it did not start');
    const kill = moment(world, life).then(() => life.program.child.kill('SIGKILL'));
    await Promise.all([untilDead(life, load.drive(life.program)), kill]);
  };
  return { id, what, die };
}

const answersHang = byHand('K6', 'the request has arrived and its answer is not read', async ({ double }) => {
  const before = double.count('create');
  double.next('create', null, faults.hang('after'), faults.hang('after'));
  await double.arrived('create', before + 3);
});

const downloadsStall = byHand('K11', 'in the middle of a download', async ({ double }) => {
  const before = double.count('download');
  double.next('download', faults.stalled(), faults.stalled());
  await double.arrived('download', before + 2);
});

const writing = byHand('K15', 'in the middle of an upload', async (world) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(join(world.folder, '.tmp'), () => resolve());
  await promise;
  watcher.close();
});

/** A picture is canceled while it is being downloaded, and so arrives after all. */
async function cancelDuringDownload(world: World, load: Load): Promise<void> {
  const life = await world.start('K20:kill');
  if (!life) throw new Error('it did not start');
  const user = await life.program.as(VAINO);
  const scene = `too late, ${world.double.count('download')}`;
  const late = async () => {
    const before = world.double.count('download');
    world.double.next('download', faults.inPieces(5, 300));
    const [id = ''] = await load.ask(user, `/games/${GAME}/images`, scene);
    await world.double.arrived('download', before + 1);
    await load.cancel(user, id);
  };
  await untilDead(life, late());
}

/** The forum deletes posts by itself, and nobody tells us. */
async function forumDeletes(world: World, load: Load): Promise<void> {
  const life = await world.start();
  if (!life) throw new Error('it did not start');
  world.sql("INSERT INTO posts (id, beat_id, author_id, content) VALUES (100, 1, ?, 'Text')", VAINO);
  const user = await life.program.as(VAINO);
  for (const scene of ['a mill', 'a bridge']) await load.ask(user, '/posts/100/images', scene);
  await load.drive(life.program);
  await everythingEnded(life.program);
  await life.program.end();
  world.sql('DELETE FROM posts WHERE id = 100');
  world.sql("UPDATE image_files SET created_at = '2020-01-01T00:00:00.000Z'");
}

/** What the forum's deletion left without a post was swept, and what is in a post was not. */
function checkSwept(world: World): string[] {
  const [{ orphans = -1, kept = 0 } = {}] = world.sql<{ orphans: number; kept: number }>(`
    SELECT count(*) FILTER (WHERE post.id IS NULL) AS orphans, count(*) FILTER (WHERE post.id IS NOT NULL) AS kept
    FROM image_files AS file JOIN image_post_details AS detail ON detail.file_id = file.id
    LEFT JOIN post_images AS image ON image.id = detail.post_image_id LEFT JOIN posts AS post ON post.id = image.post_id`);
  return orphans === 0 && kept > 0 ? [] : [`${orphans} pictures without a post, ${kept} with one`];
}

/** A message that broke off was sent again and taken. That it counted once is for the audit. */
function checkSentAgain({ double }: World): string[] {
  const tries = Map.groupBy(double.webhooks.deliveries, ({ id }) => id);
  const again = [...tries.values()].some((all) => all.length > 1 && all.at(-1)?.status === 200);
  return again ? [] : ['no webhook was sent again and taken'];
}

/** A picture whose webhook never came is there all the same. */
function checkUntold(world: World): string[] {
  const taken = world.double.webhooks.deliveries.filter(({ status }) => status === 200);
  const told = new Set(taken.map(({ url }) => new URL(url).searchParams.get('generation')));
  const made = world.sql<{ id: string }>("SELECT id FROM image_generations WHERE status = 'succeeded'");
  return made.some(({ id }) => !told.has(id)) ? [] : ['every picture was told of by a webhook'];
}

async function stopInTheMiddle(world: World, load: Load): Promise<void> {
  const life = await world.start('K27:kill');
  if (!life) throw new Error('it did not start');
  const before = world.double.count('create');
  const stop = world.double.arrived('create', before + 3).then(() => life.program.child.kill('SIGTERM'));
  await Promise.all([untilDead(life, load.drive(life.program)), stop]);
}

/** Of each picture that is marked as deleted, one object is gone already. */
async function halfDeleted(world: World): Promise<void> {
  const marked = world.sql<{ image_key: string }>('SELECT image_key FROM image_files WHERE deleted_at IS NOT NULL');
  if (marked.length === 0) throw new Error('nothing was marked');
  // Of a second time some are gone already.
  for (const { image_key } of marked) await rm(join(world.folder, image_key), { force: true });
}

export const POINTS: Point[] = [
  byFailpoint('K1', 3),
  byFailpoint('K2', 3),
  byFailpoint('K5', 2),
  answersHang,
  byFailpoint('K7', 2),
  byFailpoint('K8', 2),
  { ...byFailpoint('K9', 2), wakeUp: 'webhook', check: checkSentAgain },
  {
    ...byFailpoint('K9', 2),
    id: 'K9-lost',
    what: 'a webhook has been received, which is never sent again',
    wakeUp: 'webhook',
    between: ({ double }) => double.webhooks.giveUp(),
    check: checkUntold,
  },
  { ...byFailpoint('K10', 2), wakeUp: 'webhook', check: checkSentAgain },
  downloadsStall,
  byFailpoint('K12', 2),
  byFailpoint('K13', 2),
  byFailpoint('K14', 2),
  { ...writing, storage: 'disk' },
  byFailpoint('K16', 2),
  byFailpoint('K17', 2),
  byFailpoint('K18', 2),
  byFailpoint('K19'),
  { ...byFailpoint('K20'), die: cancelDuringDownload },
  byFailpoint('K21'),
  { ...byFailpoint('K21'), id: 'K22', what: 'one of two objects is deleted', storage: 'disk', between: halfDeleted },
  byFailpoint('K23'),
  byFailpoint('K24'),
  { ...byFailpoint('K25'), prepare: forumDeletes, check: checkSwept },
  { ...byFailpoint('K27'), die: stopInTheMiddle },
];
