// Properties of the composed prompt: who it is comes first, how it is drawn last, and nothing anybody wrote is garbled.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defuse } from '../../src/characters/defuse.ts';
import { altText, composePrompt, type PromptCharacter, type PromptParts } from '../../src/characters/prompt.ts';
import { STYLES } from '../../src/characters/styles.ts';
import { MODES } from '../../src/contract.ts';

const piece = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.constantFrom(
    '$&',
    '$1',
    "$'",
    '{}',
    '{scene}',
    '%s',
    'TOKEN',
    'sTOKe',
    'TOK',
    'pitkä valkoinen parta',
    '😀',
    '\\',
  ),
);
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(', '));
const character: fc.Arbitrary<PromptCharacter> = fc.record({
  base_description: text,
  style_modifiers: text,
  negative_prompt: text,
  look: fc.option(text),
  trigger: fc.option(fc.constantFrom('TOK', 'AINO_1')),
});
const parts: fc.Arbitrary<PromptParts> = fc.record({
  kind: fc.constantFrom('reference' as const, 'picture' as const),
  mode: fc.constantFrom(...MODES),
  upright: fc.boolean(),
  characters: fc.array(character, { maxLength: 4 }),
  scene: text,
  style: fc.constantFrom(...STYLES),
  negative_prompt: text,
});

const tidy = (part: string) => part.replace(/\s+/g, ' ').trim();
const pieces = (prompt: string) => prompt.split(',').map(tidy).filter(Boolean);
const folded = (prompt: string) => pieces(prompt).map((each) => each.toLowerCase());

test('no part is said twice and none is empty', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const { prompt, negative_prompt } = composePrompt(given);
      for (const composed of [prompt, negative_prompt]) {
        expect(new Set(folded(composed)).size).toBe(composed === '' ? 0 : composed.split(', ').length);
      }
    }),
  );
});

test('every piece that somebody wrote is in the prompt, letter by letter, where there is room for all', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const { prompt, left_out } = composePrompt(given);
      fc.pre(left_out.length === 0);
      const composed = folded(prompt);
      const written = [
        given.scene,
        ...given.characters.flatMap((each) => [each.base_description, each.style_modifiers]),
      ];
      const trigger = given.characters[0]?.trigger ?? null;
      for (const each of written
        .flatMap(folded)
        .map((clause) => defuse(clause, trigger?.toLowerCase() ?? null).toLowerCase())) {
        // The first piece of a look has "wearing" before it, the trigger "a photo of"; all others stand as they are.
        expect(composed).toContain(each);
      }
    }),
  );
});

test('who, then what, then how: identity before the scene, the scene before the style', () => {
  const said = (role: string) =>
    fc.array(
      fc.nat(99).map((number) => `${role}${number}`),
      { minLength: 1, maxLength: 5 },
    );
  fc.assert(
    fc.property(parts, said('who'), said('what'), said('how'), (given, who, what, how) => {
      const style = { ...given.style, prompt: how.join(', ') };
      const only = {
        base_description: who.join(', '),
        style_modifiers: '',
        negative_prompt: '',
        look: null,
        trigger: null,
      };
      const { prompt } = composePrompt({ ...given, characters: [only], scene: what.join(','), style });
      const inOrder = [...new Set([...who, ...what, ...how])];
      // Nothing stands before who it is, and nothing after how it is drawn; the kind of shot may stand in between.
      expect(pieces(prompt).filter((each) => inOrder.includes(each))).toEqual(inOrder);
      expect([pieces(prompt)[0], pieces(prompt).at(-1)]).toEqual([inOrder[0], inOrder.at(-1)]);
    }),
  );
});

describe('by example', () => {
  const style = STYLES.find(({ id }) => id === 'anime');
  if (!style) throw new Error('no anime');
  const aino = { base_description: 'red braid, green eyes', style_modifiers: '', negative_prompt: '', look: null };
  const compose = (changes: Partial<PromptParts>, who: Partial<PromptCharacter> = {}) =>
    composePrompt({
      kind: 'picture',
      mode: 'scene_with_character',
      upright: false,
      characters: [{ ...aino, trigger: null, ...who }],
      scene: 'on a pier',
      style,
      negative_prompt: '',
      ...changes,
    });

  test('identity, look, scene, style', () => {
    expect(compose({}, { look: 'a blue coat' }).prompt).toBe(
      'red braid, green eyes, wearing a blue coat, on a pier, anime style, clean line art, cel shading, vibrant colors',
    );
  });

  test.each(['$& wins', "$' and $`", '{} {0} {scene}', 'Tokyo sTOKed TOKEN', '%s %d', '<b>bold</b>'])(
    '%s stays as it was written',
    (scene) => {
      expect(compose({ scene }).prompt).toContain(`green eyes, ${scene}, anime style`);
    },
  );

  test('a trigger stands first, and once: in a word that has it, its case is changed, which the model does not see', () => {
    const { prompt } = compose({}, { trigger: 'TOK', base_description: 'stoker from TOKYO, TOKEN ring' });
    expect(prompt).toMatch(/^a photo of TOK, stoker from tokYO, tokEN ring, on a pier/);
  });

  test.each([
    ['photo', 'a photo of a photo', 'a PHOTO of photo, a PHOTO of a PHOTO'],
    ['aA', 'aAAaA', 'a photo of aA, aaaaa'],
    ['11', '111 arrows', 'a photo of 11, 1 1 1 arrows'],
  ])('the trigger %s is said once in %j', (trigger, base_description, expected) => {
    expect(compose({ scene: 'x' }, { trigger, base_description }).prompt).toContain(`${expected}, x, `);
  });

  test.each(['<|endoftext|>', '<|STARTOFTEXT|>', '<s0><s1>'])('%s is no command', (mark) => {
    const { prompt } = compose({ scene: `a ${mark} b` });
    expect(prompt).not.toContain(mark);
    expect(prompt).toContain(`a ${mark.replaceAll('<', '< ')} b`);
  });

  test('what the description says already is not said again, whatever its case', () => {
    expect(compose({ scene: 'Green Eyes, on a pier,, ' }).prompt).toMatch(/^red braid, green eyes, on a pier, anime/);
  });

  test('a reference is shot alone in front of nothing', () => {
    const shot = (upright: boolean) => compose({ kind: 'reference', mode: 'character', scene: '', upright });
    expect(shot(true).prompt).toMatch(
      /^red braid, green eyes, full body character portrait, solo, facing viewer, plain background, anime/,
    );
    expect(shot(false).prompt).toMatch(/^red braid, green eyes, upper body character portrait, solo, facing viewer/);
    expect(shot(true).negative_prompt).toContain('multiple people, busy background');
  });

  test('what is unwanted: the request first, then the character, the style and the faults of every model', () => {
    const { negative_prompt } = compose({ negative_prompt: 'rain' }, { negative_prompt: 'hat' });
    expect(negative_prompt).toMatch(/^rain, hat, photograph, realistic, 3d render, blurry/);
  });

  const LOOKS = 'red braid,\ngreen eyes';
  test.each([
    [['Aino'], 'on a pier', 'Aino: on a pier'],
    [['Aino'], '', 'Aino: red braid, green eyes'],
    [['Aino', 'Väinö'], '', 'Aino, Väinö'],
    [['Aino', 'Väinö'], 'jäisellä\n laiturilla', 'Aino, Väinö: jäisellä laiturilla'],
    [[], 'a harbour', 'a harbour'],
  ])('the alternative text of %j and %j', (names, scene, said) => expect(altText(names, scene, LOOKS)).toBe(said));

  test('a long alternative text ends at a word, and one without words ends as well', () => {
    const text = altText(['Aino'], 'a lantern, a boat, '.repeat(50));
    expect(text).toMatch(/^Aino: a lantern, a boat, .*(a lantern|a boat|a)…$/);
    expect(text.length).toBeLessThanOrEqual(251);
    expect(altText([], 'ä'.repeat(1000))).toBe(`${'ä'.repeat(250)}…`);
  });
});
