// The program is killed at every step of a training, started again, and everything must be as promised: one request on the
// provider's bill, one settle or void, one copy of the weights, and nothing left lying about.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Character, LoraTraining } from '../../src/contract.ts';
import { finish, until } from '../http/stage.ts';
import { ELINA, GAME } from '../support/forum-file.ts';
import { type Program, startProgram } from '../support/program.ts';
import { CHARACTER, followed, openTrainingWorld, pathOf, type TrainingWorld } from './world.ts';

let world: TrainingWorld;
let program: Program | undefined;
beforeEach(async () => {
  world = await openTrainingWorld();
});
afterEach(async () => {
  await program?.end('SIGKILL');
  await world[Symbol.asyncDispose]();
});

const KEY = { 'Idempotency-Key': 'the-training' };

async function start(failpoint = ''): Promise<Program> {
  program = await startProgram({ ...world.settings, FAILPOINT: failpoint });
  world.address.leadTo(Number(new URL(program.origin).port));
  return program;
}

/** Its answer may be lost with the program; then it is asked again, by the same key. */
async function ask(running: Program): Promise<LoraTraining | undefined> {
  const elina = await running.as(ELINA);
  return elina.post<LoraTraining>(pathOf(CHARACTER), {}, KEY).then(
    ({ body }) => body,
    () => undefined,
  );
}

async function dies(failpoint: string): Promise<void> {
  const running = await start(`${failpoint}:kill`);
  const ended = once(running.child, 'exit');
  await ask(running);
  expect((await ended)[1]).toBe('SIGKILL');
  expect(audit()).toEqual([]);
}

/** What must hold at every moment. */
function audit(): string[] {
  const faults: string[] = [];
  if (world.double.training.bill.length > 1) faults.push('billed twice');
  const entries = world.sql<{ id: string; kinds: string }>(
    'SELECT generation_id AS id, group_concat(kind) AS kinds FROM image_credit_entries WHERE held <> 0 GROUP BY generation_id',
  );
  for (const { id, status } of rows()) {
    const kinds = entries.find((entry) => entry.id === id)?.kinds ?? 'none';
    const expected = status === 'succeeded' ? 'hold,settle' : isFinal(status) ? 'hold,void' : 'hold';
    if (kinds !== expected) faults.push(`${status} with ${kinds}`);
  }
  const attached = world.sql<{ lora_weights: string | null }>('SELECT lora_weights FROM image_character_settings');
  const done = rows().filter(({ status }) => status === 'succeeded').length;
  if ((attached[0]?.lora_weights ? 1 : 0) !== done) faults.push('weights and success do not go together');
  return faults;
}

interface Row {
  id: string;
  status: string;
  weights_key: string;
  weights_sha256: string | null;
}
const rows = () => world.sql<Row>('SELECT id, status, weights_key, weights_sha256 FROM image_lora_trainings');
const isFinal = (status: string) => ['succeeded', 'failed', 'canceled', 'needs_review'].includes(status);

function auditSettled(status: string): string[] {
  const faults = audit();
  const [row, ...others] = rows();
  if (row?.status !== status || others.length > 0) faults.push(`ended as ${row?.status}, beside ${others.length}`);
  const kept = world.weights();
  if (status === 'succeeded') {
    if (kept.length !== 1 || kept[0] !== row?.weights_key) faults.push(`stored: ${kept}`);
    const bytes = readFileSync(join(world.forum.folder, 'images', row?.weights_key ?? ''));
    if (createHash('sha256').update(bytes).digest('hex') !== row?.weights_sha256)
      faults.push('other weights are stored');
  } else if (kept.length > 0 || row?.weights_sha256) {
    faults.push('weights that nobody wants are kept');
  }
  const left = [
    ...readdirSync(join(world.forum.folder, 'tmp')),
    ...readdirSync(join(world.forum.folder, 'images/.tmp')),
  ];
  if (left.length > 0) faults.push(`temporary files: ${left}`);
  return faults;
}

const temporaryFile = () => join(world.forum.folder, 'tmp', `forum-ai-images-weights-${rows()[0]?.id}.tar`);

/** Leases run out in seconds; that time need not be waited for. Where nothing was sent, the proof of that takes minutes. */
function passTime(): void {
  const longAgo = new Date(Date.now() - 180_000).toISOString();
  world.sql('UPDATE image_lora_trainings SET lease_until_ms = 0, run_at_ms = 0');
  world.sql("UPDATE image_lora_trainings SET submitted_at = ? WHERE status = 'submitting'", longAgo);
}

async function recover(): Promise<LoraTraining> {
  passTime();
  const running = await start();
  const clock = setInterval(() => {
    world.sql(
      "UPDATE image_lora_trainings SET absent_since_ms = 0, run_at_ms = 0 WHERE status = 'submitting' AND absent_since_ms > 0",
    );
  }, 200);
  const training = await ask(running);
  if (!training) throw new Error('it does not answer');
  return followed(await running.as(ELINA), training).finally(() => clearInterval(clock));
}

const STEPS = ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'T9', 'T10', 'T11', 'T12'];
test.each(STEPS)(
  'killed at %s it is finished by the next life, paid once, and works without the provider',
  async (point) => {
    await dies(point);
    const training = await recover();
    expect(training.status).toBe('succeeded');
    expect(auditSettled('succeeded')).toEqual([]);
    expect(world.double.training.bill).toHaveLength(1);

    world.double.training.last.removed = true;
    const elina = await (program as Program).as(ELINA);
    const trained = (await elina.get<Character>(`/characters/${CHARACTER.id}`)).body;
    expect(trained.lora?.weights).toBe(training.weights);
    const scene = { mode: 'scene_with_character', character_ids: [CHARACTER.id], scene: 'on a pier' };
    expect((await finish(elina, `/games/${GAME}/images`, scene)).error).toBeNull();
    expect(world.double.bill.at(-1)?.input.replicate_weights).toBe(training.weights);
  },
);

test('weights that were uploaded before it died are enough when the provider has lost its copy', async () => {
  await dies('T10');
  world.double.training.last.removed = true;
  writeFileSync(temporaryFile(), 'as a death just before that leaves it');
  expect((await recover()).status).toBe('succeeded');
  expect(auditSettled('succeeded')).toEqual([]);
  expect(world.double.count('weights')).toBe(1);
});

test('killed at T13 the hold of a failed training is given back once', async () => {
  world.double.training.nextOutcome({ error: 'CUDA out of memory' });
  await dies('T13');
  expect((await recover()).status).toBe('failed');
  expect(auditSettled('failed')).toEqual([]);
});

test('killed at T14 the weights of a canceled training are deleted', async () => {
  await dies('T10');
  world.sql('UPDATE image_lora_trainings SET cancel_requested = 1');
  passTime();
  const running = await start('T14:kill');
  await once(running.child, 'exit');
  expect((await recover()).status).toBe('canceled');
  expect(auditSettled('canceled')).toEqual([]);
});

test('the weights of a deleted character go with it', async () => {
  const running = await start();
  const training = (await ask(running)) as LoraTraining;
  const elina = await running.as(ELINA);
  await followed(elina, training);
  expect(world.weights()).toHaveLength(1);
  await elina.delete(`/characters/${CHARACTER.id}`);
  await running.end();
  await start();
  await until(() => world.weights().length === 0 && rows()[0]?.weights_sha256 === null);
});
