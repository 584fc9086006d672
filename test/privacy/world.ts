// A forum in which one user has written the same odd word into everything there is, and a search for what is left of that user.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import sharp from 'sharp';
import type { Character, Erasure, Generation, PostImage } from '../../src/contract.ts';
import { makeCharacter, until } from '../http/stage.ts';
import { createForumFile, type ForumFile, GAME, VAINOS_POST } from '../support/forum-file.ts';
import type { Client } from '../support/service.ts';

/** An id whose digits stand in no time and no size by chance. */
export const SUBJECT = 904_170_283;
/** Stands in every text that the subject writes, and in nobody else's. */
export const WORD = 'quonzimar';

const PICTURE = sharp({ create: { width: 64, height: 64, channels: 3, background: '#607080' } })
  .png()
  .toBuffer();
export const drawSmall = () => PICTURE;

/** As the subject sees it, a post of its own is to be illustrated. */
export const SUBJECTS_POST = 70;

export function forumWithSubject(): ForumFile {
  const forum = createForumFile();
  inFile(forum.path, (db) => {
    db.prepare("INSERT INTO users (id, username, email, password) VALUES (?, 'Kohde', 'kohde@example.test', 'x')").run(
      SUBJECT,
    );
    db.prepare("INSERT INTO posts (id, beat_id, author_id, content) VALUES (?, 1, ?, 'Teksti')").run(
      SUBJECTS_POST,
      SUBJECT,
    );
  });
  return forum;
}

export function inFile<T>(path: string, use: (db: BetterSqlite3.Database) => T): T {
  const db = new BetterSqlite3(path, { timeout: 5000 });
  try {
    return use(db);
  } finally {
    db.close();
  }
}

/** Of which one counts the ids that tables have given. */
const FORUMS_OWN = ['users', 'games', 'chapters', 'beats', 'posts', 'sqlite_sequence'];

/** Where in the database the subject's id or word still stands: table, column and the beginning of the value. */
export function traces(path: string): string[] {
  return inFile(path, (db) => {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
    return tables
      .filter((table) => !FORUMS_OWN.includes(table))
      .flatMap((table) =>
        (db.prepare(`SELECT * FROM "${table}"`).all() as Record<string, unknown>[]).flatMap((row) =>
          Object.entries(row).flatMap(([column, value]) => {
            // The record that this user was erased is what an older copy of the file is cleaned by.
            if (table === 'image_erasures' && column === 'user_id') return [];
            const text = Buffer.isBuffer(value) ? value.toString('latin1') : String(value);
            const found = text.toLowerCase().includes(WORD) || text.includes(String(SUBJECT));
            return found ? [`${table}.${column}: ${text.slice(0, 80)}`] : [];
          }),
        ),
      );
  });
}

export function objectsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return (readdirSync(folder, { recursive: true }) as string[]).filter((path) => /\.(webp|tar)$/.test(path)).toSorted();
}

export interface Owned {
  character: Character;
  /** Addresses of the objects. */
  urls: string[];
}

/** Everything that the subject can have: a character with all its fields, references, pictures in posts, a draft, a report. */
export async function fill(subject: Client, reported: PostImage, pictures = 3): Promise<Owned> {
  const character = await makeCharacter(subject, {
    name: `Kvaar ${WORD}`,
    base_description: `${WORD} robe, red braid, green eyes`,
    style_modifiers: `${WORD} light`,
    negative_prompt: `${WORD} hat`,
    usable_by: 'game',
  });
  await subject.put(`/characters/${character.id}/looks`, { name: WORD, description: `${WORD} coat` });
  const candidate = await made(subject, `/characters/${character.id}/reference-images`, {});
  await made(subject, `/characters/${character.id}/reference-images`, {});
  await subject.put(`/characters/${character.id}/reference-image`, {
    reference_image_id: candidate.reference_image_id,
  });
  const body = {
    mode: 'scene_with_character',
    character_ids: [character.id],
    look: WORD,
    scene: `${WORD} on a pier`,
    negative_prompt: `${WORD} fog`,
  };
  for (let index = 0; index < pictures; index++) await made(subject, `/posts/${SUBJECTS_POST}/images`, body);
  await made(subject, `/games/${GAME}/images`, body);
  await subject.post(`/post-images/${reported.id}/report`, { reason: `I do not like ${WORD}` });
  const { body: listed } = await subject.get<{ items: Generation[] }>('/generations?limit=100');
  const urls = listed.items.flatMap(({ image_url, thumbnail_url }) => [image_url ?? '', thumbnail_url ?? '']);
  return { character, urls: urls.filter((url) => url !== null) };
}

/** A finished picture; the key of the request bears the word as well. */
export async function made(client: Client, path: string, body: object): Promise<Generation> {
  const key = { 'Idempotency-Key': `${WORD}-${Math.random().toString(36).slice(2)}` };
  const asked = await client.post<Generation>(path, body, key);
  if (asked.status !== 202) throw new Error(JSON.stringify(asked.body));
  const ended = await client.finished(asked.body);
  if (ended.status !== 'succeeded') throw new Error(JSON.stringify(ended));
  return ended;
}

export const OTHERS_SCENE = { mode: 'scene', scene: 'a mill by a river' };

/** Somebody else's pictures in a post; those with a character are of the subject's. */
export async function makeOthers(client: Client, count: number, characterId?: number): Promise<PostImage[]> {
  const body = characterId
    ? { mode: 'scene_with_character', character_ids: [characterId], scene: 'at a mill' }
    : OTHERS_SCENE;
  const asked = await Promise.all(
    Array.from({ length: count }, () => client.post<Generation>(`/posts/${VAINOS_POST}/images`, body)),
  );
  const images: PostImage[] = [];
  for (const { body: generation } of asked) {
    const { post_image_id } = await client.finished(generation);
    images.push((await client.get<PostImage>(`/post-images/${post_image_id}`)).body);
  }
  return images;
}

/** Of what is loaded from these addresses by anybody; null for what is not there. */
export async function digests(origin: string, urls: string[]): Promise<(string | null)[]> {
  return Promise.all(
    urls.map(async (url) => {
      const response = await fetch(new URL(url, origin));
      const bytes = Buffer.from(await response.arrayBuffer());
      return response.status === 200 ? createHash('sha256').update(bytes).digest('hex') : null;
    }),
  );
}

export const urlsOf = (images: PostImage[]) =>
  images.flatMap(({ image_url, thumbnail_url }) => [image_url ?? '', thumbnail_url ?? '']);

/** Waits for the end of the last erasure, as an admin sees it. */
export function erased(admin: Client, userId = SUBJECT): Promise<Erasure> {
  return until(async () => {
    const { body } = await admin.get<Erasure>(`/image-admin/users/${userId}/erasure`);
    return body.status === 'done' && body;
  });
}
