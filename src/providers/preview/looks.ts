// Who the preview's figure is: everything follows from the seed, except what the prompt names outright.
import { darker } from './pen.ts';
import { chanceOf } from './random.ts';
import type { HairCut, Mood, Reading } from './words.ts';

export type Hair = HairCut | 'short' | 'bob' | 'long';
export type Fringe = 'sweep' | 'bangs' | 'parted' | 'tousled';
export type Outfit = 'tunic' | 'cloak' | 'armour' | 'robe' | 'coat';
export type Emblem = 'star' | 'moon' | 'leaf' | 'sun' | 'flame' | 'drop' | 'diamond' | 'tree';
export type Trinket =
  | 'none'
  | 'circlet'
  | 'earrings'
  | 'scar'
  | 'freckles'
  | 'eyepatch'
  | 'headband'
  | 'feather'
  | 'facepaint';

export interface Looks {
  skin: string;
  hair: Hair;
  fringe: Fringe;
  hairColour: string;
  eyeColour: string;
  outfit: Outfit;
  /** Main cloth, second cloth, and metal or thread. */
  cloth: string;
  lining: string;
  trim: string;
  emblem: Emblem;
  trinket: Trinket;
  beard: boolean;
  glasses: boolean;
  pointedEars: boolean;
  mood: Mood | 'calm';
  /** −1 narrow … 1 broad. */
  build: number;
  /** −1 pointed … 1 square. */
  jaw: number;
}

type Cloth = readonly [cloth: string, lining: string, trim: string];

const SKINS = ['#f6d7bf', '#eec4a2', '#e0ac82', '#c98f63', '#a86f48', '#84543a', '#633f2e'] as const;
const HAIR_COLOURS = [
  '#23202b',
  '#4a3226',
  '#7a4a2c',
  '#a8642f',
  '#c8622a',
  '#b8352b',
  '#e3bd63',
  '#ece8e1',
  '#a9adb8',
  '#3465a8',
  '#74489c',
  '#3f8a78',
] as const;
const EYE_COLOURS = ['#5a3a22', '#7a5a2a', '#3f7d4a', '#3465a8', '#5f7385', '#74489c', '#b07a20'] as const;
const CLOTHES: readonly [Cloth, ...Cloth[]] = [
  ['#8f2f3a', '#e6cfa4', '#e3b04b'],
  ['#2f5d50', '#d8c7a0', '#c98a3c'],
  ['#2f4a86', '#d5dbe8', '#e3b04b'],
  ['#5b3a77', '#e7d2e6', '#c9c4dd'],
  ['#7a5230', '#e8d9b8', '#8fae5d'],
  ['#3a3f4f', '#c3484e', '#d9dce3'],
  ['#c47a2c', '#4b3b53', '#f4e3b5'],
  ['#1f6f86', '#f0e2c4', '#e8875a'],
  ['#e4ddd0', '#3d6ea5', '#d4a94a'],
  ['#65773a', '#3b3528', '#e0c068'],
];

export function looksOf(seed: number, said: Reading): Looks {
  const chance = chanceOf(`figure ${seed}`);
  // Every feature is drawn in a fixed order before the prompt is heard, so that a named one does not shift the others.
  const skin = chance.pick(SKINS);
  const hair = chance.pick<Hair>([
    'short',
    'short',
    'bob',
    'long',
    'long',
    'ponytail',
    'braids',
    'bun',
    'curly',
    'mohawk',
  ]);
  const fringe = chance.pick<Fringe>(['sweep', 'bangs', 'parted', 'tousled']);
  const hairColour = chance.pick(HAIR_COLOURS);
  const eyeColour = chance.pick(EYE_COLOURS);
  const [cloth, lining, trim] = chance.pick(CLOTHES);
  const outfit = chance.pick<Outfit>(['tunic', 'cloak', 'armour', 'robe', 'coat']);
  const emblem = chance.pick<Emblem>(['star', 'moon', 'leaf', 'sun', 'flame', 'drop', 'diamond', 'tree']);
  const trinket = chance.pick<Trinket>([
    'none',
    'circlet',
    'earrings',
    'scar',
    'freckles',
    'eyepatch',
    'headband',
    'feather',
    'facepaint',
  ]);
  const [beard, build, jaw] = [chance.next(), chance.between(-1, 1), chance.between(-1, 1)];
  const [glasses, ears, smiles] = [chance.next() < 0.1, chance.next() < 0.2, chance.next() < 0.5];
  return {
    skin,
    hair: said.hairCut ?? hair,
    fringe,
    hairColour: said.hair ?? hairColour,
    eyeColour: said.eyes ?? eyeColour,
    outfit,
    cloth: said.clothes ?? cloth,
    lining: said.clothes === lining ? darker(lining) : lining,
    trim,
    emblem,
    trinket,
    beard: said.beard || (beard < 0.4 && build > 0.1 && (hair === 'short' || hair === 'mohawk')),
    glasses: said.glasses || glasses,
    pointedEars: said.pointedEars || ears,
    mood: said.mood ?? (smiles ? 'happy' : 'calm'),
    build,
    jaw,
  };
}
