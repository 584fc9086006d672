// The auditor is worth what it finds: each wrong that is planted here into sound evidence must be told, by its invariant.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BillLine } from './audit/evidence.ts';
import { audit } from './auditor.ts';
import { usedWorld } from './planted-records.ts';
import type { World } from './world.ts';

let world: World;
let bill: BillLine[];
let sound: Map<string, Buffer>;
let pristine: Buffer;
beforeAll(async () => {
  ({ world } = await usedWorld());
  bill = world.bill();
  sound = new Map();
  for (const key of await world.objects.keys()) sound.set(key, (await world.objects.read(key)) as Buffer);
  pristine = readFileSync(world.forum.path);
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** Puts everything back as it was found. */
function restore(): void {
  writeFileSync(world.forum.path, pristine);
  rmSync(join(world.folder, 'games'), { recursive: true });
  for (const [key, bytes] of sound) {
    mkdirSync(dirname(path(key)), { recursive: true });
    writeFileSync(path(key), bytes);
  }
}

const path = (key: string) => join(world.folder, key);
const look = (lines: BillLine[] = bill, log = '', settled = true) =>
  audit({ db: world.forum.path, objects: world.objects, bill: lines, log, secrets: ['geheim'], settled });
const one = <T>(query: string) => world.sql<T>(query)[0] as T;
const succeeded = () =>
  one<{ id: string; user_id: number; prediction_id: string; image_key: string; thumbnail_key: string }>(
    "SELECT * FROM image_generations WHERE status = 'succeeded' AND file_id IS NOT NULL AND post_image_id IS NOT NULL",
  );
const settled = () => one<{ id: string; user_id: number }>("SELECT * FROM image_credit_entries WHERE kind = 'settle'");
const ofLine = ({ prediction_id }: { prediction_id: string }) =>
  bill.find(({ id }) => id === prediction_id) as BillLine;

test('what the service has left behind is sound', async () => {
  expect(await look()).toEqual([]);
  expect(await look(bill, '', false)).toEqual([]);
  expect(sound.size).toBeGreaterThan(8);
});

/** The invariant, perhaps with what is said of it, the wrong, and how it comes about. Returns a bill or a log when that is what is wrong. */
type Planted = [invariant: string, wrong: string, plant: () => undefined | BillLine[] | string];

const PLANTED: Planted[] = [
  [
    'I2',
    'a hold that is settled twice',
    () => {
      world.sql('DROP INDEX image_credit_one_resolution');
      const { id, user_id } = succeeded();
      charge(id, user_id, 'settle', -1, -1);
      charge(null, user_id, 'adjust', 1, 1);
      return undefined;
    },
  ],
  [
    'I2',
    'a hold that is settled and voided',
    () => {
      world.sql('DROP INDEX image_credit_one_resolution');
      const { id, user_id } = succeeded();
      charge(id, user_id, 'void', 0, -1);
      charge(null, user_id, 'adjust', 0, 1);
      return undefined;
    },
  ],
  ['I2', 'an account that is not the sum', () => change('UPDATE image_credit_accounts SET balance = balance + 1')],
  [
    'I2',
    'an open hold of a generation that has ended',
    () => {
      const { id, user_id } = succeeded();
      world.sql("DELETE FROM image_credit_entries WHERE generation_id = ? AND kind = 'settle'", id);
      return change(
        'UPDATE image_credit_accounts SET held = held + 1, balance = balance + 1 WHERE user_id = ?',
        user_id,
      );
    },
  ],
  [
    'I2',
    'a picture without a hold',
    () =>
      change(
        "DELETE FROM image_credit_entries WHERE kind = 'hold' AND id = (SELECT min(id) FROM image_credit_entries WHERE kind = 'hold')",
      ),
  ],
  [
    'I2',
    'a charge for a picture that failed',
    () =>
      change(
        "UPDATE image_generations SET status = 'failed', error_code = 'canceled', file_id = NULL WHERE id = ?",
        succeeded().id,
      ),
  ],
  [
    'I2',
    'a charge booked on a stranger',
    () => change('UPDATE image_credit_entries SET user_id = 4 WHERE id = ?', settled().id),
  ],
  ['I2', 'a key that leads nowhere', () => change(`UPDATE image_idempotency_keys SET generation_ids = '["gone"]'`)],
  [
    'I1',
    'a billed success of no generation',
    () => [...bill, { id: 'x', status: 'succeeded', input: { prompt: 'x', seed: 1 } }],
  ],
  [
    'I1',
    'a paid picture that was given up',
    () =>
      change(
        "UPDATE image_generations SET status = 'failed', error_code = 'provider_error' WHERE id = ?",
        succeeded().id,
      ),
  ],
  [
    'I1',
    'a paid picture whose row is gone',
    () => change('DELETE FROM image_generations WHERE id = ?', succeeded().id),
  ],
  ['I1', 'a picture that was never billed', () => bill.filter((line) => line !== ofLine(succeeded()))],
  [
    'I1',
    "another request's picture",
    () => bill.map((line) => (line === ofLine(succeeded()) ? { ...line, input: { ...line.input, seed: -1 } } : line)),
  ],
  ['I6', 'two lines for one generation', () => [...bill, { ...ofLine(succeeded()), id: 'again' }]],
  [
    'I6',
    'one prediction for two generations',
    () => change('UPDATE image_generations SET prediction_id = ?', succeeded().prediction_id),
  ],
  ['I7', 'an image that is gone', () => rm(succeeded().image_key)],
  ['I7', 'a thumbnail that is gone', () => rm(succeeded().thumbnail_key)],
  [
    'I3',
    'an object of a stranger',
    () => put(`${dirname(succeeded().image_key)}/${'0'.repeat(32)}.webp`, Buffer.from('x')),
  ],
  [
    'I3',
    'objects of a deleted picture',
    () => {
      const { id } = succeeded();
      world.sql('DELETE FROM image_post_details WHERE generation_id = ?', id);
      return change('DELETE FROM image_files WHERE generation_id = ?', id);
    },
  ],
  [
    'I3',
    'a deletion that got stuck',
    () => change("UPDATE image_files SET deleted_at = '2020-01-01' WHERE generation_id = ?", succeeded().id),
  ],
  [
    'I4',
    'half an image',
    () => put(succeeded().image_key, (sound.get(succeeded().image_key) as Buffer).subarray(0, 900)),
  ],
  [
    'I4',
    "another picture's bytes",
    () => put(succeeded().image_key, flipped(sound.get(succeeded().image_key) as Buffer)),
  ],
  [
    'I4 .* is larger than 2048:',
    'a picture that is too large',
    () => reheaded((bytes) => bytes.writeUIntLE(2999, 24, 3)),
  ],
  ['I4 .* moves$', 'a picture that moves', () => reheaded((bytes) => bytes.writeUInt8((bytes[20] ?? 0) | 0x02, 20))],
  ['I4', 'a wrong SHA-256 in the row', () => change("UPDATE image_files SET image_sha256 = 'x'")],
  ['I4', 'a wrong size in the row', () => change('UPDATE image_files SET width = width + 1')],
  [
    'I5',
    'a generation that has no end',
    () =>
      change(
        "UPDATE image_generations SET status = 'generating', finished_at = NULL, submitted_at = '2020-01-01T00:00:00Z' WHERE id = ?",
        succeeded().id,
      ),
  ],
  [
    'I5',
    'a lease on what has ended',
    () => change("UPDATE image_generations SET lease_owner = 'x' WHERE id = ?", succeeded().id),
  ],
  [
    'I5',
    'bytes that stay in the spool',
    () =>
      change(
        "INSERT INTO image_spool (generation_id, image, thumbnail, width, height) VALUES (?, 'x', 'x', 1, 1)",
        succeeded().id,
      ),
  ],
  [
    'I7',
    'a picture that its post has lost',
    () => change('DELETE FROM image_post_details WHERE generation_id = ?', succeeded().id),
  ],
  ['I7', 'a post that shows another address', () => change("UPDATE post_images SET image_url = 'x'")],
  ['I8', 'a secret in the log', () => 'token=geheim'],
  ['I8', 'a login token in the log', () => 'cookie: eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2ln'],
  [
    'I8',
    'a prompt in the log',
    () =>
      `made ${(JSON.parse(one<{ recipe: string }>('SELECT recipe FROM image_generations').recipe) as { prompt: string }).prompt}`,
  ],
];

test.each(PLANTED)('%s: %s', async (invariant, _wrong, plant) => {
  restore();
  const result = plant();
  const found = await look(Array.isArray(result) ? result : bill, typeof result === 'string' ? result : '');
  expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${invariant}( |$)`)));
});

test('I4: an image or a thumbnail without the AI mark', async () => {
  const { image_key, thumbnail_key } = succeeded();
  for (const key of [image_key, thumbnail_key]) {
    restore();
    put(
      key,
      await sharp(sound.get(key) as Buffer)
        .webp()
        .toBuffer(),
    );
    expect((await look()).filter((violation) => /^I4 .* has no AI mark$/.test(violation))).toHaveLength(1);
  }
});

test('the program prints what it finds and exits 1, or 0 when there is nothing', () => {
  restore();
  const billFile = join(world.forum.folder, 'bill.json');
  writeFileSync(billFile, JSON.stringify(bill));
  const auditor = fileURLToPath(new URL('auditor.ts', import.meta.url));
  const run = () =>
    spawnSync(
      process.execPath,
      [auditor, '--db', world.forum.path, '--disk', world.folder, '--bill', billFile, '--settled'],
      { encoding: 'utf8' },
    );
  expect(run()).toMatchObject({ status: 0, stdout: 'No violations.\n' });
  rm(succeeded().image_key);
  expect(run()).toMatchObject({ status: 1, stdout: expect.stringMatching(/^I7 .* its image is missing/) });
});

function change(query: string, ...parameters: unknown[]): undefined {
  world.sql(query, ...parameters);
  return undefined;
}

function charge(generation: string | null, user: number, kind: string, amount: number, held: number): void {
  const values = [user, generation, kind, amount, held, '2026-01-01'];
  world.sql(
    'INSERT INTO image_credit_entries (user_id, generation_id, kind, amount, held, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    ...values,
  );
}

/** The image of a picture, with something else in its header. */
function reheaded(change: (bytes: Buffer) => void): undefined {
  const { image_key } = succeeded();
  const bytes = Buffer.from(sound.get(image_key) as Buffer);
  change(bytes);
  return put(image_key, bytes);
}

function put(key: string, bytes: Buffer): undefined {
  writeFileSync(path(key), bytes);
  return undefined;
}

function rm(key: string): undefined {
  rmSync(path(key));
  return undefined;
}

/** One bit differs. */
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 20] = (copy[copy.length - 20] ?? 0) ^ 1;
  return copy;
}
