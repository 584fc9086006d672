// The program is killed at every step of an erasure, started again, and the erasure is carried to its end: nothing of the user is
// left, nothing of others is missing, and the books are right at every moment.
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Generation, LoraTraining } from '../../src/contract.ts';
import { FAILPOINTS } from '../../src/failpoints.ts';
import { until } from '../http/stage.ts';
import { objectsOnDisk } from '../reliability/audit/evidence.ts';
import { audit } from '../reliability/auditor.ts';
import { PublicAddress } from '../reliability/public-address.ts';
import { ADMIN, type ForumFile, GAME, VAINO } from '../support/forum-file.ts';
import { type Program, replicateSettings, type Settings, settingsFor, startProgram } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { stateOf } from '../support/replicate-run.ts';
import { startService } from '../support/service.ts';
import {
  drawSmall,
  erased,
  fill,
  forumWithSubject,
  inFile,
  makeOthers,
  objectsBelow,
  SUBJECT,
  traces,
  urlsOf,
} from './world.ts';

let double: ReplicateDouble;
let address: PublicAddress;
/** A forum where the subject has everything, weights included; copied for each test. */
let template: ForumFile;
/** The keys of what is not the subject's. */
let kept: string[];
beforeAll(async () => {
  double = await ReplicateDouble.start({ draw: drawSmall, latencyMs: 20 });
  address = await PublicAddress.open();
  template = forumWithSubject();
  const service = await startService({ forumFile: template, env: settings(template) });
  address.leadTo(Number(new URL(service.origin).port));
  const vaino = await service.as(VAINO);
  const subject = await service.as(SUBJECT);
  const others = await makeOthers(vaino, 4);
  const { character } = await fill(subject, others[0] as (typeof others)[0], 2);
  const shown = await makeOthers(vaino, 2, character.id);
  const admin = await service.as(ADMIN);
  const candidate = await admin.post<Generation>(`/characters/${character.id}/reference-images`, {});
  await admin.finished(candidate.body);
  const path = `/characters/${character.id}/lora-trainings`;
  const { body } = await subject.post<LoraTraining>(path, { generate_missing: true });
  await until(async () => (await subject.get<LoraTraining>(`${path}/${body.id}`)).body.status === 'succeeded');
  kept = urlsOf([...others, ...shown])
    .map((url) => url.replace('/api/image-files/', ''))
    .toSorted();
  await service.stop();
  billed = double.bill.length;
  expect(objectsBelow(join(template.folder, 'images')).filter((key) => key.endsWith('.tar'))).toHaveLength(1);
});
afterAll(async () => {
  await double.close();
  await address.close();
  template.remove();
});

function settings(forum: ForumFile): Settings {
  const more = { PUBLIC_URL: address.origin, REPLICATE_TRAINING_DESTINATION: 'forum/characters', TMPDIR: forum.folder };
  return settingsFor(forum, { ...replicateSettings(double), ...more });
}

let forum: ForumFile;
let program: Program | undefined;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'forum-ai-images-'));
  cpSync(template.folder, folder, { recursive: true });
  forum = { folder, path: join(folder, 'forum.db'), remove: () => rmSync(folder, { recursive: true, force: true }) };
});
afterEach(async () => {
  await program?.end('SIGKILL');
  forum.remove();
});

async function start(failpoint = ''): Promise<Program> {
  program = await startProgram({ ...settings(forum), FAILPOINT: failpoint });
  return program;
}

/** The answer may be lost with the program. */
const erase = async (running: Program) =>
  (await running.as(ADMIN)).post(`/image-admin/users/${SUBJECT}/erase`).catch(() => undefined);

/** What was billed before the copies were made; what is asked for in one of them is no other's. */
let billed = 0;

function look(point: string, settled: boolean): Promise<string[]> {
  const lines = double.bill.slice(0, billed);
  const bill = lines.map(({ id, input }) => ({ id, input, status: stateOf(double.prediction(id)).status }));
  return audit({ db: forum.path, objects: pictures(), bill: point === 'E3' ? undefined : bill, settled });
}

/** The auditor knows pictures alone. */
function pictures() {
  const objects = objectsOnDisk(join(forum.folder, 'images'));
  return { ...objects, keys: async () => (await objects.keys()).filter((key) => key.endsWith('.webp')) };
}

const POINTS = Object.keys(FAILPOINTS).filter((name) => name.startsWith('E')) as (keyof typeof FAILPOINTS)[];

test('there are points to die at', () => expect(POINTS.length).toBeGreaterThanOrEqual(9));

/** Where what a life has left half done is what the next one begins with. */
const IN_THE_MIDDLE = ['E4', 'E6'];
const cells = [...POINTS.map((point) => [point, 1] as const), ...IN_THE_MIDDLE.map((point) => [point, 2] as const)];

test.each(cells)(
  'killed at %s, %i times in a row',
  async (point, times) => {
    for (let life = 0; life < times; life++) {
      await dies(point);
      inFile(forum.path, (db) => db.exec('UPDATE image_generations SET lease_until_ms = 0'));
      expect(await look(point, false)).toEqual([]);
    }
    double.holding = false;
    const running = await start();
    await erase(running);
    await erased(await running.as(ADMIN));
    expect((await running.end()).code).toBe(0);
    expect(traces(forum.path)).toEqual([]);
    expect(objectsBelow(join(forum.folder, 'images'))).toEqual(kept);
    expect(await look(point, true)).toEqual([]);
  },
  60_000,
);

/** What it has begun it goes on with as soon as it lives again, and so it may die before it listens. */
async function dies(point: string): Promise<void> {
  const dying = await start(`${point}:kill`).catch((error: unknown) => {
    if (!String(error).includes('ended with null')) throw error;
  });
  if (!dying) return;
  const ended = once(dying.child, 'exit');
  if (point === 'E3') await workFor(dying).catch(() => {});
  await erase(dying);
  expect((await ended)[1]).toBe('SIGKILL');
}

/** Something to stop. */
async function workFor(running: Program): Promise<void> {
  double.holding = true;
  const subject = await running.as(SUBJECT);
  const asked = await subject.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: 'slowly' });
  if (asked.status !== 202) return; // the second life: the user is being erased
  await until(async () => (await subject.get(`/generations/${asked.body.id}`)).body.status === 'generating');
}
