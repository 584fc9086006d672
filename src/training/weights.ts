// Weights on their way: a temporary file of their own, and the look into it that tells whether they can be used at all.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Weights } from '../storage/storage.ts';

/** It is not what SDXL loads. The message is for the log. */
export class WeightsRejected extends Error {}

const PREFIX = 'forum-ai-images-weights-';
/** No download takes this long: what is older was left by a process that died, and whose training another one has ended. */
const STALE_MS = 24 * 60 * 60_000;

/** The same for each try of a training, so that a try takes away what the one before it has left. */
export function temporaryPath(trainingId: string): string {
  return join(tmpdir(), `${PREFIX}${trainingId}.tar`);
}

export async function removeStaleWeights(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  for (const path of names.map((name) => join(tmpdir(), name))) {
    const stats = await stat(path).catch(() => undefined);
    if (stats && Date.now() - stats.mtimeMs > STALE_MS) await rm(path, { force: true });
  }
}

/**
 * Reads the file once as a whole, for its digest, and its tar's table.
 * @throws WeightsRejected unless it holds what SDXL's predictor opens by these names, each sound as far as can be told by its head
 */
export async function inspectWeights(path: string, trigger: string): Promise<Weights> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const entries = await tableOf(file, size);
    await assertSafetensors(file, entries, 'lora.safetensors');
    await assertSafetensors(file, entries, 'embeddings.pti');
    await assertTrigger(file, entries, trigger);
    return { bytes: size, sha256: await digestOf(path) };
  } finally {
    await file.close();
  }
}

interface Entry {
  offset: number;
  size: number;
}

const BLOCK = 512;
/** The trainer packs three files; long names and owners add a few entries. */
const MOST_ENTRIES = 100;

/** Name → place of the files in a tar. */
async function tableOf(file: FileHandle, size: number): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let at = 0;
  for (let read = 0; at + BLOCK <= size && read < MOST_ENTRIES; read++) {
    const head = await readAt(file, at, BLOCK);
    if (head.every((byte) => byte === 0)) return entries;
    const entry = { offset: at + BLOCK, size: checkedSize(head) };
    if (entry.offset + entry.size > size) throw new WeightsRejected('the tar is cut short');
    entries.set(text(head, 0, 100).replace(/^.*\//, ''), entry);
    at = entry.offset + Math.ceil(entry.size / BLOCK) * BLOCK;
  }
  throw new WeightsRejected('the tar has no end');
}

/** The sum, over the head with blanks in the sum's own place, tells a tar from anything else. */
function checkedSize(head: Buffer): number {
  const blank = Buffer.concat([head.subarray(0, 148), Buffer.alloc(8, ' '), head.subarray(156)]);
  const sum = blank.reduce((total, byte) => total + byte, 0);
  const size = Number.parseInt(text(head, 124, 12), 8);
  if (Number.parseInt(text(head, 148, 8), 8) !== sum || !(size >= 0)) throw new WeightsRejected('not a tar');
  return size;
}

/** The length of the head, then the head as JSON, then the numbers. */
async function assertSafetensors(file: FileHandle, entries: Map<string, Entry>, name: string): Promise<void> {
  const { offset, size } = entryOf(entries, name);
  const length = size > 8 ? Number((await readAt(file, offset, 8)).readBigUInt64LE()) : 0;
  if (length < 2 || length > Math.min(size - 8, 16 * 1024 * 1024))
    throw new WeightsRejected(`${name} is no safetensors`);
  parse(await readAt(file, offset + 8, length), name);
}

/** Without the trigger in it the weights would answer to no word of ours. */
async function assertTrigger(file: FileHandle, entries: Map<string, Entry>, trigger: string): Promise<void> {
  const name = 'special_params.json';
  const { offset, size } = entryOf(entries, name);
  if (size > 64 * 1024) throw new WeightsRejected(`${name} is too large`);
  if (!(trigger in parse(await readAt(file, offset, size), name)))
    throw new WeightsRejected(`${name} lacks the trigger`);
}

function entryOf(entries: Map<string, Entry>, name: string): Entry {
  const entry = entries.get(name);
  if (!entry) throw new WeightsRejected(`the tar has no ${name}`);
  return entry;
}

function parse(bytes: Buffer, name: string): object {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw new WeightsRejected(`${name} cannot be read`);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new WeightsRejected('the tar is cut short');
  return buffer;
}

function text(head: Buffer, from: number, length: number): string {
  return head
    .toString('latin1', from, from + length)
    .replace(/\0.*$/s, '')
    .trim();
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
