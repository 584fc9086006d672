// From a text or a post to what a picture of it may show: a scene in English, and the characters that it names.
import type { Logger } from 'pino';
import { languageOf } from '../characters/language.ts';
import { findNamed } from '../characters/names.ts';
import type { Profiles } from '../characters/profiles.ts';
import type { Character, SceneSuggestion, SceneSuggestionRequest, Warning } from '../contract.ts';
import { notFound, ServiceError } from '../errors.ts';
import type { Forum } from '../forum/forum.ts';
import type { Permissions } from '../forum/permissions.ts';
import { languageWarnings } from '../generation/warnings.ts';
import { assertAllowed } from '../moderation/prompt-check.ts';
import { MAX_TEXT, promptOf } from './instructions.ts';
import { plainText, shortened } from './plain-text.ts';
import type { Scribe } from './scribe.ts';

/** As long as a scene may be in a request for a picture. */
const MAX_SCENE = 1_000;
/** As many as a picture may have. */
const MAX_ROLES = 4;

type Scene = Pick<SceneSuggestion, 'scene' | 'written' | 'warnings'>;

export class SceneSuggestions {
  readonly #forum: Forum;
  readonly #profiles: Profiles;
  /** Null where texts are passed on as they are. */
  readonly #scribe: Scribe | null;
  readonly #log: Logger;

  constructor(parts: { forum: Forum; profiles: Profiles; scribe: Scribe | null; log: Logger }) {
    this.#forum = parts.forum;
    this.#profiles = parts.profiles;
    this.#scribe = parts.scribe;
    this.#log = parts.log;
  }

  /** The scene is of the text where both are given; names are looked for in both. */
  async suggest(permissions: Permissions, gameId: number, input: SceneSuggestionRequest): Promise<SceneSuggestion> {
    await permissions.gameOr404(gameId, 'make_in_game');
    const post = input.post_id === undefined ? '' : await this.#postText(permissions, gameId, input.post_id);
    const given = plainText(input.text ?? '');
    const text = shortened(given || post, MAX_TEXT);
    assertAllowed(given ? { text } : { post_id: text });
    const cast = await this.#named(permissions, gameId, `${given}\n${post}`);
    const asIs = text === '' ? { scene: '', written: false, warnings: [] } : null;
    const scene = asIs ?? (await this.#sceneOf(permissions, gameId, { text, cast, mode: input.mode }));
    return {
      ...scene,
      language: await languageOf(text),
      characters: cast.map(({ id, name, reference_thumbnail_url }) => ({ id, name, reference_thumbnail_url })),
    };
  }

  /** Of this game alone, whatever other posts the user may read. */
  async #postText(permissions: Permissions, gameId: number, postId: number): Promise<string> {
    const post = await permissions.postOr404(postId);
    if (post.game_id !== gameId) throw notFound('The post');
    return shortened(plainText((await this.#forum.postContent(postId)) ?? ''), MAX_TEXT);
  }

  /** All of the game are looked for, so that one who may not be used is not taken for another. */
  async #named(permissions: Permissions, gameId: number, text: string): Promise<Character[]> {
    const characters = await this.#profiles.list(permissions, gameId, false);
    return findNamed(text, characters).filter(({ can_use }) => can_use);
  }

  async #sceneOf(
    permissions: Permissions,
    gameId: number,
    { text, cast, mode }: { text: string; cast: Character[]; mode: SceneSuggestionRequest['mode'] },
  ): Promise<Scene> {
    if (!this.#scribe) return asItIs(text, []);
    const who = { user_id: permissions.user.id, game_id: gameId };
    try {
      const scene = await this.#scribe.write(who, promptOf(text, cast.slice(0, MAX_ROLES), mode));
      return { scene, written: true, warnings: [] };
    } catch (error) {
      if (isBudget(error)) return asItIs(text, [BUDGET]);
      this.#log.warn({ err: error }, 'no scene was written');
      return asItIs(text, [UNAVAILABLE]);
    }
  }
}

const BUDGET: Warning = {
  code: 'daily_budget_reached',
  message: "Today's money is spent, so the text is shown as it is. Tomorrow a scene can be written of it again.",
};
const UNAVAILABLE: Warning = {
  code: 'writer_unavailable',
  message: 'No scene could be written of the text just now, so it is shown as it is.',
};
const SHORTENED: Warning = {
  code: 'scene_shortened',
  message: `A scene has at most ${MAX_SCENE} letters, so this is only the beginning of the text.`,
};

function isBudget(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'daily_budget_reached';
}

async function asItIs(text: string, warnings: Warning[]): Promise<Scene> {
  const scene = shortened(text, MAX_SCENE);
  const language = await languageWarnings([{ name: 'the text', text: scene }]);
  const short = scene.length < text.length ? [SHORTENED] : [];
  return { scene, written: false, warnings: [...warnings, ...short, ...language] };
}
