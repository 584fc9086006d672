// Who may do what, in one place: every door asks here, and nothing else decides.
import { forbidden, notFound } from '../errors.ts';
import type { Forum, ForumGame, ForumPost, ForumUser } from './forum.ts';

interface OwnedCharacter {
  user_id: number;
  game_id: number;
  usable_by: 'owner' | 'game';
}
interface OwnedGeneration {
  user_id: number;
  game_id: number;
}
interface OwnedPicture {
  game_id: number;
  /** Null for a picture that an older forum made. */
  user_id: number | null;
  post_author_id: number | null;
}

/** Answers for one user; made anew for each request from what the database says then. */
export class Permissions {
  readonly user: ForumUser;
  readonly #forum: Forum;

  constructor(forum: Forum, user: ForumUser) {
    this.#forum = forum;
    this.user = user;
  }

  async seesGame(gameId: number): Promise<boolean> {
    return this.user.is_admin || (await this.#forum.isMember(this.user, gameId));
  }

  /** A game master of the game, or an admin. */
  async leadsGame(gameId: number): Promise<boolean> {
    return this.user.is_admin || (await this.#forum.isGameMaster(this.user, gameId));
  }

  async mayEditCharacter(character: OwnedCharacter): Promise<boolean> {
    return this.user.is_admin || character.user_id === this.user.id;
  }

  /** Others use a character only with its owner's consent; a GM illustrates the game's scenes with any of its characters. */
  async mayUseCharacter(character: OwnedCharacter): Promise<boolean> {
    if (character.user_id === this.user.id || character.usable_by === 'game') return true;
    return this.leadsGame(character.game_id);
  }

  async mayIllustratePost(post: ForumPost): Promise<boolean> {
    return post.author_id === this.user.id || (await this.leadsGame(post.game_id));
  }

  /** The full prompt and recipe. */
  async maySeeRecipe(picture: OwnedGeneration | OwnedPicture): Promise<boolean> {
    return picture.user_id === this.user.id || (await this.leadsGame(picture.game_id));
  }

  async mayDeletePicture(picture: OwnedPicture): Promise<boolean> {
    if (picture.user_id === this.user.id) return true;
    if (picture.user_id === null && picture.post_author_id === this.user.id) return true;
    return this.leadsGame(picture.game_id);
  }

  async maySeeGeneration(generation: OwnedGeneration): Promise<boolean> {
    return generation.user_id === this.user.id || (await this.leadsGame(generation.game_id));
  }

  async mayCancelGeneration(generation: OwnedGeneration): Promise<boolean> {
    return generation.user_id === this.user.id || this.user.is_admin;
  }

  /** @throws not_found to anyone else: others need not know what admins have */
  assertAdmin(): void {
    if (!this.user.is_admin) throw notFound('The page');
  }

  /** @throws not_found also when the user may not know of the game */
  async gameOr404(gameId: number): Promise<ForumGame> {
    const game = await this.#forum.game(gameId);
    if (!game || !(await this.seesGame(gameId))) throw notFound('The game');
    return game;
  }

  /** @throws not_found also when the user may not know of the post */
  async postOr404(postId: number): Promise<ForumPost> {
    const post = await this.#forum.post(postId);
    if (!post || !(await this.seesGame(post.game_id))) throw notFound('The post');
    return post;
  }

  /** @throws forbidden to anyone but the post's author, a GM of its game and admins */
  async postToIllustrate(postId: number): Promise<ForumPost> {
    const post = await this.postOr404(postId);
    if (!(await this.mayIllustratePost(post))) {
      throw forbidden('Only the author of the post or a game master may add pictures to it.');
    }
    return post;
  }
}
