// One cell of the kill matrix: the program dies at a point, once or twice, is started again, and everything must be as promised.
import { everythingEnded, Load } from './load.ts';
import type { Point } from './points.ts';
import { until, type WakeUp, World, type WorldOptions } from './world.ts';

export interface CellOptions extends WorldOptions {
  /** How often in a row it dies there: 2 is K28. */
  times?: number;
}

export interface CellResult {
  point: string;
  wakeUp: WakeUp;
  times: number;
  /** What was not as promised; empty when all is well. */
  faults: string[];
  generations: number;
  billed: number;
  /** Pictures that a webhook has told of, where that can be known for certain. */
  woken: number;
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
    faults.push(String(error), ...load.faults, ...unfinishedIn(world));
  }
  const generations = hasTables(world) ? world.sql('SELECT 1 FROM image_generations').length : 0;
  const { wakeUp = 'polling' } = options;
  const figures = { generations, billed: world.double.bill.length, woken: wokenIn(world, wakeUp, faults), recoveredMs };
  return { point: point.id, wakeUp, times, faults, ...figures, ms: Date.now() - began };
}

/** Where webhooks are to wake it, some picture must have been woken by one. */
export function wokenIn(world: World, wakeUp: WakeUp, faults: string[]): number {
  if (wakeUp !== 'webhook' || !hasTables(world)) return 0;
  const woken = world.woken();
  if (woken === 0) faults.push('no picture was woken by a webhook');
  return woken;
}

/** Where those stand that should have ended by now, and how many there, for whoever looks for the cause. */
export function unfinishedIn(world: World): string[] {
  if (!hasTables(world)) return [];
  const rows = world.sql<{ status: string; count: number; tries: number; due: number }>(
    `SELECT status, count(*) AS count, max(tries) AS tries, max(run_at_ms) AS due FROM image_generations
     WHERE finished_at IS NULL GROUP BY status`,
  );
  return rows.map(
    ({ status, count, tries, due }) =>
      `unfinished: ${count} ${status}, up to ${tries} tries, the last due in ${due - Date.now()} ms`,
  );
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
  const clock = setInterval(() => world.ageAbsent(), 500);
  try {
    await load.drive(life.program);
    await everythingEnded(life.program);
  } finally {
    clearInterval(clock);
  }
  const ms = Date.now() - started;
  const marked = () => world.sql('SELECT 1 FROM image_files WHERE deleted_at IS NOT NULL').length;
  await until('everything deleted is gone', () => marked() === 0);
  const { code } = await life.program.end();
  if (code !== 0) throw new Error(`told to stop, it ended with ${code}`);
  return ms;
}

interface Ended {
  id: string;
  status: string;
  error_code: string;
}

export async function auditSettled(world: World, load: Load): Promise<string[]> {
  const rows = world.sql<Ended>('SELECT id, status, error_code FROM image_generations');
  const answered = new Set([...load.answers.values()].flat());
  const strangers = rows.filter(({ id }) => !answered.has(id)).map(({ id }) => `${id}: nobody was told of it`);
  const lostTwice = new Set(world.lostTwice());
  const isExpected = ({ id, status }: Ended) =>
    status === 'succeeded' ||
    (status === 'canceled' && load.canceled.has(id)) ||
    (status === 'needs_review' && lostTwice.has(id));
  const lost = rows
    .filter((row) => !isExpected(row))
    .map(({ id, status, error_code }) => `${id}: ended as ${status} (${error_code})`);
  const gone = answered.size > rows.length ? [`${answered.size - rows.length} generations are gone`] : [];
  return [...(await world.audit(true)), ...strangers, ...lost, ...gone, ...load.faults];
}
