// Ids of other people's things, in every place where a request may name one: none of them opens a door.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  Character,
  CreditEntry,
  Generation,
  LoraTraining,
  PostImage,
  ReferenceImage,
} from '../../src/contract.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { ELINA, ELINAS_POST, FOREIGN_POST, GAME, OTHER_GAME, VAINO, VAINOS_POST } from '../support/forum-file.ts';
import type { Client, Reply } from '../support/service.ts';
import { drawSmall } from '../training/world.ts';
import { finish, makeCharacter, makePicture, makeReference, openStage, SCENE, type Stage, until } from './stage.ts';

interface Belongings {
  character: Character;
  /** In the other game. */
  elsewhere: Character;
  reference: ReferenceImage;
  picture: PostImage;
  draft: Generation;
  training: LoraTraining;
}

let stage: Stage;
let elina: Client;
let hers: Belongings;
/** Väinö's, who is the one that tries. */
let his: Belongings;
let vaino: Client;

beforeAll(async () => {
  const provider = {
    ...createPreviewProvider({ durationMs: 1, trainingMs: 1, pollIntervalMs: 10 }),
    download: drawSmall,
  };
  const env = { CREDITS_PER_MONTH: '10000', MAX_TRAININGS_PER_USER: '10' };
  stage = await openStage({ provider, env });
  ({ elina, vaino } = stage);
  hers = await belongings(elina, ELINAS_POST);
  his = await belongings(vaino, VAINOS_POST);
});
afterAll(() => stage.close());

async function belongings(client: Client, post: number): Promise<Belongings> {
  const character = await makeCharacter(client);
  const reference = await makeReference(client, character.id);
  await client.put(`/characters/${character.id}/looks`, { name: `of ${character.id}`, description: 'a red hat' });
  const training = await client.post(`/characters/${character.id}/lora-trainings`, { generate_missing: true });
  return {
    character,
    elsewhere: await makeCharacter(client, {}, OTHER_GAME),
    reference,
    picture: await makePicture(client, post, { mode: 'character', character_ids: [character.id] }),
    draft: await finish(client, `/games/${GAME}/images`, SCENE),
    training: await trained(client, training.body),
  };
}

function trained(client: Client, { id, character_id }: LoraTraining): Promise<LoraTraining> {
  return until(async () => {
    const { body } = await client.get<LoraTraining>(`/characters/${character_id}/lora-trainings/${id}`);
    return body.finished_at !== null && body;
  });
}

const portrait = (...ids: number[]) => ({ mode: 'scene_with_character', scene: 'a quiet bay', character_ids: ids });
/** What must not have changed by anything that is tried here. */
const hersNow = () =>
  ['character_profiles', 'image_lora_trainings', 'image_generations'].map((table) =>
    stage.forum.all(`SELECT * FROM ${table} WHERE user_id = ? ORDER BY id`, ELINA),
  );

type Case = [name: string, status: number, ask: () => Promise<Reply>];

const CROSSED: Case[] = [
  ['a generation of hers', 404, () => vaino.get(`/generations/${hers.draft.id}`)],
  ['the events of it', 404, () => vaino.get(`/generations/${hers.draft.id}/events`)],
  ['canceling it', 404, () => vaino.delete(`/generations/${hers.draft.id}`)],
  ['her draft into his post', 404, () => vaino.post(`/posts/${VAINOS_POST}/images`, { generation_id: hers.draft.id })],
  ['his draft into her post', 403, () => vaino.post(`/posts/${ELINAS_POST}/images`, { generation_id: his.draft.id })],
  [
    'his draft into a post of another game',
    409,
    () => vaino.post(`/posts/${FOREIGN_POST}/images`, { generation_id: his.draft.id }),
  ],
  ['her training as a generation', 404, () => vaino.get(`/generations/${hers.training.id}`)],
  ['a picture of her training', 404, () => vaino.get(`/generations/${hers.training.generation_ids[0]}`)],
  ['her trainings', 403, () => vaino.get(`/characters/${hers.character.id}/lora-trainings`)],
  [
    'her training below her character',
    403,
    () => vaino.get(`/characters/${hers.character.id}/lora-trainings/${hers.training.id}`),
  ],
  [
    'her training below his character',
    404,
    () => vaino.get(`/characters/${his.character.id}/lora-trainings/${hers.training.id}`),
  ],
  ['canceling it there', 404, () => vaino.delete(`/characters/${his.character.id}/lora-trainings/${hers.training.id}`)],
  [
    'her reference as his',
    404,
    () => vaino.put(`/characters/${his.character.id}/reference-image`, { reference_image_id: hers.reference.id }),
  ],
  [
    'his reference as hers',
    403,
    () => vaino.put(`/characters/${hers.character.id}/reference-image`, { reference_image_id: his.reference.id }),
  ],
  [
    'her reference to learn from',
    400,
    () => vaino.post(`/characters/${his.elsewhere.id}/lora-trainings`, { reference_image_ids: [hers.reference.id] }),
  ],
  ['a picture of her character', 403, () => vaino.post(`/games/${GAME}/images`, portrait(hers.character.id))],
  [
    'her character behind his own',
    403,
    () => vaino.post(`/games/${GAME}/images`, portrait(his.character.id, hers.character.id)),
  ],
  ['his character of another game', 400, () => vaino.post(`/games/${GAME}/images`, portrait(his.elsewhere.id))],
  ['the same below a post', 400, () => vaino.post(`/posts/${VAINOS_POST}/images`, portrait(his.elsewhere.id))],
  ['the same as a preview', 400, () => vaino.post(`/games/${GAME}/prompt-preview`, portrait(his.elsewhere.id))],
  ['a preview of her character', 403, () => vaino.post(`/games/${GAME}/prompt-preview`, portrait(hers.character.id))],
  ['a preview of a candidate of hers', 403, () => vaino.post(`/characters/${hers.character.id}/prompt-preview`)],
  [
    'her look on his character',
    400,
    () => vaino.post(`/games/${GAME}/images`, { ...portrait(his.character.id), look: `of ${hers.character.id}` }),
  ],
  ['her picture again', 403, () => vaino.post(`/post-images/${hers.picture.id}/regenerate`)],
  [
    'his picture again, with her character',
    403,
    () => vaino.post(`/post-images/${his.picture.id}/regenerate`, { character_ids: [hers.character.id] }),
  ],
  [
    'his picture again, with one of another game',
    400,
    () => vaino.post(`/post-images/${his.picture.id}/regenerate`, { character_ids: [his.elsewhere.id] }),
  ],
  ['deleting her picture', 403, () => vaino.delete(`/post-images/${hers.picture.id}`)],
  [
    'deleting her look',
    403,
    () => vaino.delete(`/characters/${hers.character.id}/looks/${encodeURIComponent(`of ${hers.character.id}`)}`),
  ],
  [
    'a scene of a post of another game',
    404,
    () => vaino.post(`/games/${GAME}/scene-suggestions`, { post_id: FOREIGN_POST }),
  ],
  ['a post that is not there', 404, () => vaino.get('/posts/4711/images')],
  ['the record of what admins did', 404, () => vaino.get(`/image-admin/audit?user_id=${VAINO}`)],
];

/** What a body may not say, since the service alone decides it. */
const FIELDS = [
  'user_id',
  'userId',
  'owner_id',
  'game_id',
  'post_id',
  'id',
  'role',
  'roles',
  'is_admin',
  'isAdmin',
  'status',
  'cost',
  'credits',
  'image_key',
  'thumbnail_key',
  's3_key',
  'image_url',
  'reference_image_id',
  'reference_image_url',
  'prediction_id',
  'webhook',
  'model',
  'version',
  'lora',
  'width',
  'height',
  'num_outputs',
  'num_inference_steps',
  'disable_safety_checker',
  'apply_watermark',
  'prompt',
  'nonce',
  '__proto__',
  'constructor',
];

describe('ids that belong to others', () => {
  test('there are at least thirty of them', () => expect(CROSSED.length).toBeGreaterThanOrEqual(30));

  test.each(CROSSED)('%s: %i', async (_, status, ask) => {
    const before = hersNow();
    const reply = await ask();
    expect(reply.status, JSON.stringify(reply.body)).toBe(status);
    expect(hersNow()).toEqual(before);
  });

  test('a list of many posts leaves out nothing that may be read, and shows recipes of the own pictures alone', async () => {
    const { body } = await vaino.get<Record<string, PostImage[]>>(
      `/post-images?post_ids=${ELINAS_POST},${VAINOS_POST}`,
    );
    expect(body[VAINOS_POST]?.[0]?.generation_params).not.toBeNull();
    expect(body[ELINAS_POST]?.[0]).toMatchObject({ generation_params: null, negative_prompt: null, prompt: '' });
    const { body: gallery } = await vaino.get<{ items: PostImage[] }>(`/games/${GAME}/images?user_id=${ELINA}`);
    expect(gallery.items.length).toBeGreaterThan(0);
    expect(gallery.items.every(({ generation_params }) => generation_params === null)).toBe(true);
  });
});

test('consent that was taken back ends use by others, also of what they made with the character', async () => {
  const shared = await makeCharacter(elina, { usable_by: 'game' });
  const made = await makePicture(vaino, VAINOS_POST, portrait(shared.id));
  const again = async (changes: object) => (await vaino.post(`/post-images/${made.id}/regenerate`, changes)).status;
  expect([await again({}), await again({ aspect_ratio: '1:1' })]).toEqual([202, 202]);
  await elina.patch(`/characters/${shared.id}`, { usable_by: 'owner' });
  expect([await again({}), await again({ aspect_ratio: '1:1' })]).toEqual([403, 403]);
});

describe('who it is for is not said by the request', () => {
  const draft = `/games/${GAME}/images`;
  const payer = ({ body }: Reply<Generation>) =>
    stage.forum.all('SELECT user_id FROM image_generations WHERE id = ?', body.id)[0].user_id;

  test.each(FIELDS)('a body may not say %s', async (field) => {
    const bodies: [string, object][] = [
      [draft, SCENE],
      [`/posts/${VAINOS_POST}/images`, SCENE],
      [`/games/${GAME}/characters`, { name: 'Uusi', base_description: 'tall' }],
    ];
    for (const [path, body] of bodies) {
      const added = JSON.parse(`${JSON.stringify(body).slice(0, -1)},"${field}":1}`);
      const { status, body: refusal } = await vaino.post(path, added);
      expect([status, refusal.details?.[0]?.path]).toEqual([400, field]);
    }
  });

  test.each(['user_id', 'id', 'game_id', 'reference_image_url', 'created_at'])(
    'a character is not moved by %s',
    async (field) => {
      const before = hersNow();
      const { status } = await elina.patch(`/characters/${hers.character.id}`, { [field]: VAINO });
      expect(status).toBe(400);
      expect(hersNow()).toEqual(before);
    },
  );

  test('a query is not asked who asks', async () => {
    const asked = await vaino.post<Generation>(`${draft}?user_id=${ELINA}&as=${ELINA}`, SCENE);
    expect([asked.status, payer(asked)]).toEqual([202, VAINO]);
    expect((await vaino.get(`/image-credits?user_id=${ELINA}`)).body).toEqual((await vaino.get('/image-credits')).body);
    const { body } = await vaino.get(`/generations?user_id=${ELINA}&limit=100`);
    expect(body.items.map(({ id }: Generation) => id)).not.toContain(hers.draft.id);
  });

  test.each(['X-User-Id', 'X-Forwarded-User', 'X-Remote-User', 'Remote-User', 'X-Admin', 'X-Original-User'])(
    'nor is the header %s',
    async (header) => {
      const asked = await vaino.post<Generation>(draft, SCENE, { [header]: String(ELINA) });
      expect([asked.status, payer(asked)]).toEqual([202, VAINO]);
    },
  );
});

describe('what is remembered for one user is told to no other', () => {
  test('an Idempotency-Key answers its own user', async () => {
    const key = { 'Idempotency-Key': 'guessed' };
    const mine = await elina.post<Generation>(`/games/${GAME}/images`, SCENE, key);
    const tried = await vaino.post<Generation>(`/games/${GAME}/images`, SCENE, key);
    const other = await vaino.post(`/games/${GAME}/images`, { ...SCENE, scene: 'a moor' }, key);
    expect([mine.status, tried.status]).toEqual([202, 202]);
    expect(tried.body.id).not.toBe(mine.body.id);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']); // with his own, not with hers
  });

  test('one for a training, too', async () => {
    const key = { 'Idempotency-Key': 'guessed training' };
    const path = `/characters/${hers.elsewhere.id}/lora-trainings`;
    expect((await elina.post(path, { generate_missing: true }, key)).status).toBe(400); // no space in a key
    const good = { 'Idempotency-Key': 'guessed-training' };
    expect((await elina.post(path, { generate_missing: true }, good)).status).toBe(202);
    expect((await vaino.post(path, { generate_missing: true }, good)).status).toBe(403);
  });

  test('a cursor says where to go on in the own list, and in no other', async () => {
    const generations = (await elina.get('/generations?limit=1')).body.next_cursor;
    const page = await vaino.get<{ items: Generation[] }>(`/generations?limit=100&cursor=${generations}`);
    const own = stage.forum.all('SELECT id FROM image_generations WHERE user_id = ?', VAINO).map(({ id }) => id);
    expect(page.body.items.length).toBeGreaterThan(0);
    expect(page.body.items.filter(({ id }) => !own.includes(id))).toEqual([]);
    const entries = (await elina.get('/image-credits/entries?limit=1')).body.next_cursor;
    const paid = await vaino.get<{ items: CreditEntry[] }>(`/image-credits/entries?limit=100&cursor=${entries}`);
    const trainings = stage.forum
      .all('SELECT id FROM image_lora_trainings WHERE user_id = ?', VAINO)
      .map(({ id }) => id);
    expect(paid.body.items.filter((entry) => ![...own, ...trainings, null].includes(entry.generation_id))).toEqual([]);
  });

  test('a cursor of one list or game opens no other', async () => {
    const generations = (await vaino.get('/generations?limit=1')).body.next_cursor;
    expect((await vaino.get(`/image-credits/entries?cursor=${generations}`)).status).toBe(400);
    expect((await vaino.get(`/games/${GAME}/images?cursor=${generations}`)).status).toBe(400);
    const gallery = (await vaino.get(`/games/${GAME}/images?limit=1`)).body.next_cursor;
    const { body } = await vaino.get(`/games/${OTHER_GAME}/images?cursor=${gallery}`);
    expect(body.items).toEqual([]);
  });
});
