// Doors to styles, characters and their looks.
import { z } from 'zod';
import type { Profiles } from '../characters/profiles.ts';
import { STYLES } from '../characters/styles.ts';
import { Character, CharacterChanges, ImageStyle, Look, LookInput, NewCharacter } from '../contract.ts';
import { invalidField } from '../errors.ts';
import { created, idText, locationOf, noContent, ok, type Routes } from './route.ts';

const inGame = z.object({ gameId: idText });
const byId = z.object({ id: idText });
const byName = z.object({ id: idText, name: LookInput.shape.name });
const tag = 'Characters';

export function addCharacterRoutes(routes: Routes, profiles: Profiles): void {
  routes.addPublic({
    method: 'get',
    path: '/image-styles',
    tag,
    summary: 'The art styles',
    replies: { 200: z.array(ImageStyle) },
    handle: () => ok(STYLES.map(({ id, name, description }) => ({ id, name, description }))),
  });

  routes.add({
    method: 'post',
    path: '/games/:gameId/characters',
    tag,
    summary: 'Make a character',
    params: inGame,
    body: NewCharacter,
    replies: { 201: Character },
    handle: async (permissions, { params, body, req }) => {
      const character = await profiles.create(permissions, params.gameId, body);
      return created(character, locationOf(req, `/characters/${character.id}`));
    },
  });

  routes.add({
    method: 'get',
    path: '/games/:gameId/characters',
    tag,
    summary: 'The characters of a game',
    params: inGame,
    query: z.object({ mine: z.enum(['0', '1']).optional() }),
    replies: { 200: z.array(Character) },
    handle: async (permissions, { params, query }) =>
      ok(await profiles.list(permissions, params.gameId, query.mine === '1')),
  });

  routes.add({
    method: 'get',
    path: '/characters/:id',
    tag,
    summary: 'One character',
    params: byId,
    replies: { 200: Character },
    handle: async (permissions, { params }) => ok(await profiles.get(permissions, params.id)),
  });

  routes.add({
    method: 'patch',
    path: '/characters/:id',
    tag,
    summary: 'Change a character; `lora` attaches trained weights by hand, null takes them off',
    params: byId,
    body: CharacterChanges,
    replies: { 200: Character },
    handle: async (permissions, { params, body }) => ok(await profiles.change(permissions, params.id, body)),
  });

  routes.add({
    method: 'delete',
    path: '/characters/:id',
    tag,
    summary: 'Delete a character and its reference images; pictures in posts stay',
    params: byId,
    replies: { 204: null },
    handle: async (permissions, { params }) => {
      await profiles.delete(permissions, params.id);
      return noContent();
    },
  });

  addLookRoutes(routes, profiles);
}

function addLookRoutes(routes: Routes, profiles: Profiles): void {
  routes.add({
    method: 'get',
    path: '/characters/:id/looks',
    tag,
    summary: 'The looks (outfits) of a character',
    params: byId,
    replies: { 200: z.array(Look) },
    handle: async (permissions, { params }) => ok(await profiles.looks(permissions, params.id)),
  });

  routes.add({
    method: 'put',
    path: '/characters/:id/looks',
    tag,
    summary: 'Add a look or replace the one of that name',
    params: byId,
    body: LookInput,
    replies: { 200: Look },
    handle: async (permissions, { params, body }) => ok(await profiles.putLook(permissions, params.id, body)),
  });

  routes.add({
    method: 'put',
    path: '/characters/:id/looks/:name',
    tag,
    summary: 'The same with the name in the path; a name in the body must agree',
    params: byName,
    body: LookInput.partial({ name: true }),
    replies: { 200: Look },
    handle: async (permissions, { params, body }) => {
      if (body.name !== undefined && body.name !== params.name)
        throw invalidField('name', 'differs from the one in the path');
      return ok(await profiles.putLook(permissions, params.id, { ...body, name: params.name }));
    },
  });

  routes.add({
    method: 'get',
    path: '/characters/:id/looks/:name',
    tag,
    summary: 'One look',
    params: byName,
    replies: { 200: Look },
    handle: async (permissions, { params }) => ok(await profiles.look(permissions, params.id, params.name)),
  });

  routes.add({
    method: 'delete',
    path: '/characters/:id/looks/:name',
    tag,
    summary: 'Delete a look',
    params: byName,
    replies: { 204: null },
    handle: async (permissions, { params }) => {
      await profiles.deleteLook(permissions, params.id, params.name);
      return noContent();
    },
  });
}
