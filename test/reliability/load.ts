// What the users do: three of them ask for pictures, cancel one, attach one and delete one; and after every crash they send
// the very same requests again, with the very same keys, and expect the very same answers.
import type { Character, Generation, PostImage } from '../../src/contract.ts';
import { ELINA, ELINAS_POST, GAME, GM, VAINO, VAINOS_POST } from '../support/forum-file.ts';
import type { Program } from '../support/program.ts';
import type { Client, Reply } from '../support/service.ts';
import { until } from './world.ts';

const USERS = { elina: ELINA, vaino: VAINO, gm: GM };
/** Batches, so that the service's queue has room for them. */
const AT_ONCE = 8;
type Users = Record<keyof typeof USERS, Client>;

export class Load {
  /** What each key was answered with first. */
  readonly answers = new Map<string, string[]>();
  /** Of generations that somebody wanted to cancel: they may have ended without a picture. */
  readonly canceled = new Set<string>();
  /** What should not have been answered. */
  readonly faults: string[] = [];
  #batches = 0;

  /** From the next drive on there is more to do. */
  grow(): void {
    this.#batches++;
  }

  /** Sends everything, again where it was sent before, the newest first. @throws when the program dies meanwhile */
  async drive(program: Program): Promise<void> {
    const users = await usersOf(program);
    for (let newest = this.#batches; newest > 0; newest -= AT_ONCE) {
      const names = Array.from({ length: Math.min(newest, AT_ONCE) }, (_, index) => `batch ${newest - index}`);
      const outcomes = await Promise.allSettled(names.flatMap((name) => this.#batch(users, name)));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    }
  }

  #batch({ elina, vaino, gm }: Users, name: string): Promise<unknown>[] {
    const drafts = `/games/${GAME}/images`;
    return [
      this.ask(elina, `/posts/${ELINAS_POST}/images`, `${name}, a pier`),
      this.#askAndDelete(elina, `/posts/${ELINAS_POST}/images`, `${name}, a lighthouse`),
      this.ask(vaino, drafts, `${name}, a moor`),
      this.#askAndCancel(vaino, `/posts/${VAINOS_POST}/images`, `${name}, a swamp`),
      this.#askAndAttach(elina, drafts, `${name}, a meadow`),
      this.#candidates(gm, name),
    ];
  }

  /** @returns the ids of what is being made */
  async ask(user: Client, path: string, scene: string, body: object = { mode: 'scene', scene }): Promise<string[]> {
    const reply = await user.post<Generation | Generation[]>(path, body, {
      'Idempotency-Key': scene.replaceAll(/\W+/g, '-'),
    });
    if (reply.status !== 202) return this.#unexpected(scene, reply);
    const ids = [reply.body].flat().map(({ id }) => id);
    const first = this.answers.get(scene);
    if (first && first.join() !== ids.join()) this.faults.push(`${scene}: first ${first.join()}, now ${ids.join()}`);
    if (!first) this.answers.set(scene, ids);
    return ids;
  }

  async cancel(user: Client, id: string): Promise<void> {
    this.canceled.add(id);
    const reply = await user.delete(`/generations/${id}`);
    if (![200, 409].includes(reply.status)) this.#unexpected('cancel', reply);
  }

  async #askAndCancel(user: Client, path: string, scene: string): Promise<void> {
    for (const id of await this.ask(user, path, scene)) await this.cancel(user, id);
  }

  async #askAndDelete(user: Client, path: string, scene: string): Promise<void> {
    for (const id of await this.ask(user, path, scene)) {
      const { post_image_id } = await ended(user, id);
      if (post_image_id === null) continue; // without a picture: whether that is right is for the audit to say
      const reply = await user.delete(`/post-images/${post_image_id}`);
      if (![204, 404].includes(reply.status)) this.#unexpected('delete', reply);
    }
  }

  async #askAndAttach(user: Client, path: string, scene: string): Promise<void> {
    for (const id of await this.ask(user, path, scene)) {
      await ended(user, id);
      const reply = await user.post<PostImage>('/posts/4/images', { generation_id: id });
      if (![201, 409].includes(reply.status)) this.#unexpected('attach', reply);
    }
  }

  async #candidates(user: Client, name: string): Promise<void> {
    const known = await user.get<Character[]>(`/games/${GAME}/characters`);
    const description = { name, base_description: 'a tall woman with a red braid' };
    const character =
      known.body.find((one) => one.name === name) ??
      (await user.post<Character>(`/games/${GAME}/characters`, description)).body;
    await this.ask(user, `/characters/${character.id}/reference-images`, `${name}, candidates`, { count: 2 });
  }

  #unexpected(what: string, { status, body }: Reply): [] {
    this.faults.push(`${what}: ${status} ${JSON.stringify(body)}`);
    return [];
  }
}

async function usersOf(program: Program): Promise<Users> {
  const clients = Object.entries(USERS).map(async ([name, id]) => [name, await program.as(id)]);
  return Object.fromEntries(await Promise.all(clients)) as Users;
}

/** After many short lives hundreds of pictures may wait their turn, on a machine that has other things to do as well. */
const PATIENCE_MS = 600_000;

async function ended(user: Client, id: string): Promise<Generation> {
  let last: Reply<Generation> | undefined;
  const look = async () => {
    last = await user.get<Generation>(`/generations/${id}`);
    if (last.status !== 200) throw new Error(`GET /generations/${id} answered ${last.status}`);
    return last.body.finished_at !== null;
  };
  await until(`generation ${id} has ended`, look, PATIENCE_MS);
  if (!last) throw new Error('looked at least once');
  return last.body;
}

/** Waits until nobody waits for anything any more. */
export async function everythingEnded(program: Program): Promise<void> {
  for (const user of Object.values(await usersOf(program))) {
    const idle = async () => (await user.get<{ items: Generation[] }>('/generations?active=1')).body.items.length === 0;
    await until('everything has ended', idle, PATIENCE_MS);
  }
}
