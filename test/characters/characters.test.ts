// Doors to characters: make, read, change, delete, and their looks.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Character, ImageStyle, Look } from '../../src/contract.ts';
import { makeCharacter, makePicture, makeReference, openStage, type Stage } from '../http/stage.ts';
import { ELINA, ELINAS_POST, GAME, OTHER_GAME } from '../support/forum-file.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const STYLES = ['photo-realistic', 'anime', 'fantasy-art', 'comic', 'oil-painting', 'watercolour', 'line-art'];

test('the styles are for everybody and hold at least those of the contract', async () => {
  const { status, body } = await stage.anonymous.get<ImageStyle[]>('/image-styles');
  expect(status).toBe(200);
  const ids = body.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([...STYLES, 'pixel-art']));
  expect(new Set(ids).size).toBe(ids.length);
});

describe('making', () => {
  test('keeps every field and fills in the others', async () => {
    const fields = {
      name: 'Väinö',
      base_description: 'pitkä valkoinen parta, harmaa viitta',
      style: 'oil-painting',
      style_modifiers: 'warm light',
      negative_prompt: 'hat',
      reference_seed: 4294967295,
      usable_by: 'game',
    };
    const { status, headers, body } = await stage.elina.post<Character>(`/games/${GAME}/characters`, fields);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/api/characters/${body.id}`);
    expect(body).toMatchObject({ ...fields, user_id: ELINA, game_id: GAME, can_edit: true, can_use: true });
    expect(body).toMatchObject({ reference_image_url: null, reference_revision: 0, lora: null });
    expect((await stage.elina.get(`/characters/${body.id}`)).body).toEqual(body);
  });

  test('gives a seed when none was asked for, and trims the texts', async () => {
    const made = await makeCharacter(stage.elina, { name: '  Aino ' });
    expect(made.name).toBe('Aino');
    expect(made.reference_seed).toEqual(expect.any(Number));
    expect(made).toMatchObject({ style: null, usable_by: 'owner', style_modifiers: '', negative_prompt: '' });
  });

  test.each([
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: '   ' }],
    ['name', { name: undefined }],
    ['name', { name: 5 }],
    ['base_description', { base_description: 'x'.repeat(1001) }],
    ['base_description', { base_description: 'bell \u0007' }],
    ['base_description', { base_description: 'half \ud800' }],
    ['style', { style: 'cubism' }],
    ['style', { style: '' }],
    ['reference_seed', { reference_seed: -1 }],
    ['reference_seed', { reference_seed: 4294967296 }],
    ['reference_seed', { reference_seed: 1.5 }],
    ['reference_seed', { reference_seed: '7' }],
    ['usable_by', { usable_by: 'everyone' }],
    ['colour', { colour: 'red' }],
    ['lora', { lora: null }],
    ['user_id', { user_id: 2 }],
  ])('refuses a faulty %s', async (path, fault) => {
    const before = stage.forum.count('SELECT count(*) FROM character_profiles');
    const { status, body } = await stage.elina.post(`/games/${GAME}/characters`, {
      name: 'Aino',
      base_description: 'red braid',
      ...fault,
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', details: [{ path }] });
    expect(stage.forum.count('SELECT count(*) FROM character_profiles')).toBe(before);
  });

  test('is not possible in a game that is not there', async () => {
    const { status, body } = await stage.elina.post('/games/99/characters', { name: 'A', base_description: 'b' });
    expect([status, body.code]).toEqual([404, 'not_found']);
  });
});

test('the list is of one game, and of mine when asked for', async () => {
  const mine = await makeCharacter(stage.elina, { name: 'Mine' }, OTHER_GAME);
  const other = await makeCharacter(stage.vaino, { name: 'His' }, OTHER_GAME);
  const ids = async (query: string) =>
    (await stage.elina.get<Character[]>(`/games/${OTHER_GAME}/characters${query}`)).body.map(({ id }) => id);
  expect(await ids('')).toEqual([mine.id, other.id]);
  expect(await ids('?mine=0')).toEqual([mine.id, other.id]);
  expect(await ids('?mine=1')).toEqual([mine.id]);
  expect((await stage.elina.get(`/games/${OTHER_GAME}/characters?mine=yes`)).status).toBe(400);
  expect((await stage.elina.get('/games/99/characters')).status).toBe(404);
});

describe('changing', () => {
  test('touches only what is named', async () => {
    const made = await makeCharacter(stage.elina, { style: 'anime', negative_prompt: 'hat', usable_by: 'game' });
    const { status, body } = await stage.elina.patch<Character>(`/characters/${made.id}`, { name: 'Uusi' });
    expect(status).toBe(200);
    expect(body).toEqual({ ...made, name: 'Uusi', updated_at: body.updated_at });
    const cleared = await stage.elina.patch<Character>(`/characters/${made.id}`, { style: null, negative_prompt: '' });
    expect(cleared.body).toMatchObject({ name: 'Uusi', style: null, negative_prompt: '', usable_by: 'game' });
  });

  const weights = 'https://replicate.delivery/pbxt/x/trained_model.tar';

  test('attaches a LoRA by hand, which only those see who may edit, and takes it off', async () => {
    const { id } = await makeCharacter(stage.elina);
    const lora = { weights, scale: 0.6, trigger: 'AINO' };
    expect((await stage.elina.patch<Character>(`/characters/${id}`, { lora })).body.lora).toEqual(lora);
    expect((await stage.admin.get<Character>(`/characters/${id}`)).body.lora).toEqual(lora);
    expect((await stage.vaino.get<Character>(`/characters/${id}`)).body.lora).toBeNull();
    expect((await stage.elina.patch<Character>(`/characters/${id}`, { name: 'B' })).body.lora).toEqual(lora);
    expect((await stage.elina.patch<Character>(`/characters/${id}`, { lora: null })).body.lora).toBeNull();
    const byDefault = await stage.elina.patch<Character>(`/characters/${id}`, { lora: { weights } });
    expect(byDefault.body.lora).toEqual({ weights, scale: 0.8, trigger: 'TOK' });
  });

  test.each([
    ['lora.weights', { lora: { weights: 'http://example.test/trained_model.tar' } }],
    ['lora.weights', { lora: { weights: 'file:///etc/passwd' } }],
    ['lora.weights', { lora: {} }],
    ['lora.scale', { lora: { weights, scale: 1.1 } }],
    ['lora.trigger', { lora: { weights, trigger: 'two words' } }],
    ['lora.rank', { lora: { weights, rank: 4 } }],
    ['style', { style: '' }],
    ['reference_revision', { reference_revision: 4 }],
  ])('refuses a faulty %s', async (path, fault) => {
    const { id } = await makeCharacter(stage.elina);
    const { status, body } = await stage.elina.patch(`/characters/${id}`, fault);
    expect([status, body.details?.[0]?.path]).toEqual([400, path]);
  });
});

test('deleting takes the files along and leaves the pictures in posts', async () => {
  const { id } = await makeCharacter(stage.elina);
  await makeReference(stage.elina, id);
  await makeReference(stage.elina, id, false);
  const picture = await makePicture(stage.elina, ELINAS_POST, { mode: 'character', character_ids: [id] });
  expect(picture).toMatchObject({ character_profile_id: id, character_ids: [id] });
  const files = stage.forum.all(
    'SELECT file.* FROM image_files file JOIN image_reference_images USING (generation_id)',
  );
  const onDisk = (key: string) => existsSync(join(stage.service.forum.folder, 'images', key));
  expect(files).toHaveLength(2);
  expect(files.every((file) => onDisk(file.image_key) && onDisk(file.thumbnail_key))).toBe(true);

  expect((await stage.elina.delete(`/characters/${id}`)).status).toBe(204);
  expect((await stage.elina.get(`/characters/${id}`)).status).toBe(404);
  expect((await stage.elina.delete(`/characters/${id}`)).status).toBe(404);
  expect(files.some((file) => onDisk(file.image_key) || onDisk(file.thumbnail_key))).toBe(false);
  expect(stage.forum.count('SELECT count(*) FROM image_reference_images')).toBe(0);
  const left = await stage.elina.get(`/post-images/${picture.id}`);
  expect(left.body).toMatchObject({ id: picture.id, character_profile_id: null });
  const shown = await fetch(stage.service.origin + left.body.image_url);
  expect(shown.status).toBe(200);
});

describe('looks', () => {
  test('are put, replaced, listed by name, read and deleted', async () => {
    const { id } = await makeCharacter(stage.elina);
    const looks = `/characters/${id}/looks`;
    const winter = { name: 'Talvi & turkki?', description: 'grey fur coat' };
    expect((await stage.elina.put(looks, { name: 'Juhla', description: 'blue silk dress' })).body.name).toBe('Juhla');
    const named = `${looks}/${encodeURIComponent(winter.name)}`;
    expect((await stage.elina.put(named, { description: winter.description })).body).toEqual(winter);
    expect((await stage.vaino.get(named)).body).toEqual(winter);
    await stage.elina.put(looks, { name: 'Juhla', description: 'red silk dress' });
    expect((await stage.elina.get<Look[]>(looks)).body).toEqual([
      { name: 'Juhla', description: 'red silk dress' },
      winter,
    ]);
    expect((await stage.elina.delete(named)).status).toBe(204);
    expect((await stage.elina.delete(named)).status).toBe(404);
    expect((await stage.elina.get(named)).status).toBe(404);
  });

  test.each([
    [400, { name: 'x'.repeat(51), description: 'coat' }],
    [400, { name: '', description: 'coat' }],
    [400, { name: 'a/b', description: 'coat' }],
    [400, { name: 'Talvi' }],
    [400, { name: 'Talvi', description: 'x'.repeat(301) }],
    [400, { name: 'Talvi', description: 'coat', colour: 'red' }],
  ])('answer %i to %o', async (expected, look) => {
    const { id } = await makeCharacter(stage.elina);
    expect((await stage.elina.put(`/characters/${id}/looks`, look)).status).toBe(expected);
  });

  test('have one name: a different one in the body is refused', async () => {
    const { id } = await makeCharacter(stage.elina);
    const { status, body } = await stage.elina.put(`/characters/${id}/looks/a`, { name: 'b', description: 'coat' });
    expect([status, body.details[0].path]).toEqual([400, 'name']);
  });
});
