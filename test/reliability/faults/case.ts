// One line of the fault list: what goes wrong, and the end that it must come to for the user, the bill and the storage.
import type { Generation } from '../../../src/contract.ts';
import { secretsIn } from './secrets.ts';
import { CREDITS, FaultWorld, type WorldOptions } from './world.ts';

export interface Outcome {
  /** As the user sees it; `refused` when nothing was begun. */
  state: 'succeeded' | 'failed' | 'canceled' | 'refused';
  /** Of the generation's error, or of the refusal. */
  code: string | null;
  /** Credits. */
  charged: number;
  /** Requests to make a picture that reached the provider, and those among them that it has accepted. */
  posts: number;
  billed: number;
  /** Stored under `games/` when all is over. */
  objects: number;
  /** Requests of the kind that went wrong. */
  tries: number;
}

/** `tries` is left out where it depends on how often the service happened to look. */
export type Expected = Omit<Outcome, 'tries'> & { tries?: number };

export interface FaultCase extends WorldOptions {
  name: string;
  expected: Expected;
  /** Of the request, in addition to what every case asks for. */
  body?: object;
  /** Before the picture is asked for. */
  arrange?(world: FaultWorld): unknown;
  /** After that, and before its end is waited for. */
  meanwhile?(world: FaultWorld, generation: Generation): unknown;
  /** @returns what else is not as it must be */
  check?(world: FaultWorld, generation: Generation): string[] | Promise<string[]>;
  /** Waits are waited out, not cut short. */
  patient?: boolean;
  /** Takes most of a minute by itself. */
  slow?: boolean;
}

export interface Kind {
  kind: string;
  tries(world: FaultWorld): number;
  cases: FaultCase[];
}

export interface CaseResult {
  kind: string;
  name: string;
  got: Partial<Outcome>;
  /** What was not as it must be; empty when all is well. */
  deviations: string[];
  ms: number;
}

const PATIENCE_MS = 150_000;
const NOTHING = { id: '' } as Generation;

export async function runCase(kind: Kind, one: FaultCase): Promise<CaseResult> {
  const began = Date.now();
  const result: CaseResult = { kind: kind.kind, name: one.name, got: {}, deviations: [], ms: 0 };
  try {
    await using world = await FaultWorld.open(one);
    await one.arrange?.(world);
    const generation = await ask(world, one);
    await one.meanwhile?.(world, generation);
    const ended = await end(world, generation, one);
    await Promise.all(world.ends);
    const unmet = world.double.unmet() + world.s3.unmet();
    if (unmet > 0) result.deviations.push(`${unmet} faults were never met`);
    world.s3.heal();
    result.got = await outcomeOf(world, ended, kind);
    result.deviations.push(...differences(result.got, one.expected), ...((await one.check?.(world, ended)) ?? []));
    result.deviations.push(...(await afterwards(world, ended, one)));
  } catch (error) {
    result.deviations.push(reasonOf(error));
  }
  result.ms = Date.now() - began;
  return result;
}

/** The generation that was begun; one without an id, with the refusal for its error, when none was. */
async function ask(world: FaultWorld, { body: wish }: FaultCase): Promise<Generation> {
  const { status, body } = await world.ask(wish);
  if (status === 202) return body;
  const { code, error } = body as unknown as { code: string; error: string };
  return { ...NOTHING, error: { code, message: error } } as Generation;
}

async function end(world: FaultWorld, generation: Generation, { patient }: FaultCase): Promise<Generation> {
  if (!generation.id) return generation;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { status, body } = await world.elina.get<Generation>(`/generations/${generation.id}`);
    if (status === 200 && body.finished_at) return body;
    if (Date.now() > deadline) throw new Error(`still ${body.status} after ${PATIENCE_MS / 1000} s`);
    if (!patient) world.hurry();
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function outcomeOf(world: FaultWorld, ended: Generation, kind: Kind): Promise<Outcome> {
  const tries = kind.tries(world);
  await world.settle();
  const { available, held } = await world.credits();
  return {
    state: ended.id ? (ended.status as Outcome['state']) : 'refused',
    code: ended.error?.code ?? null,
    charged: CREDITS - available - held,
    posts: world.double.count('create'),
    billed: world.double.bill.length,
    objects: (await world.s3.objects.keys()).length,
    tries,
  };
}

function differences(got: Partial<Outcome>, expected: Expected): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => got[name as keyof Outcome] !== value)
    .map(([name, value]) => `${name} is ${got[name as keyof Outcome]} instead of ${value}`);
}

/** What must hold after every fault. */
async function afterwards(world: FaultWorld, ended: Generation, { expected }: FaultCase): Promise<string[]> {
  const { held } = await world.credits();
  const undelivered = expected.code === 'provider_error';
  return [
    ...(await shown(world, ended)),
    ...(held === 0 ? [] : [`${held} credits are still held`]),
    ...(world.stranger.visits() === 0 ? [] : ['a stranger was called']),
    ...(await world.audit(undelivered)),
    ...secretsIn(world),
  ];
}

/** A picture that is there can be loaded; one that is not is not hinted at, and its error says that it was free. */
async function shown(world: FaultWorld, { id, image_url, thumbnail_url, error, cost }: Generation): Promise<string[]> {
  if (!id) return [];
  const urls = [image_url, thumbnail_url].filter((url) => url !== null);
  const statuses = await Promise.all(urls.map(async (url) => (await fetch(new URL(url, world.origin))).status));
  const unseen = statuses.filter((status) => status !== 200).map((status) => `a picture answers ${status}`);
  const pictures = cost.charged ? 2 : 0;
  return [
    ...unseen,
    ...(urls.length === pictures ? [] : [`${urls.length} addresses of pictures`]),
    ...(error && !/not charged/.test(error.message) ? ['it is not said that nothing was charged'] : []),
  ];
}

/** "fetch failed" tells nothing; what lies beneath it does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
}
