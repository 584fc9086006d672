// The orphan sweep takes away objects that nothing has to do with, and no other: each table and state that names one is tried.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Storage } from '../../src/storage/storage.ts';
import { lookAlikes } from '../contract/storage.contract.ts';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';
import { startService } from '../support/service.ts';
import { hoursAgo, type Keys, newKeys, OrphanWorld, plantAt } from './orphans-world.ts';

let world: OrphanWorld;
beforeEach(async () => {
  world = await OrphanWorld.open();
});
afterEach(() => world[Symbol.asyncDispose]());

const postImage = (changes: Record<string, string | null> = {}) =>
  world.insert('post_images', {
    post_id: ELINAS_POST,
    prompt: 'x',
    image_url: 'https://elsewhere.example/x',
    ...changes,
  });

const character = (changes: Record<string, string> = {}) =>
  world.insert('character_profiles', {
    user_id: ELINA,
    game_id: GAME,
    name: 'Aino',
    base_description: 'x',
    ...changes,
  });

function inPost(): Keys {
  const picture = world.picture();
  world.insert('image_post_details', {
    post_image_id: postImage(),
    generation_id: picture.generationId,
    file_id: picture.fileId,
    user_id: ELINA,
    mode: 'scene',
    scene: 'x',
    character_ids: '[]',
    alt_text: 'x',
  });
  return picture;
}

function reference(revision: number | null): Keys {
  const picture = world.picture();
  world.insert('image_reference_images', {
    character_profile_id: character(),
    generation_id: picture.generationId,
    file_id: picture.fileId,
    seed: 1,
    revision,
    created_at: hoursAgo(99),
  });
  return picture;
}

function draft(): Keys {
  const picture = world.picture();
  const changes = { file_id: picture.fileId };
  world.generation('succeeded', { keys: picture, changes });
  return picture;
}

function spooled(status: string): Keys {
  const generation = world.generation(status);
  const bytes = Buffer.from('x');
  world.insert('image_spool', { generation_id: generation.id, image: bytes, thumbnail: bytes, width: 1, height: 1 });
  return world.plantBoth(generation);
}

function linked(insert: (address: (key: string) => string, keys: Keys) => void, base = '/api/image-files'): Keys {
  const keys = world.plantBoth(newKeys());
  insert((key) => `${base}/${key}`, keys);
  return keys;
}

const byBoth = (address: (key: string) => string, { image, thumbnail }: Keys) =>
  postImage({ image_url: address(image), thumbnail_url: address(thumbnail) });

/** What names a key, or spares an object otherwise. */
const SPARED: Record<string, () => Keys> = {
  'a picture in a post': inPost,
  'an accepted reference': () => reference(1),
  'a candidate': () => reference(null),
  'a draft': draft,
  'a file marked as deleted': () => world.picture({ changes: { deleted_at: hoursAgo(80) } }),
  'a file known to be broken': () =>
    world.picture({ changes: { broken_at: hoursAgo(80), broken_reason: 'size', image_bytes: 1 } }),
  'a file that nobody has any more': () => world.picture(),
  'a generation that is queued': () => world.plantBoth(world.generation('queued')),
  'a generation that is being submitted': () => world.plantBoth(world.generation('submitting')),
  'a generation under way': () => world.plantBoth(world.generation('generating')),
  'a generation being stored': () => world.plantBoth(world.generation('storing')),
  'a generation that is to be canceled': () =>
    world.plantBoth(world.generation('storing', { changes: { cancel_requested: 1 } })),
  'a generation held by a worker': () =>
    world.plantBoth(world.generation('storing', { changes: { lease_owner: 'x', lease_until_ms: 9e15 } })),
  'a generation that people have to look into': () => world.plantBoth(world.generation('needs_review')),
  'bytes that wait for the storage': () => spooled('storing'),
  'bytes that wait though their generation has ended': () => spooled('failed'),
  'addresses of a post image of an older forum': () => linked(byBoth),
  'addresses in another bucket': () => linked(byBoth, 'https://old-bucket.s3.eu-north-1.amazonaws.com'),
  'addresses below a folder of the same name': () => linked(byBoth, 'https://cdn.example/games/pictures'),
  'the address of a reference of an older forum': () =>
    linked((address, { image, thumbnail }) => {
      character({ reference_image_url: address(image) });
      character({ reference_image_url: address(thumbnail) });
    }),
  'nothing yet, and is young': () => {
    const { image, thumbnail } = newKeys();
    return { image: world.plant(image, { age: 47.5 }), thumbnail: world.plant(thumbnail, { age: 0 }) };
  },
};

test.each(Object.keys(SPARED))('does not touch what belongs to %s', async (name) => {
  const { image, thumbnail } = SPARED[name]?.() ?? newKeys();
  const orphan = world.orphan();
  const report = await world.sweep();
  expect(world.keys()).toEqual([image, thumbnail, `quarantine/${orphan}`].sort());
  expect(report).toMatchObject({ objects: 3, orphans: 1, quarantined: 1, failures: 0, error: null });
});

test.each([
  ['a generation that failed', () => world.generation('failed')],
  ['a generation that was canceled', () => world.generation('canceled')],
  ['a generation whose picture was deleted', () => world.generation('succeeded')],
  ['nobody', () => newKeys()],
  ['nobody, in a scene', () => newKeys(null)],
])('takes away what belongs to %s', async (_, make) => {
  world.pictures(3);
  const { image, thumbnail } = world.plantBoth(make());
  const report = await world.sweep();
  expect(report).toMatchObject({ objects: 8, orphans: 2, quarantined: 2 });
  expect([image, thumbnail].map((key) => world.has(key))).toEqual([false, false]);
  expect([image, thumbnail].map((key) => world.has(`quarantine/${key}`))).toEqual([true, true]);
  expect(report.orphan_keys.toSorted()).toEqual([image, thumbnail].toSorted());
});

test('what it took away can be put back, and is young again', async () => {
  world.pictures(3);
  const orphan = world.orphan();
  await world.sweep();
  expect(await world.storage.restore(orphan)).toBe(true);
  expect(await world.sweep()).toMatchObject({ orphans: 0, quarantined: 0 });
  expect(world.has(orphan)).toBe(true);
});

test('touches nothing that it has not made, in a bucket shared with others', async () => {
  const strangers = [...lookAlikes(), `quarantine/${newKeys().image}`, 'staging/0123', 'quarantine/theirs'];
  for (const key of strangers) world.plant(key);
  world.pictures(1);
  const orphan = world.orphan();
  const before = world.keys();
  const report = await world.sweep();
  expect(report).toMatchObject({ objects: 3, orphans: 1, quarantined: 1 });
  expect(world.keys()).toEqual([...before.filter((key) => key !== orphan), `quarantine/${orphan}`].sort());
});

test('a dry run tells what it would do, and changes nothing', async () => {
  world.pictures(4);
  const [first = '', second = ''] = world.orphans(2);
  const before = { keys: world.keys(), rows: world.rows() };
  const report = await world.sweep({ dryRun: true });
  expect(report).toMatchObject({ dry_run: true, objects: 10, orphans: 2, limit: 5, braked: false, quarantined: 0 });
  expect(report.orphan_keys).toEqual([first, second].sort());
  expect({ keys: world.keys(), rows: world.rows() }).toEqual(before);
});

test.each([-1, 1])('a clock that is off by %d h does no harm', async (hours) => {
  const kept = [...world.pictures(3), world.plantBoth(world.generation('generating'))];
  const young = world.orphan({ age: 46.5 });
  const old = world.orphan({ age: 49.5 });
  const report = await world.sweep({ now: () => Date.now() + hours * 3_600_000 });
  expect(report).toMatchObject({ orphans: 1, quarantined: 1, newly_broken: 0 });
  const expected = [...kept.flatMap(({ image, thumbnail }) => [image, thumbnail]), young, `quarantine/${old}`];
  expect(world.keys()).toEqual(expected.sort());
});

/** A storage at which something happens after the list was read and before it is looked at. */
function meanwhile(happen: () => unknown): Storage {
  const list: Storage['list'] = async function* () {
    for await (const page of world.storage.list()) {
      await happen();
      yield page;
    }
  };
  return { ...world.storage, list };
}

describe('while it goes on', () => {
  test('a picture comes into being: it is neither an orphan nor missing', async () => {
    world.pictures(3);
    let made: Keys | undefined;
    const storage = meanwhile(() => {
      made ??= world.picture();
    });
    expect(await world.sweep({ storage })).toMatchObject({ orphans: 0, newly_broken: 0 });
    expect(world.has(made?.image ?? '')).toBe(true);
    expect(world.broken()).toEqual([]);
  });

  test('a picture is stored whose row came first', async () => {
    world.pictures(3);
    const generation = world.generation('storing');
    const storage = meanwhile(() => world.plantBoth(generation));
    expect(await world.sweep({ storage })).toMatchObject({ orphans: 0, quarantined: 0 });
    expect(world.has(generation.image)).toBe(true);
  });

  test('what was an orphan comes to be named before it is moved', async () => {
    world.pictures(3);
    const keys = world.plantBoth(newKeys());
    const other = world.orphan();
    let reads = 0;
    // The sample is read after the comparison and before anything is moved.
    const get: Storage['get'] = (key) => {
      if (reads++ === 0) world.generation('storing', { keys });
      return world.storage.get(key);
    };
    expect(await world.sweep({ storage: { ...world.storage, get } })).toMatchObject({ orphans: 3, quarantined: 1 });
    expect(world.has(keys.image) && world.has(keys.thumbnail) && world.has(`quarantine/${other}`)).toBe(true);
  });

  test('a picture is deleted: it is not missing', async () => {
    const [picture] = world.pictures(3);
    const storage = meanwhile(async () => {
      world.sql('UPDATE image_files SET deleted_at = ? WHERE id = ?', hoursAgo(0), picture?.fileId);
      await world.storage.delete([picture?.image ?? '', picture?.thumbnail ?? '']);
    });
    expect(await world.sweep({ storage })).toMatchObject({ orphans: 0, newly_broken: 0, failures: 0 });
    expect(world.broken()).toEqual([]);
  });
});

test('the service does not serve what is in quarantine', async () => {
  await using service = await startService();
  const { image } = newKeys();
  for (const key of [image, `quarantine/${image}`]) plantAt(`${service.forum.folder}/images`, key);
  const client = await service.as(ELINA);
  expect((await client.get(`/image-files/${image}`)).status).toBe(200);
  for (const path of [`quarantine/${image}`, `games/../quarantine/${image}`, `quarantine%2F${image}`]) {
    expect((await client.get(`/image-files/${path}`)).status).toBe(404);
  }
});
