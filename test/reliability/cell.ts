// One cell of the kill matrix: the program dies at a point, once or twice, is started again, and everything must be as promised.

import { everythingEnded, Load } from './load.ts';
import type { Point } from './points.ts';
import { until, World, type WorldOptions } from './world.ts';

export interface CellOptions extends WorldOptions {
  /** How often in a row it dies there: 2 is K28. */
  times?: number;
}

export interface CellResult {
  point: string;
  times: number;
  /** What was not as promised; empty when all is well. */
  faults: string[];
  generations: number;
  billed: number;
  /** From the last start until everything had ended. */
  recoveredMs: number;
  ms: number;
}

export async function runCell(point: Point, { times = 1, ...options }: CellOptions = {}): Promise<CellResult> {
  const began = Date.now();
  await using world = await World.open(options);
  const load = new Load();
  const faults: string[] = [];
  let recoveredMs = 0;
  try {
    await point.prepare?.(world, load);
    for (let life = 0; life < times; life++) {
      load.grow();
      await point.die(world, load);
      faults.push(...(await auditDead(world)));
      await point.between?.(world);
      await world.ageUnsent();
    }
    recoveredMs = await recover(world, load);
    faults.push(...(await auditSettled(world, load)), ...(point.check?.(world) ?? []));
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error), ...load.faults);
  }
  const [{ generations = 0 } = {}] = hasTables(world)
    ? world.sql<{ generations: number }>('SELECT count(*) AS generations FROM image_generations')
    : [];
  const ms = Date.now() - began;
  return { point: point.id, times, faults, generations, billed: world.double.bill.length, recoveredMs, ms };
}

/** What must hold at every moment holds over the dead body, too. */
export async function auditDead(world: World): Promise<string[]> {
  if (!hasTables(world)) return [];
  return (await world.audit(false)).map((violation) => `dead: ${violation}`);
}

function hasTables(world: World): boolean {
  return world.sql("SELECT 1 FROM sqlite_master WHERE name = 'image_generations'").length > 0;
}

/** Starts it again, sends every request again, and waits until all has ended and what was deleted is gone. */
export async function recover(world: World, load: Load, failpoint?: string): Promise<number> {
  const life = await world.start(failpoint);
  if (!life) throw new Error('it did not start');
  const started = Date.now();
  await load.drive(life.program);
  await everythingEnded(life.program);
  const ms = Date.now() - started;
  const marked = () => world.sql('SELECT 1 FROM image_files WHERE deleted_at IS NOT NULL').length;
  await until('everything deleted is gone', () => marked() === 0);
  const { code } = await life.program.end();
  if (code !== 0) throw new Error(`told to stop, it ended with ${code}`);
  return ms;
}

export async function auditSettled(world: World, load: Load): Promise<string[]> {
  const rows = world.sql<{ id: string; status: string; error_code: string }>(
    'SELECT id, status, error_code FROM image_generations',
  );
  const answered = new Set([...load.answers.values()].flat());
  const strangers = rows.filter(({ id }) => !answered.has(id)).map(({ id }) => `${id}: nobody was told of it`);
  const lost = rows
    .filter(({ id, status }) => status !== 'succeeded' && !(status === 'canceled' && load.canceled.has(id)))
    .map(({ id, status, error_code }) => `${id}: ended as ${status} (${error_code})`);
  const gone = answered.size > rows.length ? [`${answered.size - rows.length} generations are gone`] : [];
  return [...(await world.audit(true)), ...strangers, ...lost, ...gone, ...load.faults];
}
