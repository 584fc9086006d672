// The whole product as its users meet it: the real program, a Replicate that keeps a bill, and a real S3 server.
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character, Credits, Generation, PostImage, ReferenceImage } from '../../src/contract.ts';
import { createForumFile, ELINA, ELINAS_POST, type ForumFile, GAME, GMS_POST, VAINO } from '../support/forum-file.ts';
import { type Program, replicateSettings, s3Settings, settingsFor, startProgram } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { type S3Server, s3Available, startS3 } from '../support/s3-server.ts';
import type { Client, Reply } from '../support/service.ts';

const SIZES = {
  '1:1': [1024, 1024],
  '2:3': [832, 1216],
  '3:2': [1216, 832],
  '3:4': [896, 1152],
  '4:3': [1152, 896],
  '9:16': [768, 1344],
  '16:9': [1344, 768],
} as const;
const WEIGHTS = 'https://replicate.delivery/pbxt/aino/trained_model.tar';
const MARK = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';

describe.skipIf(!s3Available())('the program, from the first character to the last deleted picture', () => {
  let double: ReplicateDouble;
  let s3: S3Server;
  let forum: ForumFile;
  let program: Program;
  let elina: Client;
  let gm: Client;
  let aino: Character;
  let asked = 0;
  beforeAll(async () => {
    [double, s3] = await Promise.all([ReplicateDouble.start(), startS3()]);
    forum = createForumFile();
    program = await startProgram(settingsFor(forum, { ...replicateSettings(double), ...s3Settings(s3) }));
    [elina, gm] = await Promise.all([program.as(ELINA), program.as(3)]);
  });
  afterAll(async () => {
    await program?.end();
    await Promise.all([double?.close(), s3?.stop()]);
    forum?.remove();
  });

  /** Asks for one picture, waits for it, and finds the one line that it left on the bill. */
  async function picture(path: string, body: object, user = elina) {
    const before = double.bill.length;
    const { status, body: generation, headers } = await user.post<Generation>(path, body);
    expect({ status, location: headers.get('location') }).toEqual({
      status: 202,
      location: `/api/generations/${generation.id}`,
    });
    asked++;
    const finished = await user.finished(generation);
    expect(finished).toMatchObject({
      status: 'succeeded',
      progress: 1,
      error: null,
      cost: { credits: 1, charged: true },
    });
    expect(double.bill).toHaveLength(before + 1);
    return { generation: finished, input: double.bill.at(-1)?.input ?? {} };
  }
  const inPost = async (id: number) => (await elina.get<PostImage>(`/post-images/${id}`)).body;
  const recipeOf = (image: PostImage) => image.generation_params as Record<string, unknown>;

  test('two candidates, of which one is accepted', async () => {
    const made = await elina.post<Character>(`/games/${GAME}/characters`, {
      name: 'Aino',
      base_description: 'tall woman with a red braid, green eyes, grey wool cloak',
      style: 'fantasy-art',
    });
    expect(made.status).toBe(201);
    const started = await elina.post<Generation[]>(`/characters/${made.body.id}/reference-images`, { count: 2 });
    expect(started.status).toBe(202);
    asked += 2;
    for (const one of started.body) expect(await elina.finished(one)).toMatchObject({ status: 'succeeded' });
    const candidates = (await elina.get<ReferenceImage[]>(`/characters/${made.body.id}/reference-images`)).body;
    expect(candidates.map(({ accepted }) => accepted)).toEqual([false, false]);
    expect(candidates.map(({ seed }) => seed).sort()).toEqual(double.bill.map(({ input }) => input.seed).sort());
    const chosen = candidates[1] as ReferenceImage;
    aino = (
      await elina.put<Character>(`/characters/${made.body.id}/reference-image`, { reference_image_id: chosen.id })
    ).body;
    expect(aino).toMatchObject({
      reference_seed: chosen.seed,
      reference_image_url: chosen.image_url,
      reference_revision: 1,
    });
  });

  test.each([
    ['character', { strategy: 'reference' }, 0.6, 'tall woman with a red braid'],
    ['scene_with_character', {}, 0.75, 'tall woman with a red braid'],
    ['scene', {}, undefined, 'establishing shot, '],
  ])('a picture in a post, mode %s', async (mode, more, strength, beginning) => {
    const cast = mode === 'scene' ? {} : { character_ids: [aino.id] };
    const scene = 'a pier at night';
    const { generation, input } = await picture(`/posts/${ELINAS_POST}/images`, { mode, scene, ...cast, ...more });
    expect(input.prompt).toMatch(new RegExp(`^${beginning}.*a pier at night`));
    expect(input.prompt_strength).toBe(strength);
    const image = await inPost(generation.post_image_id ?? 0);
    const { prompt, seed, width, height } = input;
    expect(recipeOf(image)).toMatchObject({ prompt, seed, width, height, model_version: double.bill.at(-1)?.version });
    if (mode === 'scene') expect(input).not.toHaveProperty('image');
    else {
      expect(seed).toBe(aino.reference_seed);
      expect(await sizeOf(bytesOf(input.image))).toEqual([width, height]);
    }
  });

  test('a scene is of the shape that was asked for, all the way into the bucket', async () => {
    for (const [aspect_ratio, [width, height]] of Object.entries(SIZES)) {
      const cast = { mode: 'scene_with_character', character_ids: [aino.id], scene: `a ${aspect_ratio} view` };
      const { generation, input } = await picture(`/games/${GAME}/images`, { ...cast, aspect_ratio });
      expect({ aspect_ratio, width: input.width, height: input.height }).toEqual({ aspect_ratio, width, height });
      expect(await sizeOf(bytesOf(input.image))).toEqual([width, height]);
      expect(await sizeOf(await anonymously(generation.image_url))).toEqual([width, height]);
      const thumbnail = await sizeOf(await anonymously(generation.thumbnail_url));
      expect(Math.max(...thumbnail)).toBe(320);
      expect(thumbnail[0] > thumbnail[1]).toBe(width > height);
    }
  });

  test('a draft is attached once', async () => {
    const { generation } = await picture(`/games/${GAME}/images`, { mode: 'scene', scene: 'a fog bank', seed: 77 });
    expect(generation).toMatchObject({ kind: 'draft', post_id: null, post_image_id: null });
    const attached = await elina.post<PostImage>(`/posts/4/images`, { generation_id: generation.id });
    expect(attached).toMatchObject({ status: 201, body: { post_id: 4, image_url: generation.image_url } });
    expect(recipeOf(attached.body).seed).toBe(77);
    const again = await elina.post(`/posts/4/images`, { generation_id: generation.id });
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(double.bill).toHaveLength(asked);
  });

  test('trained weights that are attached by hand reach the model with their trigger', async () => {
    const lora = { weights: WEIGHTS, scale: 0.7, trigger: 'AINOTOK' };
    expect((await elina.patch<Character>(`/characters/${aino.id}`, { lora })).body.lora).toEqual(lora);
    const body = { mode: 'scene_with_character', character_ids: [aino.id], scene: 'by the fire' };
    const { input } = await picture(`/posts/4/images`, body);
    expect(input).toMatchObject({ replicate_weights: WEIGHTS, lora_scale: 0.7 });
    expect(input.prompt).toMatch(/^a photo of AINOTOK, tall woman/);
    expect(input).not.toHaveProperty('image');
    expect((await elina.patch<Character>(`/characters/${aino.id}`, { lora: null })).body.lora).toBeNull();
  });

  test('another like this: the same seed sends the same input again, a new seed changes nothing else', async () => {
    const [original] = (await elina.get<PostImage[]>(`/posts/${ELINAS_POST}/images`)).body as [PostImage];
    const sent = double.bill.find(({ input }) => input.prompt === original.prompt)?.input;
    const same = await picture(`/post-images/${original.id}/regenerate`, { seed: 'same' });
    expect(same.input).toEqual(sent);
    expect(same.generation).toMatchObject({ kind: 'draft', post_id: null });
    const other = await picture(`/post-images/${original.id}/regenerate`, {});
    expect(other.input).toEqual({ ...sent, seed: expect.any(Number) });
    expect(other.input.seed).not.toBe(sent?.seed);
  });

  test('pictures are read for a whole page of posts at once', async () => {
    await picture(`/posts/${GMS_POST}/images`, { mode: 'scene', scene: 'a dark forest' }, gm);
    const { body } = await elina.get<Record<string, PostImage[]>>(
      `/post-images?post_ids=${ELINAS_POST},${GMS_POST},4,5`,
    );
    const counts = Object.entries(body).map(([post, images]) => [post, images.length]);
    expect(counts).toEqual([
      [String(ELINAS_POST), 3],
      [String(GMS_POST), 1],
      ['4', 2],
      ['5', 0],
    ]);
    // The GM's words are shown; how the prompt was built from them is not.
    expect(body[GMS_POST]?.[0]).toMatchObject({
      prompt: 'a dark forest',
      generation_params: null,
      negative_prompt: null,
    });
  });

  test('the gallery tells the story page by page', async () => {
    const posts: number[] = [];
    let cursor: string | null = '';
    do {
      const page: Reply = await elina.get(`/games/${GAME}/images?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      posts.push(...page.body.items.map((image: PostImage) => image.post_id));
      cursor = page.body.next_cursor;
    } while (cursor);
    expect(posts).toEqual([GMS_POST, ELINAS_POST, ELINAS_POST, ELINAS_POST, 4, 4]);
    const ofAino = await elina.get(`/games/${GAME}/images?character_id=${aino.id}`);
    expect(ofAino.body.items).toHaveLength(3);
  });

  test('every object is named as agreed, can be read by anybody, and says that a model made it', async () => {
    const { items } = (await elina.get(`/games/${GAME}/images`)).body as { items: PostImage[] };
    for (const { image_url, thumbnail_url, character_ids } of items) {
      const folder = character_ids.length > 0 ? `characters/${aino.id}` : 'scenes';
      const key = new RegExp(`^${s3.endpoint}/${s3.bucket}/games/${GAME}/${folder}/([0-9a-f]{32})(_thumb)?\\.webp$`);
      expect(image_url).toMatch(key);
      expect(thumbnail_url).toBe(image_url?.replace('.webp', '_thumb.webp'));
      for (const url of [image_url, thumbnail_url]) {
        const { format, xmp } = await sharp(await anonymously(url)).metadata();
        expect(format).toBe('webp');
        expect(xmp?.toString()).toContain(MARK);
        // Files travel further than pages: nobody's name, words or ids go along.
        expect(xmp?.toString()).not.toMatch(/Aino|pier|braid|prompt/i);
      }
    }
    expect((await fetch(`${s3.endpoint}/${s3.bucket}/?list-type=2`)).status).toBe(403);
  });

  test('a deleted picture is gone from the post and from the bucket', async () => {
    const [image] = (await elina.get<PostImage[]>(`/posts/4/images`)).body as [PostImage];
    const vaino = await program.as(VAINO);
    expect((await vaino.delete(`/post-images/${image.id}`)).status).toBe(403);
    await anonymously(image.image_url);
    expect((await elina.delete(`/post-images/${image.id}`)).status).toBe(204);
    expect((await elina.get(`/post-images/${image.id}`)).status).toBe(404);
    for (const url of [image.image_url, image.thumbnail_url]) {
      expect([403, 404]).toContain((await fetch(String(url))).status);
    }
    expect((await elina.get(`/posts/4/images`)).body).toHaveLength(1);
  });

  test('a deleted character takes its reference images along, and the posts keep their pictures', async () => {
    const references = (await elina.get<ReferenceImage[]>(`/characters/${aino.id}/reference-images`)).body;
    expect((await elina.delete(`/characters/${aino.id}`)).status).toBe(204);
    for (const { image_url } of references) {
      expect([403, 404]).toContain((await fetch(String(image_url))).status);
    }
    const [portrait] = (await elina.get<PostImage[]>(`/posts/${ELINAS_POST}/images`)).body as [PostImage];
    expect(portrait.character_profile_id).toBeNull();
    await anonymously(portrait.image_url);
  });

  test('the bill: one line for each generation, and never a wish to switch the safety checker off', async () => {
    expect(double.bill).toHaveLength(asked);
    const creates = double.requests.filter(({ call }) => call === 'create');
    expect(creates).toHaveLength(asked);
    for (const { headers, body } of creates) {
      expect(headers['cancel-after']).toMatch(/^\d+s$/);
      expect(JSON.stringify(body)).not.toContain('disable_safety_checker');
      expect((body as { input: object }).input).toMatchObject({ num_outputs: 1, apply_watermark: true });
    }
    const mine = (await elina.get<Credits>('/image-credits')).body;
    expect(mine).toMatchObject({ available: 1000 - (asked - 1), held: 0 });
    expect((await program.end()).code).toBe(0);
  });
});

async function anonymously(url: string | null): Promise<Buffer> {
  const response = await fetch(String(url));
  expect({ url, status: response.status, type: response.headers.get('content-type') }).toEqual({
    url,
    status: 200,
    type: 'image/webp',
  });
  return Buffer.from(await response.arrayBuffer());
}

function bytesOf(dataUrl: unknown): Buffer {
  return Buffer.from(String(dataUrl).replace(/^data:image\/jpeg;base64,/, ''), 'base64');
}

async function sizeOf(bytes: Buffer): Promise<[number, number]> {
  const { width, height } = await sharp(bytes).metadata();
  return [width, height];
}
