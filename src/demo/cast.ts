// A forum with a cast of characters, each with an accepted reference and a few pictures: something to compare where nothing is set up.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { Parts } from '../app.ts';
import type { PictureRequest } from '../contract.ts';
import { findGeneration } from '../database/generations.ts';
import type { GenerationRow } from '../database/tables.ts';
import { Permissions } from '../forum/permissions.ts';
import { seedForum } from './seed.ts';
import { DEMO_USERS, FIRST_PICTURE } from './story.ts';

type Env = Record<string, string | undefined>;

const GAME_ID = 1;
const STYLE = 'fantasy-art';
const LOOK_MS = 100;

/** The first is the one that is compared; the others are what it is held against. */
const CAST = [
  { owner: 'Elina', name: FIRST_PICTURE.character.name, looks: FIRST_PICTURE.character.base_description },
  { owner: 'Väinö', name: 'Ilmo Rautalampi', looks: 'vanha seppä, harmaa parta, kalju, ruskea nahkaesiliina' },
  { owner: 'Väinö', name: 'Kaisla Vesi', looks: 'nuori nainen, lyhyet mustat hiukset, sininen kaapu, pisamia' },
  { owner: 'Mestari', name: 'Tuomas Teräs', looks: 'pitkä ritari, vaaleat hiukset, haarniska, punainen viitta' },
  { owner: 'Mestari', name: 'Utu', looks: 'haltia, valkoiset pitkät hiukset, harmaat silmät, valkoinen takki' },
  { owner: 'Väinö', name: 'Piki Kuusinen', looks: 'poika, ruskeat kiharat, silmälasit, keltainen tunika' },
];
const SCENES = ['kävelee talvisessa metsässä kuutamolla', 'istuu majatalossa hymyillen'];

/** Makes the forum where there is none. @returns the settings to run on it: free of charge, and nothing leaves the folder */
export function makeDemoForum(folder: string, env: Env): Env {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'forum.db');
  const database = new Database(path, { timeout: 5000 });
  seedForum(database);
  database.close();
  const own = {
    DATABASE_PATH: path,
    DISK_PATH: join(folder, 'images'),
    IMAGE_STORAGE: 'disk',
    IMAGE_PROVIDER: 'preview',
  };
  return { ...env, ...own, CREDITS_PER_MONTH: '1000', WORKERS: 'on' };
}

/** Makes who is missing. @returns the id of the first */
export async function makeCast(parts: Parts, signal: AbortSignal): Promise<number> {
  const ids = await Promise.all(CAST.map((member) => makeMember(parts, member, signal)));
  return ids[0] as number;
}

async function makeMember(parts: Parts, member: (typeof CAST)[number], signal: AbortSignal): Promise<number> {
  const { profiles, references, requests } = parts;
  const permissions = await permissionsOf(parts, member.owner);
  const mine = await profiles.list(permissions, GAME_ID, true);
  const character =
    mine.find(({ name }) => name === member.name) ??
    (await profiles.create(permissions, GAME_ID, { name: member.name, base_description: member.looks, style: STYLE }));
  if (character.reference_image_url) return character.id;
  const [asked] = await requests.reference(permissions, character.id, { aspect_ratio: '2:3' }, null);
  const made = await ended(parts, asked, signal);
  await references.accept(permissions, character.id, made.reference_image_id as number);
  for (const scene of SCENES) {
    const request: PictureRequest = { mode: 'scene_with_character', character_ids: [character.id], scene };
    const draft = await requests.picture(permissions, { game_id: GAME_ID, post_id: null }, request, null);
    await ended(parts, draft, signal);
  }
  return character.id;
}

async function permissionsOf({ forum }: Parts, username: string): Promise<Permissions> {
  const user = await forum.user(1 + DEMO_USERS.findIndex((each) => each.username === username));
  if (user?.username !== username) throw new Error(`The demo forum has no ${username}`);
  return new Permissions(forum, user);
}

async function ended({ db }: Parts, asked: GenerationRow | undefined, signal: AbortSignal): Promise<GenerationRow> {
  for (; ; await sleep(LOOK_MS, undefined, { signal })) {
    const row = asked && (await findGeneration(db, asked.id));
    if (!row || (row.finished_at !== null && row.status !== 'succeeded'))
      throw new Error('A picture of the demo failed');
    if (row.finished_at !== null) return row;
  }
}
