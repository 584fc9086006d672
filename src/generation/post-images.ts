// Pictures in posts: attached, shown, put in the order of the story, reported and deleted.
import type { PostImage, PostPlace } from '../contract.ts';
import { recordActOnOthers } from '../database/audit.ts';
import { discardFiles } from '../database/files.ts';
import { findGeneration, moveGeneration } from '../database/generations.ts';
import type { Db } from '../database/open.ts';
import {
  deletePostImage,
  findPostImage,
  findPostImages,
  type GalleryQuery,
  galleryOf,
  type PostImageRow,
  postImagesOf,
} from '../database/post-images.ts';
import { resolveReportsOf, upsertReport } from '../database/reports.ts';
import type { GenerationRow } from '../database/tables.ts';
import { isoTime } from '../database/time.ts';
import { conflict, notFound } from '../errors.ts';
import type { Forum } from '../forum/forum.ts';
import type { Permissions, Thing } from '../forum/permissions.ts';
import { type Moderated, presentTakedown } from '../moderation/takedowns.ts';
import { assertNoCopy } from '../moderation/taken-down.ts';
import type { Storage } from '../storage/storage.ts';
import type { Endings } from './endings.ts';
import { readRecipe } from './recipe.ts';

export class PostImages {
  readonly #db: Db;
  readonly #forum: Forum;
  readonly #storage: Storage;
  readonly #endings: Endings;
  readonly #deleteFiles: (ids: readonly number[]) => Promise<void>;

  constructor(parts: {
    db: Db;
    forum: Forum;
    storage: Storage;
    endings: Endings;
    deleteFiles: (ids: readonly number[]) => Promise<void>;
  }) {
    this.#db = parts.db;
    this.#forum = parts.forum;
    this.#storage = parts.storage;
    this.#endings = parts.endings;
    this.#deleteFiles = parts.deleteFiles;
  }

  /** Puts the caller's own finished draft into a post. */
  async attach(permissions: Permissions, postId: number, generationId: string): Promise<PostImage> {
    const post = await permissions.postToIllustrate(postId);
    const id = await this.#db.transaction().execute(async (trx) => {
      const draft = await findGeneration(trx, generationId);
      if (draft?.user_id !== permissions.user.id) throw notFound('The picture');
      const fileId = attachableFile(draft, post.game_id);
      await assertNoCopy(trx, fileId);
      const postImageId = await this.#endings.attachTo(trx, draft, readRecipe(draft.recipe), postId, fileId);
      const attached = { post_id: postId, post_image_id: postImageId };
      await moveGeneration(trx, { id: draft.id, status: 'succeeded', owner: null }, attached);
      return postImageId;
    });
    return this.get(permissions, id);
  }

  async get(permissions: Permissions, id: number): Promise<PostImage> {
    return this.#present(permissions, await this.visible(permissions, id));
  }

  /** What a page needs to know of a post before it offers to illustrate it. */
  async place(permissions: Permissions, postId: number): Promise<PostPlace> {
    const post = await permissions.postOr404(postId);
    return { post_id: post.id, game_id: post.game_id, can_illustrate: await permissions.mayIllustrate(post) };
  }

  /** In story order. */
  async ofPost(permissions: Permissions, postId: number): Promise<PostImage[]> {
    await permissions.postOr404(postId);
    const rows = await postImagesOf(this.#db, this.#forum.places, [postId]);
    const shown = await Promise.all(rows.map((row) => permissions.may(sightOf(row), row)));
    return Promise.all(rows.filter((_, index) => shown[index]).map((row) => this.#present(permissions, row)));
  }

  /** For a whole page of posts; a post that is not there, or not for this user, has no pictures. */
  async ofPosts(permissions: Permissions, postIds: number[]): Promise<Record<string, PostImage[]>> {
    const rows = await postImagesOf(this.#db, this.#forum.places, postIds);
    const byPost: Record<string, PostImage[]> = Object.fromEntries(postIds.map((id) => [id, []]));
    for (const row of rows) {
      if (!(await permissions.may(sightOf(row), row))) continue;
      byPost[row.post_id]?.push(await this.#present(permissions, row));
    }
    return byPost;
  }

  async gallery(
    permissions: Permissions,
    query: Omit<GalleryQuery, 'takenDownOf'>,
  ): Promise<{ row: PostImageRow; image: PostImage }[]> {
    await permissions.gameOr404(query.gameId);
    const takenDownOf = (await permissions.leadsGame(query.gameId)) ? 'all' : permissions.user.id;
    const rows = await galleryOf(this.#db, this.#forum.places, { ...query, takenDownOf });
    return Promise.all(rows.map(async (row) => ({ row, image: await this.#present(permissions, row) })));
  }

  /** The picture leaves the post and the storage. Its recipe and what it cost stay on record. */
  async delete(permissions: Permissions, id: number): Promise<void> {
    const row = await this.visible(permissions, id);
    const own = ofMaker(row);
    await permissions.assert('delete_picture', own);
    const files = row.file_id === null ? [] : [row.file_id];
    await this.#db.transaction().execute(async (trx) => {
      await deletePostImage(trx, id);
      await resolveReportsOf(trx, id, 'deleted');
      await discardFiles(trx, files);
      const act = { actor_id: permissions.user.id, action: 'post_image.delete', subject: `post_image:${id}` };
      await recordActOnOthers(trx, { ...act, user_id: own.user_id });
    });
    await this.#deleteFiles(files);
  }

  async report(permissions: Permissions, id: number, reason: string): Promise<void> {
    const row = await this.visible(permissions, id);
    await permissions.assert('report_picture', row);
    if (row.taken_down_at !== null) throw conflict('This picture is taken down already.');
    await upsertReport(this.#db, { post_image_id: id, user_id: permissions.user.id, reason });
  }

  /** @throws not_found also when the user may not know of it */
  async visible(permissions: Permissions, id: number): Promise<PostImageRow> {
    const row = await findPostImage(this.#db, this.#forum.places, id);
    if (!row) throw notFound('The picture');
    await permissions.assert(sightOf(row), row);
    return row;
  }

  /** @throws not_found to anyone but a game master of its game and admins */
  async moderated(permissions: Permissions, id: number): Promise<Moderated> {
    const row = await this.visible(permissions, id);
    await permissions.assert('moderate_picture', row);
    return { kind: 'post_image', id, game_id: row.game_id, file_id: row.file_id, user_id: row.user_id };
  }

  /** Those of them that are there, for one who may see them all. */
  async byIds(permissions: Permissions, ids: readonly number[]): Promise<Map<number, PostImage>> {
    const rows = await findPostImages(this.#db, this.#forum.places, ids);
    const images = await Promise.all(rows.map((row) => this.#present(permissions, row)));
    return new Map(images.map((image) => [image.id, image]));
  }

  async #present(permissions: Permissions, row: PostImageRow): Promise<PostImage> {
    const whole = await permissions.may('see_recipe', row);
    // What an older forum kept as the prompt was all that its user had written, and everybody saw it there.
    const scene = row.scene ?? row.prompt;
    return {
      id: row.id,
      post_id: row.post_id,
      game_id: row.game_id,
      story: {
        chapter_id: row.chapter_id,
        chapter_number: row.chapter_position,
        beat_id: row.beat_id,
        beat_number: row.beat_position,
      },
      character_profile_id: row.character_profile_id,
      character_ids: row.character_ids ? (JSON.parse(row.character_ids) as number[]) : [],
      prompt: whole ? row.prompt : scene,
      negative_prompt: whole ? row.negative_prompt : null,
      ...this.#addresses(row),
      takedown: presentTakedown(row),
      width: row.width,
      height: row.height,
      alt_text: row.alt_text ?? scene,
      ai_generated: true,
      generation_params: whole ? parseJson(row.generation_params) : null,
      created_at: isoTime(row.created_at),
      can_delete: await permissions.may('delete_picture', ofMaker(row)),
      can_regenerate: isRemakable(row) && (await permissions.may('remake_picture', row)),
    };
  }

  #addresses(row: PostImageRow): Pick<PostImage, 'image_url' | 'thumbnail_url'> {
    if (row.taken_down_at !== null) return { image_url: null, thumbnail_url: null };
    return {
      image_url: row.image_key ? this.#storage.publicUrl(row.image_key) : row.image_url,
      thumbnail_url: row.thumbnail_key ? this.#storage.publicUrl(row.thumbnail_key) : row.thumbnail_url,
    };
  }
}

/** A picture that an older forum made has no maker; it is the author's of the post. */
function ofMaker(row: PostImageRow): Thing {
  return { game_id: row.game_id, user_id: row.user_id ?? row.post_author_id };
}

/** From its recipe, which older forums did not keep. */
function isRemakable(row: PostImageRow): boolean {
  return row.generation_id !== null && row.taken_down_at === null;
}

/** One that is taken down is shown to those only who may learn why. */
function sightOf(row: PostImageRow): 'see_picture' | 'see_taken_down' {
  return row.taken_down_at === null ? 'see_picture' : 'see_taken_down';
}

/** @throws conflict naming why the generation cannot be attached */
function attachableFile(draft: GenerationRow, gameId: number): number {
  if (draft.post_image_id !== null) throw conflict('This picture is in a post already.');
  if (draft.kind !== 'draft') throw conflict('Only a draft can be attached to a post.');
  if (draft.status !== 'succeeded') throw conflict('This picture is not finished yet.');
  if (draft.game_id !== gameId) throw conflict('This picture was made for another game.');
  if (draft.file_id === null) throw conflict('This picture was deleted.');
  return draft.file_id;
}

/** An older forum may have kept anything there, or nothing. */
function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
