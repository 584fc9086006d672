// Door to the gallery: the pictures of a game as the story tells them, or the newest first.
import { z } from 'zod';
import { PostImage } from '../contract.ts';
import type { StoryPosition } from '../database/post-images.ts';
import type { PostImages } from '../generation/post-images.ts';
import { cursorText, pageOf, readCursor, toPage } from './cursor.ts';
import { idText, limitText, ok, type Routes } from './route.ts';

const position = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]);

export function addGalleryRoutes(routes: Routes, postImages: PostImages): void {
  routes.add({
    method: 'get',
    path: '/games/:gameId/images',
    tag: 'Pictures',
    summary: 'The gallery of a game, in the order of the story: chapter, beat, post',
    params: z.object({ gameId: idText }),
    query: z.object({
      character_id: idText.optional(),
      user_id: idText.optional(),
      chapter_id: idText.optional(),
      order: z.enum(['story', 'newest']).optional(),
      limit: limitText,
      cursor: cursorText,
    }),
    replies: { 200: pageOf(PostImage) },
    handle: async (permissions, { params, query }) => {
      const limit = query.limit ?? 30;
      const pictures = await postImages.gallery(permissions, {
        gameId: params.gameId,
        characterId: query.character_id ?? null,
        userId: query.user_id ?? null,
        chapterId: query.chapter_id ?? null,
        order: query.order ?? 'story',
        after: readCursor(query.cursor, position),
        limit: limit + 1,
      });
      const page = toPage(
        pictures,
        limit,
        ({ image }) => image,
        ({ row }) => storyPosition(row),
      );
      return ok(page);
    },
  });
}

function storyPosition(row: {
  chapter_position: number;
  chapter_id: number;
  beat_position: number;
  beat_id: number;
  post_id: number;
  id: number;
}): StoryPosition {
  return [row.chapter_position, row.chapter_id, row.beat_position, row.beat_id, row.post_id, row.id];
}
