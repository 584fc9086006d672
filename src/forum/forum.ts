// What the service knows of its host: users, games and posts. The one piece to replace for a forum of another shape.
import {
  FORUM_TABLES,
  findGame,
  findPosts,
  findUser,
  type PostPlaces,
  postContent,
  postPlaces,
} from '../database/forum-queries.ts';
import type { Db } from '../database/open.ts';

export interface ForumUser {
  id: number;
  username: string;
  is_gm: boolean;
  is_admin: boolean;
  /** Reads, and deletes what is theirs, and makes nothing; false in a forum that knows no suspension. */
  is_suspended: boolean;
}

export interface ForumGame {
  id: number;
  name: string;
}

export interface ForumPost {
  id: number;
  game_id: number;
  /** Null when the author was deleted. */
  author_id: number | null;
  /** In a chapter that is closed: only game masters and admins add pictures to it. */
  is_archived: boolean;
}

export interface Forum {
  /** Table → columns that must be there; checked before the first migration. */
  readonly tables: Record<string, string[]>;
  /** Read anew for each request, so that a role taken away in the forum is taken away here. */
  user(id: number): Promise<ForumUser | undefined>;
  game(id: number): Promise<ForumGame | undefined>;
  post(id: number): Promise<ForumPost | undefined>;
  posts(ids: readonly number[]): Promise<ForumPost[]>;
  /** What the post says, as HTML or plain text. */
  postContent(id: number): Promise<string | undefined>;
  /** Whether the user may read the game. Admins are not asked about: they may. */
  isMember(user: ForumUser, gameId: number): Promise<boolean>;
  /** Asked about members only: who may not read a game is no game master of it. */
  isGameMaster(user: ForumUser, gameId: number): Promise<boolean>;
  /** All posts with their game and place in the story, as a query to join. */
  readonly places: PostPlaces;
}

/** This forum: every user reads every game, a GM is anyone with the role `gm`, and nobody is suspended. */
export function createForum(db: Db): Forum {
  const posts = async (ids: readonly number[]): Promise<ForumPost[]> =>
    (await findPosts(db, ids)).map((post) => ({ ...post, is_archived: post.is_archived !== 0 }));
  return {
    tables: FORUM_TABLES,
    places: postPlaces,
    async user(id) {
      const row = await findUser(db, id);
      return row && { id: row.id, username: row.username, ...rolesOf(row), is_suspended: false };
    },
    game: (id) => findGame(db, id),
    posts,
    postContent: (id) => postContent(db, id),
    post: async (id) => (await posts([id]))[0],
    isMember: async () => true,
    isGameMaster: async (user) => user.is_gm,
  };
}

function rolesOf(row: { roles: string | null; is_admin: number | null }): Pick<ForumUser, 'is_gm' | 'is_admin'> {
  const roles = parseRoles(row.roles);
  return { is_gm: roles.includes('gm'), is_admin: row.is_admin === 1 || roles.includes('admin') };
}

/** Roles are a JSON array in a text column; anything else there gives no rights. */
function parseRoles(text: string | null): unknown[] {
  try {
    const roles: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(roles) ? roles : [];
  } catch {
    return [];
  }
}
