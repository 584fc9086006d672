// How the table of who may do what is read: the best of what somebody is counts, but a suspension takes away.
import { describe, expect, test } from 'vitest';
import { type Act, type Answer, decide, POLICY, type Who } from '../../src/forum/policy.ts';

const who = (changes: Partial<Who>): Who => ({ place: 'player', owns: false, suspended: false, ...changes });

describe('deciding', () => {
  test.each<[string, Act, Partial<Who>, Answer]>([
    ['another player may not', 'edit_character', {}, 'no'],
    ['an owner may', 'edit_character', { owns: true }, 'yes'],
    [
      'an owner who is also game master may do what either may',
      'cancel_generation',
      { place: 'gm', owns: true },
      'yes',
    ],
    ['a game master alone may not', 'cancel_generation', { place: 'gm' }, 'no'],
    ['an author who is also game master may', 'illustrate_archived', { place: 'gm', owns: true }, 'yes'],
    ['an author alone may not', 'illustrate_archived', { owns: true }, 'no'],
    ['an owner outside the game knows of nothing', 'edit_character', { place: 'outsider', owns: true }, 'hidden'],
    ['but follows what was paid for', 'see_generation', { place: 'outsider', owns: true }, 'yes'],
    ['a suspended owner reads', 'see_workshop', { owns: true, suspended: true }, 'yes'],
    ['and deletes', 'delete_picture', { owns: true, suspended: true }, 'yes'],
    ['but makes nothing', 'make_in_game', { suspended: true }, 'no'],
    ['a suspension opens nothing to another player', 'delete_picture', { suspended: true }, 'no'],
    ['nor hides less', 'see_character', { place: 'outsider', suspended: true }, 'hidden'],
    ['a suspended admin is none', 'administer', { place: 'admin', suspended: true }, 'hidden'],
  ])('%s: %s', (_, act, changes, answer) => {
    expect(decide(act, who(changes))).toBe(answer);
  });
});

const ACTS = Object.keys(POLICY) as Act[];

test('outside a game nothing of it is granted but the end of what one has asked for', () => {
  const granted = ACTS.filter((act) => decide(act, who({ place: 'outsider', owns: true })) === 'yes');
  expect(granted).toEqual(['see_generation', 'cancel_generation']);
  expect(ACTS.filter((act) => decide(act, who({ place: 'outsider' })) !== 'hidden')).toEqual([]);
});

test('an admin may do everything that is anybody’s to do', () => {
  expect(ACTS.filter((act) => decide(act, who({ place: 'admin' })) !== 'yes')).toEqual([]);
});

test('a suspended user is never granted what the same user is not when not suspended', () => {
  for (const act of ACTS) {
    for (const place of ['player', 'outsider'] as const) {
      for (const owns of [true, false]) {
        const free = decide(act, who({ place, owns }));
        if (free !== 'yes') expect(decide(act, who({ place, owns, suspended: true }))).not.toBe('yes');
      }
    }
  }
});
