// The permission table as it is promised: each act, at its route, and what every role is answered. And the asking.
import type { CreditEntry, Generation } from '../../src/contract.ts';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';
import type { Reply } from '../support/service.ts';
import { ARCHIVED_POST, type PermissionWorld, ROLES, type Role, type Things } from './permission-world.ts';
import { makeCharacter, SCENE } from './stage.ts';

type Params = Record<string, string | number>;

interface Options {
  /** Of the path. What can be done once, or by one only, is made anew for each who tries. */
  params?(world: PermissionWorld): Params | Promise<Params>;
  query?: string;
  body?(things: Things): unknown;
  /** What a reply of 200 shows, where that is the question: 200 all of it, 403 a part, 404 nothing. */
  shown?(reply: Reply, world: PermissionWorld): number;
  /** Of events, which the document has no schema for. */
  stream?: boolean;
}

export interface Row extends Options {
  /** As the document writes it. */
  route: string;
  act: string;
  expected: Record<Role, number>;
}

function row(route: string, act: string, cells: string, options: Options = {}): Row {
  const statuses = cells.split(/ +/).map(Number);
  return {
    route,
    act,
    expected: Object.fromEntries(ROLES.map((role, index) => [role, statuses[index]])) as Record<Role, number>,
    ...options,
  };
}

const inGame = () => ({ gameId: GAME });
const ofMine = ({ things }: PermissionWorld) => ({ id: things.mine.id });
const ofLook = ({ things }: PermissionWorld) => ({ id: things.mine.id, name: 'arki' });
const ofPost = () => ({ postId: ELINAS_POST });
const ofArchived = () => ({ postId: ARCHIVED_POST });
const ofPicture = ({ things }: PermissionWorld) => ({ id: things.picture });
const ofGeneration = ({ things }: PermissionWorld) => ({ id: things.generation.id });
const ofTraining = ({ things }: PermissionWorld) => ({ id: things.mine.id, trainingId: things.training });

const freshCharacter = async ({ stage }: PermissionWorld) => ({ id: (await makeCharacter(stage.elina)).id });
const freshGeneration = async ({ stage }: PermissionWorld) => {
  const { body } = await stage.elina.post<Generation>(`/games/${GAME}/images`, SCENE);
  return { id: body.id };
};
const freshLook = async ({ stage, things }: PermissionWorld) => {
  await stage.elina.put(`/characters/${things.mine.id}/looks`, { name: 'hetken', description: 'a hat' });
  return { id: things.mine.id, name: 'hetken' };
};
const freshTraining = async (world: PermissionWorld) => {
  const { id } = await freshCharacter(world);
  const asked = await world.stage.elina.post(`/characters/${id}/lora-trainings`, { generate_missing: true });
  return { id, trainingId: asked.body.id };
};
const sparePicture = ({ things }: PermissionWorld) => ({ id: things.spare.pop() ?? 0 });
/** Of an older version of the forum, which did not write down who had made it. */
const olderPicture = async ({ stage: { forum } }: PermissionWorld) => {
  await forum.run("INSERT INTO post_images (post_id, prompt, image_url) VALUES (?, 'x', '/x')", ELINAS_POST);
  return { id: forum.count('SELECT max(id) FROM post_images') };
};

const portrait = (of: 'mine' | 'shared') => (things: Things) => ({ mode: 'character', character_ids: [things[of].id] });
const scene = () => SCENE;
const someLook = () => ({ name: 'juhla', description: 'a blue dress' });

const pictures = (reply: Reply) => (reply.body[ELINAS_POST].length > 0 ? 200 : 404);
const recipe = (reply: Reply) => (reply.body.generation_params === null ? 403 : 200);
const unchosen = (reply: Reply) => (reply.body.some((each: { accepted: boolean }) => !each.accepted) ? 200 : 403);
const illustration = (reply: Reply) => (reply.body.can_illustrate ? 200 : 403);
const weights = (reply: Reply) => (reply.body.can_edit ? 200 : 403);
const elinas = ({ stage }: PermissionWorld, id: string | null) =>
  stage.forum.count('SELECT count(*) FROM image_generations WHERE id = ? AND user_id = ?', id, ELINA) > 0;
const generations = ({ body }: Reply, world: PermissionWorld) =>
  body.items.some(({ id }: Generation) => elinas(world, id)) ? 200 : 404;
const entries = ({ body }: Reply, world: PermissionWorld) =>
  body.items.some((entry: CreditEntry) => elinas(world, entry.generation_id)) ? 200 : 404;

// biome-ignore format: a table is read by its columns
export const TABLE: Row[] = [
  //                                                            none del own susp left play out gm ogm adm
  row('GET /games/{gameId}/characters', 'list characters',     '401 401 200 200 404 200 404 200 404 200', { params: inGame }),
  row('POST /games/{gameId}/characters', 'make a character',   '401 401 201 403 404 201 404 201 404 201', { params: inGame, body: () => ({ name: 'Uusi', base_description: 'tall' }) }),
  row('GET /characters/{id}', 'read a character',              '401 401 200 200 404 200 404 200 404 200', { params: ofMine }),
  row('GET /characters/{id}', 'be told to edit it',            '401 401 200 403 404 403 404 403 404 200', { params: ofMine, shown: weights }),
  row('PATCH /characters/{id}', 'change it',                   '401 401 200 403 404 403 404 403 404 200', { params: ofMine, body: () => ({ style: 'anime' }) }),
  row('DELETE /characters/{id}', 'delete it',                  '401 401 204 204 404 403 404 403 404 204', { params: freshCharacter }),
  row('GET /characters/{id}/looks', 'list its looks',          '401 401 200 200 404 200 404 200 404 200', { params: ofMine }),
  row('GET /characters/{id}/looks/{name}', 'read a look',      '401 401 200 200 404 200 404 200 404 200', { params: ofLook }),
  row('PUT /characters/{id}/looks', 'give it a look',          '401 401 200 403 404 403 404 403 404 200', { params: ofMine, body: someLook }),
  row('PUT /characters/{id}/looks/{name}', 'change a look',    '401 401 200 403 404 403 404 403 404 200', { params: ofLook, body: () => ({ description: 'a grey coat' }) }),
  row('DELETE /characters/{id}/looks/{name}', 'take a look',   '401 401 204 403 404 403 404 403 404 204', { params: freshLook }),

  row('POST /characters/{id}/reference-images', 'ask for candidates', '401 401 202 403 404 403 404 403 404 202', { params: ofMine }),
  row('POST /characters/{id}/prompt-preview', 'preview one',          '401 401 200 403 404 403 404 403 404 200', { params: ofMine }),
  row('GET /characters/{id}/reference-images', 'see the accepted',    '401 401 200 200 404 200 404 200 404 200', { params: ofMine }),
  row('GET /characters/{id}/reference-images', 'see all candidates',  '401 401 200 200 404 403 404 403 404 200', { params: ofMine, shown: unchosen }),
  row('PUT /characters/{id}/reference-image', 'accept one',           '401 401 200 403 404 403 404 403 404 200', { params: ofMine, body: ({ reference }) => ({ reference_image_id: reference }) }),
  row('POST /characters/{id}/lora-trainings', 'train it',             '401 401 202 403 404 403 404 403 404 202', { params: freshCharacter, body: () => ({ generate_missing: true }) }),
  row('GET /characters/{id}/lora-trainings', 'list trainings',        '401 401 200 200 404 403 404 403 404 200', { params: ofMine }),
  row('GET /characters/{id}/lora-trainings/{trainingId}', 'read a training', '401 401 200 200 404 403 404 403 404 200', { params: ofTraining }),
  row('DELETE /characters/{id}/lora-trainings/{trainingId}', 'cancel a training', '401 401 200 403 404 403 404 403 404 200', { params: freshTraining }),

  row('POST /games/{gameId}/images', 'draft a scene',                 '401 401 202 403 404 202 404 202 404 202', { params: inGame, body: scene }),
  row('POST /games/{gameId}/images', 'draft with the character',      '401 401 202 403 404 403 404 202 404 202', { params: inGame, body: portrait('mine') }),
  row('POST /games/{gameId}/images', 'draft in a look of it',         '401 401 202 403 404 403 404 202 404 202', { params: inGame, body: (things) => ({ ...portrait('mine')(things), look: 'arki' }) }),
  row('POST /games/{gameId}/images', 'draft with one for the game',   '401 401 202 403 404 202 404 202 404 202', { params: inGame, body: portrait('shared') }),
  row('POST /games/{gameId}/prompt-preview', 'preview a scene',       '401 401 200 403 404 200 404 200 404 200', { params: inGame, body: scene }),
  row('POST /games/{gameId}/prompt-preview', 'preview the character', '401 401 200 403 404 403 404 200 404 200', { params: inGame, body: portrait('mine') }),
  row('POST /games/{gameId}/prompt-preview', 'preview the shared',    '401 401 200 403 404 200 404 200 404 200', { params: inGame, body: portrait('shared') }),
  row('POST /games/{gameId}/scene-suggestions', 'have one suggested', '401 401 200 403 404 200 404 200 404 200', { params: inGame, body: () => ({ post_id: ELINAS_POST }) }),

  row('POST /posts/{postId}/images', 'illustrate a post',             '401 401 202 403 404 403 404 202 404 202', { params: ofPost, body: scene }),
  row('POST /posts/{postId}/images', 'illustrate an archived one',    '401 401 403 403 404 403 404 202 404 202', { params: ofArchived, body: scene }),
  row('POST /posts/{postId}/images', 'attach the draft',              '401 401 201 403 404 403 404 404 404 404', { params: ofPost, body: ({ draft }) => ({ generation_id: draft.id }) }),
  row('GET /posts/{postId}/images', 'read a post',                    '401 401 200 200 404 200 404 200 404 200', { params: ofPost }),
  row('GET /posts/{postId}/images', 'read an archived one',           '401 401 200 200 404 200 404 200 404 200', { params: ofArchived }),
  row('GET /posts/{postId}/image-place', 'learn of its game',          '401 401 200 200 404 200 404 200 404 200', { params: ofPost }),
  row('GET /posts/{postId}/image-place', 'be told to illustrate it',   '401 401 200 403 404 403 404 200 404 200', { params: ofPost, shown: illustration }),
  row('GET /post-images', 'read many posts',                          '401 401 200 200 404 200 404 200 404 200', { query: `?post_ids=${ELINAS_POST}`, shown: pictures }),
  row('GET /games/{gameId}/images', 'read the gallery',               '401 401 200 200 404 200 404 200 404 200', { params: inGame }),
  row('GET /post-images/{id}', 'read a picture',                      '401 401 200 200 404 200 404 200 404 200', { params: ofPicture }),
  row('GET /post-images/{id}', 'read its recipe',                     '401 401 200 200 404 403 404 200 404 200', { params: ofPicture, shown: recipe }),
  row('POST /post-images/{id}/regenerate', 'make it again',           '401 401 202 403 404 403 404 202 404 202', { params: ofPicture }),
  row('POST /post-images/{id}/report', 'report it',                   '401 401 204 403 404 204 404 204 404 204', { params: ofPicture, body: () => ({ reason: 'not as agreed' }) }),
  row('DELETE /post-images/{id}', 'delete a picture',                 '401 401 204 204 404 403 404 204 404 204', { params: sparePicture }),
  row('DELETE /post-images/{id}', 'delete an older one',              '401 401 204 204 404 403 404 204 404 204', { params: olderPicture }),

  row('GET /generations', 'list the generation',                      '401 401 200 200 200 404 404 404 404 404', { query: '?limit=100', shown: generations }),
  row('GET /generations/{id}', 'read a generation',                   '401 401 200 200 200 404 404 200 404 200', { params: ofGeneration }),
  row('GET /generations/{id}/events', 'follow it',                    '401 401 200 200 200 404 404 200 404 200', { params: ofGeneration, stream: true }),
  row('DELETE /generations/{id}', 'cancel one',                       '401 401 200 403 200 404 404 403 404 200', { params: freshGeneration }),
  row('GET /image-credits', 'read the own credits',                   '401 401 200 200 200 200 200 200 200 200'),
  row('GET /image-credits/entries', 'be shown what Elina spent',      '401 401 200 200 200 404 404 404 404 404', { query: '?limit=100', shown: entries }),
  row('GET /image-export', 'read out the own data',                   '401 401 200 200 200 200 200 200 200 200'),
  row('GET /image-erasure', 'ask after the own erasure',              '401 401 404 404 404 404 404 404 404 404'),
  row('POST /image-erasure', 'erase without confirming',              '401 401 400 400 400 400 400 400 400 400'),
];

export async function answerOf(world: PermissionWorld, row: Row, role: Role): Promise<number> {
  const params = (await row.params?.(world)) ?? {};
  const [method = '', pattern = ''] = row.route.split(' ');
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name])) + (row.query ?? '');
  const ask = method.toLowerCase() as 'post';
  const reply = await world.as(role, (client) => client[ask](path, row.body?.(world.things)), !row.stream);
  return reply.status === 200 && row.shown ? row.shown(reply, world) : reply.status;
}

/** Asks for every cell, and tells those that were answered otherwise. */
export async function wrongCells(world: PermissionWorld): Promise<string[]> {
  const wrong: string[] = [];
  for (const row of TABLE) {
    for (const role of ROLES) {
      const answer = await answerOf(world, row, role);
      if (answer !== row.expected[role]) wrong.push(`${row.act}, ${role}: ${answer} for ${row.expected[role]}`);
    }
  }
  return wrong;
}
