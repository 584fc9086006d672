// A service with a Replicate double that trains, and an address where both find each other; pictures are small, to be quick.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import sharp from 'sharp';
import type { Generation, LoraTraining } from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { makeCharacter, until } from '../http/stage.ts';
import { PublicAddress } from '../reliability/public-address.ts';
import { createForumFile, ELINA, type ForumFile } from '../support/forum-file.ts';
import { replicateSettings, type Settings, settingsFor } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { type Client, startService } from '../support/service.ts';

const PICTURE = sharp({ create: { width: 64, height: 64, channels: 3, background: '#607080' } })
  .png()
  .toBuffer();
export const drawSmall = () => PICTURE;

export interface TrainingWorld extends AsyncDisposable {
  double: ReplicateDouble;
  address: PublicAddress;
  forum: ForumFile;
  settings: Settings;
  /** Of the storage: the keys of weights. */
  weights(): string[];
  sql<T>(query: string, ...parameters: unknown[]): T[];
}

/** The character that every world has, with ten pictures. */
export const CHARACTER = { id: 1 };

let template: Promise<ForumFile> | undefined;

/** Made once in a process and copied for each world: a forum whose first character has ten candidates. */
async function makeTemplate(): Promise<ForumFile> {
  const provider = { ...createPreviewProvider({ durationMs: 1, pollIntervalMs: 10 }), download: drawSmall };
  const forumFile = createForumFile();
  process.on('exit', () => forumFile.remove());
  const service = await startService({ forumFile, provider });
  const elina = await service.as(ELINA);
  await makeCharacter(elina);
  for (const count of [4, 4, 2]) {
    const { body } = await elina.post<Generation[]>(`/characters/${CHARACTER.id}/reference-images`, { count });
    for (const generation of body) await elina.finished(generation);
  }
  await service.stop();
  return forumFile;
}

async function copyTemplate(): Promise<ForumFile> {
  template ??= makeTemplate();
  const { folder: from } = await template;
  const folder = mkdtempSync(join(tmpdir(), 'forum-ai-images-'));
  cpSync(from, folder, { recursive: true });
  mkdirSync(join(folder, 'tmp'));
  return { folder, path: join(folder, 'forum.db'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function openTrainingWorld(more: Settings = {}): Promise<TrainingWorld> {
  const double = await ReplicateDouble.start({ draw: drawSmall, latencyMs: 20 });
  const address = await PublicAddress.open();
  const forum = await copyTemplate();
  const settings = settingsFor(forum, {
    ...replicateSettings(double),
    PUBLIC_URL: address.origin,
    REPLICATE_TRAINING_DESTINATION: 'forum/characters',
    TMPDIR: join(forum.folder, 'tmp'),
    ...more,
  });
  return {
    double,
    address,
    forum,
    settings,
    weights: () =>
      (readdirSync(join(forum.folder, 'images'), { recursive: true }) as string[]).filter((path) =>
        path.endsWith('.tar'),
      ),
    sql(query, ...parameters) {
      const db = new BetterSqlite3(forum.path, { timeout: 5000 });
      try {
        const statement = db.prepare(query);
        if (statement.reader) return statement.all(...parameters) as never;
        statement.run(...parameters);
        return [];
      } finally {
        db.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await double.close();
      await address.close();
      forum.remove();
    },
  };
}

export const pathOf = (character: { id: number }) => `/characters/${character.id}/lora-trainings`;

export function followed(
  client: Client,
  training: LoraTraining,
  isReached: (training: LoraTraining) => boolean = ({ finished_at }) => finished_at !== null,
): Promise<LoraTraining> {
  return until(async () => {
    const { body } = await client.get<LoraTraining>(`${pathOf({ id: training.character_id })}/${training.id}`);
    return isReached(body) && body;
  });
}
