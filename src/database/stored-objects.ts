// What the rows say of the objects in the storage: which keys they name, what should be there, and what is known to be broken.
import { sql } from 'kysely';
import type { Db } from './open.ts';
import type { BrokenReason } from './tables.ts';

/** Lengths of 32 hex digits and the ending of each. */
const IMAGE_NAME = 32 + '.webp'.length;
const THUMBNAIL_NAME = 32 + '_thumb.webp'.length;

export interface ExpectedObject {
  file_id: number;
  key: string;
  bytes: number;
}

/**
 * Those of the keys that no row has to do with: no file, marked as deleted or not; no generation that may still write to
 * them, waits with its bytes, or waits for people to look into it; no address in the tables that are shared with the forum.
 */
export async function unnamedAmong(db: Db, keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return [];
  const named = new Set([...(await keysOfFiles(db, keys)), ...(await keysOfGenerations(db, keys))]);
  const unnamed = keys.filter((key) => !named.has(key));
  const linked = await linkedNames(db, unnamed.map(nameOf));
  return unnamed.filter((key) => !linked.has(nameOf(key)));
}

async function keysOfFiles(db: Db, keys: readonly string[]): Promise<string[]> {
  const images = db.selectFrom('image_files').select('image_key as key').where('image_key', 'in', keys);
  const thumbnails = db.selectFrom('image_files').select('thumbnail_key as key').where('thumbnail_key', 'in', keys);
  return (await images.unionAll(thumbnails).execute()).map(({ key }) => key);
}

async function keysOfGenerations(db: Db, keys: readonly string[]): Promise<string[]> {
  const live = db
    .selectFrom('image_generations')
    .where((eb) =>
      eb.or([
        eb('status', 'in', ['queued', 'submitting', 'generating', 'storing', 'needs_review']),
        eb('id', 'in', eb.selectFrom('image_spool').select('generation_id')),
      ]),
    );
  const images = live.select('image_key as key').where('image_key', 'in', keys);
  const thumbnails = live.select('thumbnail_key as key').where('thumbnail_key', 'in', keys);
  return (await images.unionAll(thumbnails).execute()).map(({ key }) => key);
}

/** By the last part of the address alone: it is unique, and the addresses may be of an earlier bucket or forum. */
async function linkedNames(db: Db, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const wanted = JSON.stringify(names);
  const found = await sql<{ name: string }>`
    with address (url) as (
      select image_url from post_images union all select thumbnail_url from post_images
      union all select reference_image_url from character_profiles
    ), wanted (name) as materialized (select value from json_each(${wanted}))
    select substr(url, ${-IMAGE_NAME}) as name from address where substr(url, ${-IMAGE_NAME}) in (select name from wanted)
    union
    select substr(url, ${-THUMBNAIL_NAME}) from address where substr(url, ${-THUMBNAIL_NAME}) in (select name from wanted)
  `.execute(db);
  return new Set(found.rows.map(({ name }) => name));
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/**
 * What files, not known to be broken, say is stored under the keys of a range, in the order of the keys.
 * @param range.before ISO time; younger files are left out
 */
export function expectedObjects(
  db: Db,
  range: { after: string; upTo: string; before: string; limit: number },
): Promise<ExpectedObject[]> {
  const files = inPlace(db).where('broken_at', 'is', null).where('created_at', '<', range.before);
  const images = files
    .select(['id as file_id', 'image_key as key', 'image_bytes as bytes'])
    .where('image_key', '>', range.after)
    .where('image_key', '<=', range.upTo);
  const thumbnails = files
    .select(['id as file_id', 'thumbnail_key as key', 'thumbnail_bytes as bytes'])
    .where('thumbnail_key', '>', range.after)
    .where('thumbnail_key', '<=', range.upTo);
  return images.unionAll(thumbnails).orderBy('key').limit(range.limit).execute();
}

/** Files that are shown, by their ids. */
export function shownFiles(db: Db, ids: readonly number[]) {
  return selectShown(db).where('id', 'in', ids).execute();
}

export function brokenFiles(db: Db, page: { afterId: number; limit: number }) {
  return selectShown(db)
    .where('broken_at', 'is not', null)
    .where('id', '>', page.afterId)
    .orderBy('id')
    .limit(page.limit)
    .execute();
}

/**
 * Ids of files taken at random.
 * @param part.share of all, from 0 to 1
 * @param part.least however few there are
 */
export async function sampleFiles(db: Db, part: { share: number; least: number }): Promise<number[]> {
  const files = inPlace(db).where('broken_at', 'is', null);
  const { count } = await files.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  const limit = Math.max(part.least, Math.ceil(count * part.share));
  const rows = await files.select('id').orderBy(sql`random()`).limit(limit).execute();
  return rows.map(({ id }) => id);
}

/** @returns the ids of those that were whole, and shown, until now */
export async function markBroken(
  db: Db,
  faults: readonly { id: number; reason: BrokenReason }[],
  at: string,
): Promise<number[]> {
  const ids = (reason: BrokenReason) => faults.filter((fault) => fault.reason === reason).map(({ id }) => id);
  return db.transaction().execute(async (trx) => {
    const marked: number[] = [];
    for (const reason of new Set(faults.map((fault) => fault.reason))) {
      const rows = await trx
        .updateTable('image_files')
        .set({ broken_at: at, broken_reason: reason })
        .where('id', 'in', ids(reason))
        .where('broken_at', 'is', null)
        .where('deleted_at', 'is', null)
        .where('id', 'not in', takenDown(trx))
        .returning('id')
        .execute();
      marked.push(...rows.map(({ id }) => id));
    }
    return marked;
  });
}

export async function markWhole(db: Db, ids: readonly number[]): Promise<void> {
  await db.updateTable('image_files').set({ broken_at: null, broken_reason: null }).where('id', 'in', ids).execute();
}

export async function countBroken(db: Db): Promise<number> {
  const broken = inPlace(db).where('broken_at', 'is not', null);
  return (await broken.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count;
}

export type StoredFile = Awaited<ReturnType<typeof shownFiles>>[number];

function selectShown(db: Db) {
  return inPlace(db).select(['id', 'image_key', 'thumbnail_key', 'image_bytes', 'thumbnail_bytes', 'image_sha256']);
}

/** Files whose objects should be where anybody can load them. */
function inPlace(db: Db) {
  return db.selectFrom('image_files').where('deleted_at', 'is', null).where('id', 'not in', takenDown(db));
}

function takenDown(db: Db) {
  return db.selectFrom('image_takedowns').select('file_id');
}
