// The world of the permission table: a forum whose games have members and masters of their own, things of one player, and ten roles.
import BetterSqlite3 from 'better-sqlite3';
import type { Character, Generation } from '../../src/contract.ts';
import type { Db } from '../../src/database/open.ts';
import { createForum, type Forum, type ForumUser } from '../../src/forum/forum.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import {
  ADMIN,
  createForumFile,
  ELINA,
  ELINAS_POST,
  type ForumFile,
  GAME,
  GM,
  OTHER_GAME,
  VAINO,
} from '../support/forum-file.ts';
import type { Client } from '../support/service.ts';
import { drawSmall } from '../training/world.ts';
import { finish, makeCharacter, makePicture, makeReference, openStage, SCENE, type Stage } from './stage.ts';

/** In the order of the table's columns. All things are Elina's; two of the roles are she herself at another time. */
export const ROLES = [
  'anonymous',
  'deleted',
  'owner',
  'suspended owner',
  'owner who left',
  'other player',
  'no member',
  'gm of the game',
  'gm of another game',
  'admin',
] as const;
/** The last ones are no columns: they are what others are. */
export type Role = (typeof ROLES)[number] | 'gm elsewhere, player here' | 'suspended gm' | 'suspended admin';

const STRANGER = 5;
const OTHER_GM = 6;
const DELETED = 7;
const GM_ELSEWHERE = 8;
/** All others are Elina. */
const IDS: Partial<Record<Role, number>> = {
  deleted: DELETED,
  'other player': VAINO,
  'no member': STRANGER,
  'gm of the game': GM,
  'gm of another game': OTHER_GM,
  'gm elsewhere, player here': GM_ELSEWHERE,
  'suspended gm': GM,
  admin: ADMIN,
  'suspended admin': ADMIN,
};
/** Elina's, in a chapter that the forum has archived. */
export const ARCHIVED_POST = 8;

/** Who is where, which a test may change at any time. */
class Members implements Pick<Forum, 'isMember' | 'isGameMaster'> {
  readonly suspended = new Set<number>();
  readonly left = new Set<number>();
  readonly #games = new Map([
    [ELINA, GAME],
    [VAINO, GAME],
    [GM, GAME],
    [STRANGER, OTHER_GAME],
    [OTHER_GM, OTHER_GAME],
    [GM_ELSEWHERE, GAME],
  ]);

  isMember = async ({ id }: ForumUser, gameId: number) => this.#games.get(id) === gameId && !this.left.has(id);
  /** One is master of a single game; the others of every game, though they may not even see it. */
  isGameMaster = async ({ id, is_gm }: ForumUser, gameId: number) =>
    is_gm && (id !== GM_ELSEWHERE || gameId === OTHER_GAME);

  forum = (db: Db): Forum => {
    const forum = createForum(db);
    const user: Forum['user'] = async (id) => {
      const known = await forum.user(id);
      return known && { ...known, is_suspended: this.suspended.has(id) };
    };
    return { ...forum, user, isMember: this.isMember, isGameMaster: this.isGameMaster };
  };
}

export interface Things {
  mine: Character;
  shared: Character;
  /** Of `mine`; not accepted. */
  reference: number;
  generation: Generation;
  draft: Generation;
  picture: number;
  training: string;
  /** Pictures to be deleted. */
  spare: number[];
}

export class PermissionWorld {
  readonly stage: Stage;
  readonly things: Things;
  readonly #members: Members;

  private constructor(stage: Stage, things: Things, members: Members) {
    this.stage = stage;
    this.things = things;
    this.#members = members;
  }

  /** Pictures are made first, by a service of another life; the one that is asked makes none, so that nothing moves. */
  static async open(): Promise<PermissionWorld> {
    const forumFile = createForumFile();
    people(forumFile);
    const before = await openStage({ forumFile, provider: quickProvider(), env: LIMITS });
    const made = await makeThings(before);
    before.forum.close();
    await before.service.stop();
    const members = new Members();
    const stage = await openStage({ forumFile, forum: members.forum, env: { ...LIMITS, WORKERS: 'off' } });
    const training = await stage.elina.post(`/characters/${made.mine.id}/lora-trainings`, { generate_missing: true });
    await stage.elina.delete(`/characters/${made.mine.id}/lora-trainings/${training.body.id}`);
    await stage.forum.run('DELETE FROM users WHERE id = ?', DELETED);
    return new PermissionWorld(stage, { ...made, training: training.body.id }, members);
  }

  /** Asks as somebody of the role. @param checked whether the reply is held against the document */
  async as<T>(role: Role, ask: (client: Client) => Promise<T>, checked = true): Promise<T> {
    const { suspended, left } = this.#members;
    const turned = role.startsWith('suspended') ? suspended : role === 'owner who left' ? left : null;
    const id = IDS[role] ?? ELINA;
    turned?.add(id);
    try {
      return await ask(await this.#client(role, id, checked));
    } finally {
      turned?.delete(id);
    }
  }

  #client(role: Role, id: number, checked: boolean): Client | Promise<Client> {
    const { stage } = this;
    if (role === 'anonymous') return checked ? stage.anonymous : stage.service.anonymous;
    return (checked ? stage : stage.service).as(id);
  }

  close(): Promise<void> {
    return this.stage.close();
  }
}

const LIMITS = {
  CREDITS_PER_MONTH: '100000',
  MAX_ACTIVE_PER_USER: '1000',
  MAX_QUEUED: '10000',
  MAX_TRAININGS_PER_USER: '100',
  MAX_TRAININGS: '1000',
};

function quickProvider() {
  return { ...createPreviewProvider({ durationMs: 1, pollIntervalMs: 10 }), download: drawSmall };
}

function people({ path }: ForumFile): void {
  const db = new BetterSqlite3(path);
  const user = db.prepare("INSERT INTO users (id, username, email, password, roles) VALUES (?, ?, ?, 'x', ?)");
  user.run(STRANGER, 'Vieras', 'stranger@example.test', '["player"]');
  user.run(OTHER_GM, 'Toinen mestari', 'other-gm@example.test', '["player","gm"]');
  user.run(GM_ELSEWHERE, 'Muualla mestari', 'elsewhere@example.test', '["gm"]');
  user.run(DELETED, 'Poistettu', 'deleted@example.test', '["player","gm","admin"]');
  db.exec(`
    ALTER TABLE chapters ADD COLUMN is_archived INTEGER DEFAULT 0;
    INSERT INTO chapters (id, game_id, sequence_number, title, is_archived) VALUES (4, ${GAME}, 3, 'Vanha luku', 1);
    INSERT INTO beats (id, chapter_id, sequence_number, title) VALUES (5, 4, 1, 'Kauan sitten');
    INSERT INTO posts (id, beat_id, author_id, content, post_type)
    VALUES (${ARCHIVED_POST}, 5, ${ELINA}, 'Teksti', 'player');
  `);
  db.close();
}

async function makeThings({ elina }: Stage): Promise<Omit<Things, 'training'>> {
  const mine = await makeCharacter(elina);
  const portrait = { mode: 'character', character_ids: [mine.id] };
  await elina.put(`/characters/${mine.id}/looks`, { name: 'arki', description: 'a grey coat' });
  await makeReference(elina, mine.id);
  const spare = Array.from({ length: ROLES.length + 3 }, () => makePicture(elina, ELINAS_POST));
  return {
    mine,
    shared: await makeCharacter(elina, { usable_by: 'game' }),
    reference: (await makeReference(elina, mine.id, false)).id,
    generation: await finish(elina, `/games/${GAME}/images`, SCENE),
    draft: await finish(elina, `/games/${GAME}/images`, SCENE),
    picture: (await makePicture(elina, ELINAS_POST, portrait)).id,
    spare: (await Promise.all(spare)).map(({ id }) => id),
  };
}
