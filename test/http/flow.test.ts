// The main job, door to row: a character, its reference picture, pictures of it in a post.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Character, Generation, PostImage, ReferenceImage } from '../../src/contract.ts';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';
import { type Client, startService, type TestService } from '../support/service.ts';

let service: TestService;
let elina: Client;
beforeAll(async () => {
  service = await startService();
  elina = await service.as(ELINA);
});
afterAll(() => service.close());

test('a character gets a reference and appears in a post', async () => {
  const made = await elina.post<Character>(`/games/${GAME}/characters`, {
    name: 'Aino',
    base_description: 'red braid, green eyes',
  });
  expect(made.status).toBe(201);
  const asked = await elina.post<Generation[]>(`/characters/${made.body.id}/reference-images`, { count: 2 });
  expect(asked.status).toBe(202);
  for (const generation of asked.body) expect(await elina.finished(generation)).toMatchObject({ status: 'succeeded' });

  const candidates = await elina.get<ReferenceImage[]>(`/characters/${made.body.id}/reference-images`);
  expect(candidates.body).toHaveLength(2);
  const accepted = await elina.put<Character>(`/characters/${made.body.id}/reference-image`, {
    reference_image_id: candidates.body[0]?.id,
  });
  expect(accepted.body).toMatchObject({ reference_revision: 1, reference_seed: candidates.body[0]?.seed });

  const picture = await elina.post<Generation>(`/posts/${ELINAS_POST}/images`, {
    mode: 'scene_with_character',
    character_ids: [made.body.id],
    scene: 'standing on a pier at night',
  });
  expect(await elina.finished(picture.body)).toMatchObject({
    status: 'succeeded',
    cost: { credits: 1, charged: true },
  });
  const shown = await elina.get<PostImage[]>(`/posts/${ELINAS_POST}/images`);
  expect(shown.body).toHaveLength(1);
  const image = await fetch(service.origin + shown.body[0]?.image_url);
  expect(image.headers.get('content-type')).toBe('image/webp');
});
