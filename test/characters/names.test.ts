// Who is named in a text: every case of Finnish names, measured, and what must not be taken for a name.
import { describe, expect, test } from 'vitest';
import { findNamed } from '../../src/characters/names.ts';
import { formsOf, NAMELESS, NAMES, OTHERS } from './inflected.ts';
import { ENGLISH_SCENES, FINNISH_SCENES } from './scenes.ts';

const CAST = NAMES.map(([name]) => ({ name }));
const named = (text: string, ...names: string[]) =>
  findNamed(
    text,
    names.map((name) => ({ name })),
  ).map(({ name }) => name);

const SCENES = [...ENGLISH_SCENES, ...FINNISH_SCENES]
  .filter((scene) => !CAST.some(({ name }) => scene.includes(name)))
  .map((scene) => scene.charAt(0).toUpperCase() + scene.slice(1));

describe('measured', () => {
  const forms = NAMES.flatMap((parts) => formsOf(parts).map((form) => [parts[0], form] as const));

  test(`at least 95 of 100 of ${forms.length} inflected forms are known by their name`, () => {
    expect(new Set(forms.map(([, form]) => form)).size).toBeGreaterThanOrEqual(300);
    const missed = forms.filter(([name, form]) => !named(`Silloin näin, että ${form} oli kyse.`, name).includes(name));
    expect(missed.length / forms.length, missed.join(' ')).toBeLessThanOrEqual(0.05);
  });

  test('so are those of names that the rules were not made with', () => {
    const asked = OTHERS.flatMap(([name, ...rest]) => rest.map((form) => [name, form] as const));
    expect(asked.length).toBeGreaterThanOrEqual(80);
    const missed = asked.filter(([name, form]) => !named(`Silloin näin, että ${form} tuli.`, name).includes(name));
    expect(missed.length / asked.length, missed.join(' ')).toBeLessThanOrEqual(0.05);
  });

  test('in a game with all of them hardly anyone else is suggested', () => {
    const others = forms.filter(([name, form]) => findNamed(`ja ${form}`, CAST).some((found) => found.name !== name));
    expect(others.length / forms.length, others.join(' ')).toBeLessThanOrEqual(0.01);
  });

  test.each([
    ['sentences made to mislead', NAMELESS, 500],
    ['scenes as players write them', SCENES, 250],
  ])('at most 1 of 100 %s names one who is not in it', (_, sentences, enough) => {
    expect(new Set(sentences).size).toBeGreaterThanOrEqual(enough);
    const wrong = sentences.filter((sentence) => findNamed(sentence, CAST).length > 0);
    expect(wrong.length / sentences.length, wrong.join('\n')).toBeLessThanOrEqual(0.01);
  });
});

test.each([
  ['lumi satoi, ja virtanen on vain sana', []],
  ['Elinan veli ja Lumin sisar', ['Elina', 'Lumi']],
  ['ELINA HUUSI', ['Elina']],
  ['«Elina!» sanoi hän', ['Elina']],
  ['Elina-neiti ja Lumi-täti', ['Elina', 'Lumi']],
  ["Geralt's sword, Geralt’n miekka, Geralt:lle", ['Geralt']],
  ['Elinani, Elinansakin', ['Elina']],
  ['Elinanko? Elinahan!', ['Elina']],
  ['Elinalainen Elinatar Lumikko', []],
  ['superElina XLumi Elina2', []],
  ['Eli\u0301na', []],
  ['Va\u0308ino\u0308lle', ['Väinö']],
  ['', []],
])('%j names %j', (text, expected) => {
  expect(named(text, 'Elina', 'Lumi', 'Virtanen', 'Geralt', 'Väinö')).toEqual(expected);
});

describe('a name of several words', () => {
  test.each([
    ['Harmaan viitta', true],
    ['Kalevin viitta', true],
    ['Sir Kalevi Harmaalle', true],
    ['Sir Risto tuli', false],
    ['harmaa viitta', false],
    ['kalevi', false],
  ])('%j: %j', (text, expected) => {
    expect(named(text, 'Sir Kalevi Harmaa').length > 0).toBe(expected);
  });

  test('one of nothing but a title is known by it', () => {
    expect(named('Kuninkaan linna', 'Kuningas')).toEqual(['Kuningas']);
    expect(named('The King rode', 'The King')).toEqual(['The King']);
  });

  test('of two with one surname the one is meant whose first name stands beside it', () => {
    const both = ['Elina Virtanen', 'Väinö Virtanen'];
    expect(named('Väinö Virtasen talo', ...both)).toEqual(['Väinö Virtanen']);
    expect(named('Virtasen talo', ...both)).toEqual(both);
    expect(named('Väinö Virtasen talo ja Elinan piha', ...both)).toEqual(both);
  });
});

test('a name itself is no form of a shorter one', () => {
  expect(named('näin että Elina tuli', 'Eli', 'Elina')).toEqual(['Elina']);
  expect(named('Maria ja Marikin', 'Mari', 'Maria')).toEqual(['Mari', 'Maria']);
});

test('what stands in a name means nothing to a regular expression', () => {
  for (const name of ['.*', '(', 'A+', '[x]', '\\', '$&', "O'Neill", '桜', '😀', ' ', '—']) {
    expect(named('Elina ja muut', name)).toEqual([]);
  }
  expect(named("O'Neillin laiva", "O'Neill")).toEqual(["O'Neill"]);
});

test('a long text and a large cast take no time', () => {
  const cast = Array.from({ length: 500 }, (_, at) => ({
    name: `${NAMES[at % NAMES.length]?.[0]} Aa${'b'.repeat(at % 60)}`,
  }));
  const started = performance.now();
  findNamed('Elinalleenkaankinkohan '.repeat(200).slice(0, 4000), cast);
  const letters = [...'abcdefghijklmnopqrstuvwxyzåäö'];
  const short = letters.flatMap((one) => letters.map((two) => `${one.toUpperCase()}${two}`));
  const crowd = Array.from({ length: 200 }, (_, at) => ({ name: short.slice(at, at + 33).join(' ') }));
  findNamed(short.concat(short).join(' '), crowd);
  expect(performance.now() - started).toBeLessThan(5000);
});
