// Keys: every one that is made is recognised, and nothing that could be read as another path is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPictureKey, newPictureKeys } from '../../src/storage/keys.ts';

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const owner = fc.record({ gameId: id, characterId: fc.option(id) });
const madeKey = fc
  .record({ owner, thumbnail: fc.boolean() })
  .map(({ owner, thumbnail }) => newPictureKeys(owner)[thumbnail ? 'thumbnail' : 'image']);

const POISON = ['..', '../', '/../', '%2e', '%2E%2e', '%2f', '//', '\0', '\\', '\n', ' ', '?', '#', '.', 'é', '~', ':'];

describe('keys', () => {
  it('have the agreed shape', () => {
    const { image, thumbnail } = newPictureKeys({ gameId: 3, characterId: 44 });
    expect(image).toMatch(/^games\/3\/characters\/44\/[0-9a-f]{32}\.webp$/);
    expect(thumbnail).toBe(image.replace('.webp', '_thumb.webp'));
    expect(newPictureKeys({ gameId: 3, characterId: null }).image).toMatch(/^games\/3\/scenes\/[0-9a-f]{32}\.webp$/);
  });

  it('are all recognised', () => {
    fc.assert(fc.property(madeKey, (key) => isPictureKey(key)));
  });

  it('never repeat', () => {
    const keys = Array.from({ length: 1000 }, () => newPictureKeys({ gameId: 1, characterId: 1 }).image);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('are not recognised with anything put into them that could lead elsewhere', () => {
    const poisoned = fc
      .tuple(madeKey, fc.constantFrom(...POISON), fc.nat())
      .map(([key, poison, at]) => key.slice(0, at % (key.length + 1)) + poison + key.slice(at % (key.length + 1)));
    fc.assert(
      fc.property(poisoned, (key) => !isPictureKey(key)),
      { numRuns: 2000 },
    );
  });

  it('are not recognised when a part is missing, replaced or absolute', () => {
    const parts = fc.tuple(madeKey, fc.nat(), fc.constantFrom('', '.', '..', '0', '%2e%2e', 'C:', '/etc'));
    const replaced = parts.map(([key, at, other]) => {
      const names = key.split('/');
      names[at % names.length] = other;
      return names.join('/');
    });
    fc.assert(fc.property(replaced, (key) => !isPictureKey(key)));
    fc.assert(fc.property(madeKey, (key) => !isPictureKey(`/${key}`) && !isPictureKey(`${key}/`)));
  });

  it.each([
    'games/1/scenes/.webp',
    'games/01/scenes/a.webp',
    'games/-1/scenes/a.webp',
    'games/1e3/scenes/a.webp',
    'games/1/scenes/a.webp\n',
    'games/1/scenes/a.WEBP',
    'games/1/scenes/a.html',
    'games/1/characters/a.webp',
    'staging/a.webp',
    'constructor',
    `games/1/scenes/${'a'.repeat(65)}.webp`,
  ])('does not recognise %j', (key) => {
    expect(isPictureKey(key)).toBe(false);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('are not made for the id %d', (bad) => {
    expect(() => newPictureKeys({ gameId: bad, characterId: null })).toThrow(RangeError);
    expect(() => newPictureKeys({ gameId: 1, characterId: bad })).toThrow(RangeError);
  });
});
