// What one user may do, asked by every door and decided by the table alone: nothing else decides.
import { forbidden, notFound } from '../errors.ts';
import type { Forum, ForumGame, ForumPost, ForumUser } from './forum.ts';
import { type Act, type Answer, decide, type Place } from './policy.ts';

/** Anything that belongs to a game, and to a user: its maker, its owner, its author. */
export interface Thing {
  game_id: number;
  /** Null where that is not known, or the thing is the game's. */
  user_id: number | null;
}
type Character = Thing & { usable_by: 'owner' | 'game' };

/** What the thing is called to whom it is hidden, and what is told to whom it is refused. */
const WORDS: Record<Act, readonly [thing: string, refusal?: string]> = {
  see_game: ['The game'],
  make_in_game: ['The game'],
  lead_game: ['The game', 'Only a game master may do this.'],
  see_post: ['The post'],
  illustrate_post: ['The post', 'Only the author of the post or a game master may add pictures to it.'],
  illustrate_archived: ['The post', 'The chapter is archived, so only a game master may add pictures to it.'],
  see_character: ['The character'],
  see_workshop: ['The character', 'Only the owner may see this.'],
  edit_character: ['The character', 'Only the owner may change this character.'],
  delete_character: ['The character', 'Only the owner may delete this character.'],
  use_character: ['The character', 'The owner has not allowed others to use the character.'],
  use_shared_character: ['The character'],
  see_picture: ['The picture'],
  see_taken_down: ['The picture'],
  moderate_picture: ['The picture'],
  overrule_admin: ['The picture', 'An admin has taken this picture down, and only an admin brings it back.'],
  see_recipe: ['The picture', 'Only its maker or a game master may see this.'],
  remake_picture: ['The picture', 'Only its maker or a game master may make this picture again.'],
  report_picture: ['The picture'],
  delete_picture: ['The picture', 'Only its maker or a game master may delete this picture.'],
  see_generation: ['The picture'],
  cancel_generation: ['The picture', 'Only its maker may cancel this picture.'],
  administer: ['The page'],
};
const SUSPENDED = 'Your account is suspended: you can read, and delete what is yours, but make nothing new.';

/** Answers for one user; made anew for each request from what the database says then. */
export class Permissions {
  readonly user: ForumUser;
  readonly #forum: Forum;
  readonly #games = new Map<number, Promise<ForumGame | undefined>>();

  constructor(forum: Forum, user: ForumUser) {
    this.#forum = forum;
    this.user = user;
  }

  async may(act: Act, thing: Thing): Promise<boolean> {
    return (await this.#answer(act, thing)) === 'yes';
  }

  /** @throws not_found when the user need not know of the thing; forbidden */
  async assert(act: Act, thing: Thing, refusal = WORDS[act][1]): Promise<void> {
    const answer = await this.#answer(act, thing);
    if (answer === 'hidden') throw notFound(WORDS[act][0]);
    if (answer === 'no') throw forbidden((!this.user.is_suspended && refusal) || SUSPENDED);
  }

  /** @throws not_found to anyone else: others need not know what admins have */
  assertAdmin(): void {
    const { is_admin, is_suspended } = this.user;
    const who = { place: is_admin ? 'admin' : 'outsider', owns: false, suspended: is_suspended } as const;
    if (decide('administer', who) !== 'yes') throw notFound(WORDS.administer[0]);
  }

  /** @throws not_found also when the user may not know of the game; forbidden */
  async gameOr404(gameId: number, act: 'see_game' | 'make_in_game' = 'see_game'): Promise<ForumGame> {
    const game = await this.#game(gameId);
    if (!game) throw notFound(WORDS[act][0]);
    await this.assert(act, { game_id: gameId, user_id: null });
    return game;
  }

  /** @throws not_found also when the user may not know of the post */
  async postOr404(postId: number): Promise<ForumPost> {
    const post = await this.#forum.post(postId);
    if (!post) throw notFound(WORDS.see_post[0]);
    await this.assert('see_post', ofAuthor(post));
    return post;
  }

  /** @throws not_found as above; forbidden to anyone but the post's author, a GM of its game and admins */
  async postToIllustrate(postId: number): Promise<ForumPost> {
    const post = await this.postOr404(postId);
    await this.assert(illustrationOf(post), ofAuthor(post));
    return post;
  }

  mayIllustrate(post: ForumPost): Promise<boolean> {
    return this.may(illustrationOf(post), ofAuthor(post));
  }

  /** A game master of the game, or an admin. */
  leadsGame(gameId: number): Promise<boolean> {
    return this.may('lead_game', { game_id: gameId, user_id: null });
  }

  /** Others use a character only with its owner's consent; a GM illustrates the game's scenes with any of its characters. */
  mayUseCharacter(character: Character): Promise<boolean> {
    return this.may(useOf(character), character);
  }

  /** @throws forbidden naming the character: a picture may show several */
  assertMayUse(character: Character & { name: string }): Promise<void> {
    const refusal = `The owner of ${character.name} has not allowed others to use the character.`;
    return this.assert(useOf(character), character, refusal);
  }

  /** As the forum knows the user now; undefined when it does not any more. */
  async renewed(): Promise<Permissions | undefined> {
    const user = await this.#forum.user(this.user.id);
    return user && new Permissions(this.#forum, user);
  }

  async #answer(act: Act, { game_id, user_id }: Thing): Promise<Answer> {
    const { id, is_suspended: suspended } = this.user;
    return decide(act, { place: await this.#place(game_id), owns: user_id === id, suspended });
  }

  /** Who may not read a game is no game master of it, whatever the forum says of the role. */
  async #place(gameId: number): Promise<Place> {
    const { user } = this;
    if (user.is_admin && !user.is_suspended) return 'admin';
    if (!(await this.#game(gameId)) || !(await this.#forum.isMember(user, gameId))) return 'outsider';
    if (user.is_suspended) return 'player';
    return (await this.#forum.isGameMaster(user, gameId)) ? 'gm' : 'player';
  }

  /** Looked for once: a gallery asks about each of its pictures. */
  #game(id: number): Promise<ForumGame | undefined> {
    const game = this.#games.get(id) ?? this.#forum.game(id);
    this.#games.set(id, game);
    return game;
  }
}

function ofAuthor({ game_id, author_id }: ForumPost): Thing {
  return { game_id, user_id: author_id };
}

function illustrationOf({ is_archived }: ForumPost): Act {
  return is_archived ? 'illustrate_archived' : 'illustrate_post';
}

function useOf({ usable_by }: Character): Act {
  return usable_by === 'game' ? 'use_shared_character' : 'use_character';
}
