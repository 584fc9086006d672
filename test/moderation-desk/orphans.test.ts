// The comparison of storage and rows knows of takedowns: it neither misses what is in quarantine nor moves what is on its way there.
import { expect, test } from 'vitest';
import { OrphanWorld, type Picture } from '../generation/orphans-world.ts';

function takeDown(world: OrphanWorld, { fileId }: Picture, hideAt: number | null = null): void {
  world.insert('image_takedowns', {
    file_id: fileId,
    image_sha256: 'x',
    recipe_sha256: 'x',
    seed: 1,
    reason: 'x',
    at: new Date().toISOString(),
    was_accepted: 0,
    by_admin: 0,
    hide_at_ms: hideAt,
  });
}

test('what is down is neither missed, moved, brought back nor counted as broken', async () => {
  await using world = await OrphanWorld.open();
  const [hidden, waiting, broken] = [world.picture(), world.picture(), world.picture()];
  for (const { image, thumbnail } of [hidden, broken]) {
    for (const key of [image, thumbnail]) world.rename(key, `quarantine/${key}`);
  }
  world.sql("UPDATE image_files SET broken_at = created_at, broken_reason = 'missing' WHERE id = ?", broken.fileId);
  takeDown(world, hidden);
  takeDown(world, broken);
  takeDown(world, waiting, Date.now() + 60_000);
  const keys = world.keys();
  const report = await world.sweep();
  expect(report).toMatchObject({ orphans: 0, quarantined: 0, newly_broken: 0, broken: 0, mended: 0, error: null });
  expect(world.keys()).toEqual(keys);
});

test('restored, a picture that is not there is missed again', async () => {
  await using world = await OrphanWorld.open();
  const picture = world.picture();
  for (const key of [picture.image, picture.thumbnail]) world.rename(key, `quarantine/${key}`);
  expect(await world.sweep()).toMatchObject({ newly_broken: 1, broken: 1 });
});
