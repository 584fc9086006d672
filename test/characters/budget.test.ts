// What is kept when a prompt is longer than the model reads: the character and the subject of the scene, in whole words.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composePrompt, countPrompt, type PromptCharacter, type PromptParts } from '../../src/characters/prompt.ts';
import { STYLES } from '../../src/characters/styles.ts';
import { ASPECT_RATIOS, MODES } from '../../src/contract.ts';
import type { CharacterRow } from '../../src/database/characters.ts';
import { composeRecipe, type Ingredients } from '../../src/generation/compose.ts';
import { clipCounts } from './clip.ts';
import { ENGLISH_SCENES } from './scenes.ts';

/** Who it is · what makes it recognisable · what else its owner says. */
const CHARACTERS: [string, string[], string[]][] = [
  [
    'young woman',
    ['long red braid', 'green eyes', 'dark green cloak', 'scar on left cheek'],
    ['brave', 'loves the sea'],
  ],
  ['tall old wizard', ['white beard', 'grey robe', 'pointed hat', 'wrinkled face'], ['never in a hurry', 'wise']],
  ['stocky dwarf', ['black braided beard', 'bald', 'tattooed arms', 'bronze breastplate'], ['stubborn', 'hates boats']],
  [
    'half-elf ranger',
    ['silver hair', 'violet eyes', 'pointed ears', 'brown leather armor'],
    ['silent', 'good with wolves'],
  ],
  ['nuori nainen', ['pitkä punainen letti', 'vihreät silmät', 'tummanvihreä huppuviitta', 'arpi poskessa'], ['rohkea']],
  ['vanha velho', ['valkoinen parta', 'harmaa kaapu', 'siniset silmät'], ['ei koskaan kiirehdi', 'viisas']],
  [
    'partasuinen seppä',
    ['kalju', 'tatuoidut kädet', 'nahkaesiliina', 'leveät hartiat'],
    ['itsepäinen', 'pelkää vettä'],
  ],
  ['huge orc chieftain', ['green skin', 'broken tusk', 'one-eyed', 'wolf fur coat'], ['shouts a lot', 'feared by all']],
  [
    'tiefling bard',
    ['curved horns', 'purple skin', 'golden eyes', 'red velvet doublet'],
    ['vain', 'owes everybody money'],
  ],
  ['girl of twelve', ['freckles', 'blonde pigtails', 'patched blue dress', 'barefoot'], ['curious', 'lost her mother']],
];

const long = ENGLISH_SCENES.filter((scene) => scene.split(' ').length > 6 && !scene.includes(','));
const SCENES = long.slice(0, 20).map((subject, at) => ({
  subject,
  scene: [subject, ...Array.from({ length: 6 }, (_, next) => long[(at + next + 1) % long.length])].join(', '),
}));

const style = STYLES.find(({ id }) => id === 'fantasy-art') as (typeof STYLES)[number];

const row = (id: number, description: string, changes: Partial<CharacterRow> = {}) =>
  ({
    id,
    name: `Name ${id}`,
    base_description: description,
    style_modifiers: '',
    negative_prompt: 'hat, gloves',
    style: null,
    reference_seed: 7,
    reference_image_id: null,
    lora_weights: null,
    ...changes,
  }) as CharacterRow;

const LORA = { lora_weights: 'https://replicate.delivery/x/trained_model.tar', lora_scale: null, lora_trigger: null };

describe.each(CHARACTERS.map((character, at) => [character[0], character, at] as const))('%s', (who, character, at) => {
  const [, features, rest] = character;
  // What does not make anybody recognisable stands in between, so that the order alone does not save the features.
  const description = [who, ...rest, ...features].join(', ');
  const [otherWho, otherFeatures] = CHARACTERS[(at + 1) % CHARACTERS.length] as (typeof CHARACTERS)[number];
  const other = row(2, [otherWho, ...otherFeatures].join(', '));

  test.each([
    ['alone', [row(1, description)]],
    ['with trained weights', [row(1, description, LORA)]],
    ['with another', [row(1, description), other]],
  ])('%s: fits, and is recognisable, in every scene and shape', (_, characters) => {
    for (const { subject, scene } of SCENES) {
      for (const aspect_ratio of ASPECT_RATIOS) {
        const input = { mode: 'scene_with_character' as const, scene, aspect_ratio };
        const ingredients: Ingredients = { kind: 'picture', input, scene, characters, look: null, model: 'm' };
        const recipe = composeRecipe(ingredients);
        const pieces = recipe.prompt.split(', ');
        expect(countPrompt(recipe.prompt, recipe.lora?.trigger ?? null)).toBeLessThanOrEqual(75);
        expect(pieces).toEqual(expect.arrayContaining([who, ...features, subject, 'fantasy art']));
        expect(pieces.indexOf(who)).toBe(recipe.lora ? 1 : 0);
        const order = [who, ...features, subject, 'fantasy art'].map((piece) => pieces.indexOf(piece));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        if (characters.length > 1) expect(pieces).toContain(otherWho);
        const shortened = recipe.warnings.find(({ code }) => code === 'prompt_shortened');
        const said = [description, ...(characters.length > 1 ? [other.base_description] : []), scene, style.prompt];
        const missing = said.flatMap((text) => text.split(', ')).filter((piece) => !pieces.includes(piece));
        expect(new Set(shortened?.left_out)).toEqual(new Set(missing));
        expect(JSON.stringify(composeRecipe(structuredClone(ingredients)))).toBe(JSON.stringify(recipe));
        if (aspect_ratio === '1:1') expect(Math.max(...clipCounts(recipe.prompt))).toBeLessThanOrEqual(75);
      }
    }
  });
});

const nobody: PromptCharacter = {
  base_description: '',
  style_modifiers: '',
  negative_prompt: '',
  look: null,
  trigger: null,
};
const compose = (characters: Partial<PromptCharacter>[], changes: Partial<PromptParts> = {}) =>
  composePrompt({
    kind: 'picture',
    mode: 'scene_with_character',
    upright: false,
    characters: characters.map((character) => ({ ...nobody, ...character })),
    scene: 'on a pier',
    style,
    negative_prompt: '',
    ...changes,
  });
const many = (what: string, count: number) => Array.from({ length: count }, (_, at) => `${what} ${at}`).join(', ');

describe('by example', () => {
  test('a description in sentences is taken apart into its features', () => {
    const base_description =
      'A young woman from the far north with a long red braid and green eyes. She has travelled for many years and ' +
      'knows every tavern between the mountains and the sea. She wears a dark green cloak.';
    const { prompt, left_out } = compose([{ base_description }], { scene: `on a pier, ${many('wave', 20)}` });
    expect(prompt).toMatch(
      /^A young woman from the far north with a long red braid and green eyes, She wears a dark green cloak\., on a pier, wave 0/,
    );
    expect(left_out[0]).toMatch(/^She has travelled for many years/);
  });

  test('a long subject keeps its beginning, and more of it where there is room', () => {
    const scene =
      'the ship sails slowly along the coast while gulls circle above the mast and the crew sings a long and sad song of home';
    expect(compose([{ base_description: 'red braid' }], { scene }).prompt).toContain(scene);
    const tight = compose([{ base_description: many('red scarf', 30) }], { scene });
    expect(tight.prompt).toMatch(
      /the ship sails slowly along the coast while gulls circle above the mast and the crew( \w+)*, fantasy art/,
    );
    expect(tight.prompt).not.toContain('song of home');
    expect(tight.left_out.join(' ')).toContain('song of home');
  });

  test('the clothes of a look come before the clothes of the description', () => {
    const base_description = `old man, grey robe, blue eyes, ${many('white beard', 12)}`;
    const { prompt, left_out } = compose([{ base_description, look: 'black fur coat' }], { scene: many('wave', 9) });
    expect(prompt).toContain('wearing black fur coat');
    expect(prompt).toContain('blue eyes');
    expect(left_out).toContain('grey robe');
  });

  test('four characters with trained weights and long descriptions are all there', () => {
    const long = (kind: string) => `${kind} who has seen the whole world and more, ${many('black hair', 30)}`;
    const cast = ['knight', 'bard', 'druid', 'pirate'].map((kind) => ({ base_description: long(`tall ${kind}`) }));
    const { prompt, tokens } = compose([{ ...cast[0], trigger: 'TOK' }, ...cast.slice(1)], { scene: long('a storm') });
    for (const each of ['TOK', 'tall knight', 'tall bard', 'tall druid', 'tall pirate', 'a storm', 'fantasy art']) {
      expect(prompt).toContain(each);
    }
    expect(tokens).toBeLessThanOrEqual(75);
  });

  test('what the scene begins with is kept also where a description has said it among lesser things', () => {
    const others = { base_description: `old man, ${many('red scarf', 20)}, on a pier at night` };
    const { prompt } = compose([{ base_description: `elf, ${many('blue eyes', 12)}` }, others], {
      scene: `on a pier at night, ${many('wave', 20)}`,
    });
    expect(prompt.match(/on a pier at night/g)).toHaveLength(1);
  });

  test('a description does not begin with mere signs', () => {
    const base_description = `***, kind-hearted soul, ${many('blue eyes', 30)}`;
    expect(compose([{ base_description }]).prompt).toContain('kind-hearted soul');
  });

  test('a word without end is left out alone', () => {
    const word = 'x'.repeat(1000);
    const { prompt, left_out } = compose([{ base_description: `${word} red braid` }], { scene: `${word}, on a pier` });
    expect(prompt).toMatch(/^red braid, on a pier, fantasy art/);
    expect(left_out).toEqual([word, word]);
  });

  test('of what is not wanted, the wish of the request comes first, and our own is left out in silence', () => {
    const { negative_prompt, negative_tokens, negative_left_out } = compose([{ negative_prompt: 'hat' }], {
      negative_prompt: many('rain', 40),
    });
    expect(negative_prompt).toMatch(/^rain 0, rain 1, /);
    expect(negative_tokens).toBeLessThanOrEqual(75);
    expect(negative_left_out.length).toBeGreaterThan(5);
    expect(negative_left_out.every((each) => /^(rain \d+|hat)$/.test(each))).toBe(true);
  });
});

const wild = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(
        'TOK',
        'TOKYO',
        'sTOKe',
        '$&',
        "$'",
        '{scene}',
        '(word:1.3)',
        '[x]',
        'BREAK',
        '!!!',
        '😀'.repeat(20),
      ),
      fc.constantFrom(
        'x'.repeat(1000),
        'שלום עולם',
        'مرحبا',
        'a. b; c',
        '一条龙。城堡',
        '<|endoftext|>',
        '<s0>',
        '\u202e',
      ),
      fc.constantFrom('red hair and blue eyes', 'with a black cloak', 'punainen tukka ja vihreät silmät'),
    ),
    { maxLength: 40 },
  )
  .chain((pieces) => fc.constantFrom(', ', ' ', '. ', '\n').map((glue) => pieces.join(glue).slice(0, 1000)));

const character: fc.Arbitrary<PromptCharacter> = fc.record({
  base_description: wild,
  style_modifiers: wild,
  negative_prompt: wild,
  look: fc.option(wild),
  trigger: fc.option(fc.constantFrom('TOK', 'tok', '12', 'x-X_x')),
});
const parts: fc.Arbitrary<PromptParts> = fc.record({
  kind: fc.constantFrom('reference' as const, 'picture' as const),
  mode: fc.constantFrom(...MODES),
  upright: fc.boolean(),
  characters: fc.array(character, { maxLength: 4 }),
  scene: wild,
  style: fc.constantFrom(...STYLES),
  negative_prompt: wild,
});

/** Between features that are parted these go without a word. */
const CONNECTIVES = ['and', 'with', 'wearing', 'ja', 'sekä'];
/** Words without the signs around them, as the model reads them. */
const words = (text: string) =>
  text
    .toLowerCase()
    .split(/[\s,。；，、]+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter(Boolean);

test('whatever is written: never longer than is read, no word cut, nothing obeyed, nothing lost in silence', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const composed = composePrompt(given);
      const trigger = given.characters[0]?.trigger ?? null;
      const { prompt, negative_prompt, left_out, negative_left_out } = composed;
      expect(composePrompt(structuredClone(given))).toEqual(composed);
      expect(Math.max(...clipCounts(negative_prompt))).toBeLessThanOrEqual(75);
      const sent = trigger ? prompt.split(trigger) : [prompt];
      expect(sent.length).toBe(trigger ? 2 : 1);
      const counts = sent.map((text) => Math.max(...clipCounts(text)));
      expect(counts.reduce((sum, count) => sum + count, trigger ? 2 : 0)).toBeLessThanOrEqual(75);
      expect(`${prompt} ${negative_prompt}`).not.toMatch(/<\|endoftext\|>|<s\d>/);

      const people = given.characters.flatMap((each) => [each.base_description, each.look ?? '', each.style_modifiers]);
      const written = words([...people, given.scene].join('\n'));
      const told = new Set([...CONNECTIVES, ...words(prompt), ...words(left_out.join('\n'))]);
      if (trigger === null || trigger === 'TOK') expect(written.filter((word) => !told.has(word))).toEqual([]);
      const ours = words(`a photo of ${trigger} wearing full upper body group character portrait solo facing viewer
        plain background establishing shot ${given.style.prompt}`);
      const known = new Set([...written, ...ours]);
      if (trigger !== '12') expect(words(prompt).filter((word) => !known.has(word))).toEqual([]);
      for (const text of [given.characters[0]?.base_description ?? '', given.scene]) {
        const hasWord = text.split(/[\s,]+/).some((word) => /^[a-z]{2,12}$/.test(word));
        if (hasWord) expect(words(prompt)).toEqual(expect.arrayContaining([expect.toBeOneOf(words(text))]));
      }
      const unwanted = words(
        [given.negative_prompt, ...given.characters.map((each) => each.negative_prompt)].join('\n'),
      );
      const toldUnwanted = new Set([...words(negative_prompt), ...words(negative_left_out.join('\n'))]);
      expect(unwanted.filter((word) => !toldUnwanted.has(word))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
