// What most tests of the doors begin with: the service, a client for each kind of user, and the forum's own connection.

import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import type { Character, Generation, PostImage, ReferenceImage } from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { ADMIN, ELINA, GAME, GM, VAINO } from '../support/forum-file.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type Client, startService, type TestService, type TestServiceOptions } from '../support/service.ts';
import { checkedClient, createCheck, type Document } from './contract-check.ts';

export type Role = 'elina' | 'vaino' | 'gm' | 'admin' | 'anonymous';

/** Every reply that these clients receive is held against the OpenAPI document. */
export interface Stage extends Record<Role, Client>, AsyncDisposable {
  service: TestService;
  document: Document;
  forum: ForumConnection;
  /** Anybody else of the forum. */
  as(userId: number): Promise<Client>;
  close(): Promise<void>;
}

export async function openStage(options: TestServiceOptions = {}): Promise<Stage> {
  const service = await startService(options);
  const { body: document } = await service.anonymous.get<Document>('/image-openapi.json');
  const check = createCheck(document);
  const as = async (id: number) => checkedClient(await service.as(id), check);
  const forum = openForum(service.forum.path);
  const close = async () => {
    forum.close();
    await service.close();
  };
  return {
    service,
    document,
    forum,
    as,
    elina: await as(ELINA),
    vaino: await as(VAINO),
    gm: await as(GM),
    admin: await as(ADMIN),
    anonymous: checkedClient(service.anonymous, check),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The forum at work on its own file. */
export interface ForumConnection {
  /** Waits for the service's transactions without blocking them: both live in one thread here. */
  run(sql: string, ...values: unknown[]): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: rows of whatever the test asks for
  all(sql: string, ...values: unknown[]): any[];
  count(sql: string, ...values: unknown[]): number;
  close(): void;
}

function openForum(path: string): ForumConnection {
  const db = new BetterSqlite3(path, { timeout: 0 });
  return {
    run: (sql, ...values) =>
      until(() => {
        try {
          db.prepare(sql).run(...values);
          return true;
        } catch (error) {
          if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
          return undefined;
        }
      }).then(() => undefined),
    all: (sql, ...values) => db.prepare(sql).all(...values),
    count: (sql, ...values) =>
      db
        .prepare(sql)
        .pluck()
        .get(...values) as number,
    close: () => db.close(),
  };
}

/** Asks again until there is an answer. */
export async function until<T>(ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain`);
    await sleep(10);
  }
}

/** The preview provider with pictures that stay half made until they are let go. */
export function createHeldProvider(): {
  provider: Provider;
  release(): void;
  /** Again, for what is asked about from now on. */
  hold(): void;
  setProgress(progress: number): Promise<void>;
} {
  const preview = createPreviewProvider({ durationMs: 1, pollIntervalMs: 100 });
  let released = false;
  let progress = 0.5;
  let asked = 0;
  const provider: Provider = {
    ...preview,
    get: async (id, request) => {
      const prediction = await preview.get(id, request);
      asked += 1;
      if (released || !prediction) return prediction;
      return { ...prediction, status: 'processing', progress, outputs: [], failure: null };
    },
  };
  return {
    provider,
    release: () => {
      released = true;
    },
    hold: () => {
      released = false;
    },
    // Until it was asked once more after having told: what it told then has been written down.
    setProgress: async (value) => {
      progress = value;
      const before = asked;
      await until(() => asked >= before + 2);
    },
  };
}

export async function makeCharacter(client: Client, fields: object = {}, game = GAME): Promise<Character> {
  const { status, body } = await client.post<Character>(`/games/${game}/characters`, {
    name: 'Aino',
    base_description: 'red braid, green eyes',
    ...fields,
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

/** Asks, waits for the end, and says how it ended. */
export async function finish(client: Client, path: string, body: object): Promise<Generation> {
  const asked = await client.post<Generation>(path, body);
  if (asked.status !== 202) throw new Error(JSON.stringify(asked.body));
  return client.finished(asked.body);
}

export const SCENE = { mode: 'scene', scene: 'a quiet harbour at dawn' };

/** A finished picture in a post. */
export async function makePicture(client: Client, postId: number, body: object = SCENE): Promise<PostImage> {
  const generation = await finish(client, `/posts/${postId}/images`, body);
  const { body: image } = await client.get<PostImage>(`/post-images/${generation.post_image_id}`);
  return image;
}

/** A finished candidate, accepted when asked for. */
export async function makeReference(client: Client, characterId: number, accept = true): Promise<ReferenceImage> {
  const { reference_image_id } = await finish(client, `/characters/${characterId}/reference-images`, {});
  if (accept) await client.put(`/characters/${characterId}/reference-image`, { reference_image_id });
  const { body } = await client.get<ReferenceImage[]>(`/characters/${characterId}/reference-images`);
  return body.find(({ id }) => id === reference_image_id) as ReferenceImage;
}
