// The auditor on pictures: every one that is shown is whole, marked and where its row says, and the storage holds nothing else.
import { createHash } from 'node:crypto';
import type { FileRow, GenerationRow, Objects, Rows } from './evidence.ts';
import { UNFINISHED } from './money.ts';

const MARK = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';
const THUMBNAIL_SIDE = 320;
const LONGEST_SIDE = 2048;
/** In the header's flags: an animation follows. */
const MOVES = 0x02;

/**
 * I3 the storage holds the objects of the rows and no other. While work is under way, also those whose keys a row has
 * written down already, and those that are marked and not deleted yet.
 */
export async function* auditKeys(
  rows: Rows,
  objects: Objects,
  keys: string[],
  settled: boolean,
): AsyncGenerator<string> {
  const { generations, files } = rows;
  const unfinished = settled ? [] : generations.filter(({ status }) => UNFINISHED.includes(status));
  const kept = settled ? files.filter(({ deleted_at }) => deleted_at === null) : files;
  const expected = new Set([...kept, ...unfinished].flatMap((row) => [row.image_key, row.thumbnail_key]));
  // Read once more: of a service that runs, it may have been deleted since.
  for (const key of keys) if (!expected.has(key) && (await objects.read(key))) yield `I3 ${key}: an object of no row`;
  if (settled && kept.length < files.length) yield `I3 ${files.length - kept.length} deleted files are still rows`;
}

/**
 * I16 of what was taken down nothing is where anybody could load it, and nothing shows it. While that is being done, or undone,
 * it may still be there.
 */
export async function* auditTakedowns(rows: Rows, objects: Objects, settled: boolean): AsyncGenerator<string> {
  for (const { file_id, hide_at_ms } of rows.takedowns) {
    const file = rows.files.find(({ id }) => id === file_id);
    if (!file) continue; // it was deleted since; only its digests are left
    if (settled && hide_at_ms !== null) yield `I16 ${file.generation_id}: taken down, and not yet out of reach`;
    for (const key of hide_at_ms === null ? [file.image_key, file.thumbnail_key] : []) {
      if (await objects.read(key)) yield `I16 ${file.generation_id}: taken down, and anybody can load ${key}`;
    }
    for (const { post_image_id } of rows.details.filter((detail) => detail.file_id === file_id)) {
      const url = rows.postImages.find(({ id }) => id === post_image_id)?.image_url;
      if (url) yield `I16 ${file.generation_id}: taken down, and the post shows ${url}`;
    }
    if (rows.generations.some((row) => row.file_id === file_id))
      yield `I16 ${file.generation_id}: taken down, and in use`;
  }
}

/** I4 each picture is what its row says; I7 what has succeeded has both of its objects. */
export async function* auditPictures({ files, takedowns }: Rows, objects: Objects): AsyncGenerator<string> {
  const down = new Set(takedowns.map(({ file_id }) => file_id));
  for (const file of files.filter(({ id, deleted_at }) => deleted_at === null && !down.has(id))) {
    for (const part of ['image', 'thumbnail'] as const) {
      const key = file[`${part}_key`];
      const bytes = await objects.read(key);
      if (!bytes) yield `I7 ${file.generation_id}: its ${part} is missing (${key})`;
      else for (const fault of faultsOf(bytes, part, file)) yield `I4 ${file.generation_id}: its ${part} ${fault}`;
    }
  }
}

function* faultsOf(bytes: Buffer, part: 'image' | 'thumbnail', file: FileRow): Generator<string> {
  if (bytes.length !== file[`${part}_bytes`]) yield `has ${bytes.length} bytes instead of ${file[`${part}_bytes`]}`;
  if (part === 'image' && createHash('sha256').update(bytes).digest('hex') !== file.image_sha256) {
    yield 'has another SHA-256';
  }
  if (!bytes.includes(MARK)) yield 'has no AI mark';
  const size = webpSize(bytes);
  if (!size) return yield 'is no whole WebP';
  const fits =
    part === 'image'
      ? size.width === file.width && size.height === file.height
      : Math.max(size.width, size.height) <= THUMBNAIL_SIDE;
  if (!fits) yield `is ${size.width}×${size.height}`;
  if (Math.max(size.width, size.height) > LONGEST_SIDE)
    yield `is larger than ${LONGEST_SIDE}: ${size.width}×${size.height}`;
  if (bytes.readUInt8(20) & MOVES) yield 'moves';
}

/** Of an extended WebP, as every one with a mark is, by its header alone: decoding hundreds would take minutes. */
function webpSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 30 || bytes.readUInt32LE(4) + 8 !== bytes.length) return undefined;
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 16) !== 'WEBPVP8X') return undefined;
  return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
}

/** I7, in the rows: what has succeeded has its file and its place, unless it was deleted since. */
export function* auditPlaces(rows: Rows): Generator<string> {
  const files = new Map(rows.files.map((file) => [file.generation_id, file]));
  for (const row of rows.generations) {
    const file = files.get(row.id);
    const live = file?.deleted_at === null ? file : undefined;
    if (live && row.status !== 'succeeded') yield `I7 ${row.id}: ${row.status}, with a file`;
    if (live && live.image_key !== row.image_key) yield `I7 ${row.id}: stored under another key than was written down`;
    // A file that the forum's own deletion left without a user keeps its id in the row until it is swept.
    if (row.file_id !== null && row.file_id !== file?.id) yield `I7 ${row.id}: names a file that is not its own`;
    if (live && row.file_id === live.id) yield* auditPlace(row, live, rows);
  }
}

function* auditPlace(row: GenerationRow, file: FileRow, { details, references, postImages }: Rows): Generator<string> {
  if (row.kind === 'reference') {
    const found = references.some((one) => one.id === row.reference_image_id && one.file_id === file.id);
    if (!found) yield `I7 ${row.id}: a candidate of no character`;
  } else if (row.post_image_id !== null) {
    const detail = details.find((one) => one.post_image_id === row.post_image_id && one.file_id === file.id);
    const image = postImages.find(({ id }) => id === row.post_image_id);
    if (!detail || !image) yield `I7 ${row.id}: in no post`;
    else if (!image.image_url.endsWith(file.image_key)) yield `I7 ${row.id}: the post shows ${image.image_url}`;
  } else if (row.kind === 'post') yield `I7 ${row.id}: made for a post and in none`;
}
