// Door to suggestions: what a picture of a post or a text may show, before anything is asked for.
import { z } from 'zod';
import { SceneSuggestion, SceneSuggestionRequest } from '../contract.ts';
import type { SceneSuggestions } from '../writer/scene-suggestions.ts';
import type { RateLimit } from './rate-limit.ts';
import { idText, ok, type Routes } from './route.ts';

export function addSceneSuggestionRoute(
  routes: Routes,
  { suggestions, limit }: { suggestions: SceneSuggestions; limit: RateLimit },
): void {
  routes.add({
    method: 'post',
    path: '/games/:gameId/scene-suggestions',
    tag: 'Pictures',
    summary: 'A scene in English, and the characters named, of a text or a post; costs no credits',
    params: z.object({ gameId: idText }),
    body: SceneSuggestionRequest,
    limit,
    replies: { 200: SceneSuggestion },
    handle: async (permissions, { params, body }) => ok(await suggestions.suggest(permissions, params.gameId, body)),
  });
}
