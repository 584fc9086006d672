// Composes the prompt of a picture: who it shows first, then what happens, how it is drawn last. Pure: same parts, same prompt.
//
// SDXL reads 75 tokens (about 55 words) and drops the rest in silence, so what does not fit is left out by this rule instead.
// Pieces are what commas, sentences and, between two features, "and" and "with" divide. They get their places in this order,
// each that still fits, and then stand where they stood:
//   1. the trigger of trained weights, and the beginning of the first character's description: who it is
//   2. the beginning of the scene: its subject (the kind of shot, where there is no scene)
//   3. the name of the style
//   4. the beginning of each other character's description
//   5. what makes the first character recognisable, as its owner ordered it: species, age and build, hair, eyes, marks, clothes
//      and colours, and its look, which comes before the clothes of the description
//   6. the same of the other characters
//   7. the kind of shot
//   8. the rest of the scene
//   9. the rest of the style, and the characters' own modifiers
//  10. what else the descriptions say
// The negative prompt: what the request says, then the characters, then the style, then the model's common faults.
import type { Mode } from '../contract.ts';
import { defuse } from './defuse.ts';
import { featuresOf, isClothing, isDistinguishing, sentencesOf } from './features.ts';
import { type Field, type Piece, piecesOf } from './pieces.ts';
import { shorten } from './shorten.ts';
import type { Style } from './styles.ts';
import { countTokens } from './tokens.ts';

export interface PromptCharacter {
  base_description: string;
  style_modifiers: string;
  negative_prompt: string;
  /** What the character wears in this picture; null for what the description says. */
  look: string | null;
  /** Word that the trained weights answer to; null without LoRA. */
  trigger: string | null;
}

export interface PromptParts {
  kind: 'reference' | 'picture';
  mode: Mode;
  /** Whether the picture is higher than it is wide. */
  upright: boolean;
  /** The first one leads. */
  characters: PromptCharacter[];
  scene: string;
  style: Style;
  negative_prompt: string;
}

export interface ComposedPrompt {
  prompt: string;
  negative_prompt: string;
  tokens: number;
  negative_tokens: number;
  /** What people wrote or chose that found no room, in their words. */
  left_out: string[];
  negative_left_out: string[];
}

const RANK = {
  who: 1,
  subject: 2,
  style: 3,
  others: 4,
  features: 5,
  features_of_others: 6,
  shot: 7,
  scene: 8,
  manner: 9,
  rest: 10,
} as const;

/** Tokens: together with a trigger, a style and three others the beginnings stay within the limit. */
const SUBJECT = 18;
const WHO_ELSE = 8;

/** Faults of the model itself, whatever is drawn. */
const ALWAYS_UNWANTED = 'blurry, deformed, extra limbs, bad anatomy, watermark, signature, text';
/** A reference shows one character and nothing else. */
const UNWANTED_BESIDE = 'multiple people, busy background';

export function composePrompt(parts: PromptParts): ComposedPrompt {
  const trigger = parts.characters[0]?.trigger ?? null;
  const prompt = shorten(promptPieces(parts, trigger), (text) => countPrompt(text, trigger));
  const negative = shorten(negativePieces(parts), countTokens);
  return {
    prompt: prompt.text,
    negative_prompt: negative.text,
    tokens: prompt.tokens,
    negative_tokens: negative.tokens,
    left_out: prompt.left_out,
    negative_left_out: negative.left_out,
  };
}

/** @param trigger of the weights, which stand for it with two tokens of their own; null without */
export function countPrompt(prompt: string, trigger: string | null): number {
  if (!trigger) return countTokens(prompt);
  const around = prompt.split(trigger);
  const each = Math.max(2, countTokens(trigger)); // weights that do not know it leave the word as it is
  return around.reduce((sum, text) => sum + countTokens(text), 0) + (around.length - 1) * each;
}

function promptPieces(parts: PromptParts, trigger: string | null): Piece[] {
  const { characters, style } = parts;
  const said = new Map<string, Piece[]>();
  const fields = [
    ...characters.flatMap((character, index) => identity(character, index === 0)),
    shot(parts),
    scene(parts.scene),
    ...characters.map(({ style_modifiers }) => manner(style_modifiers, RANK.manner)),
    manner(style.prompt, RANK.style),
  ];
  const pieces = fields.flatMap((field) => piecesOf({ ...field, text: defuse(field.text, trigger) }, said));
  return trigger ? [introduction(trigger), ...pieces] : pieces;
}

function introduction(trigger: string): Piece {
  return { text: `${defuse('a photo of', trigger)} ${trigger}`, glue: null, rank: RANK.who, after: null, told: false };
}

function identity({ base_description, look }: PromptCharacter, leads: boolean): Field[] {
  const known = leads ? RANK.features : RANK.features_of_others;
  const isUsual = (feature: string) => isDistinguishing(feature) && !(look && isClothing(feature));
  const description: Field = {
    text: base_description,
    divide: featuresOf,
    rank: (feature, isFirst) => {
      if (isFirst) return leads ? RANK.who : RANK.others;
      return isUsual(feature) ? known : RANK.rest;
    },
    beginning: leads ? undefined : WHO_ELSE,
    told: true,
  };
  return look
    ? [description, { text: `wearing ${look}`, divide: featuresOf, rank: () => known, told: true }]
    : [description];
}

/** A reference is shot for its purpose: the character alone, in front of nothing, whole where the picture has the height for it. */
function shot({ kind, mode, upright, characters, scene }: PromptParts): Field {
  const field = (text: string, rank: number): Field => ({ text, divide: sentencesOf, rank: () => rank, told: false });
  if (kind === 'reference') {
    const body = upright ? 'full body' : 'upper body';
    return field(`${body} character portrait, solo, facing viewer, plain background`, RANK.subject);
  }
  const rank = scene.trim() ? RANK.shot : RANK.subject;
  if (mode === 'character') return field(characters.length > 1 ? 'group portrait' : 'character portrait, solo', rank);
  return field(mode === 'scene' ? 'establishing shot' : '', rank);
}

function scene(text: string): Field {
  const rank = (_: string, isFirst: boolean) => (isFirst ? RANK.subject : RANK.scene);
  return { text, divide: sentencesOf, rank, beginning: SUBJECT, told: true };
}

function manner(text: string, first: number): Field {
  return { text, divide: sentencesOf, rank: (_, isFirst) => (isFirst ? first : RANK.manner), told: true };
}

function negativePieces({ kind, characters, style, negative_prompt }: PromptParts): Piece[] {
  const said = new Map<string, Piece[]>();
  const written = [negative_prompt, ...characters.map((character) => character.negative_prompt)];
  const ours = [kind === 'reference' ? UNWANTED_BESIDE : '', style.negative_prompt, ALWAYS_UNWANTED];
  const fields = (texts: string[], told: boolean): Field[] =>
    texts.map((text) => ({ text: defuse(text, null), divide: sentencesOf, rank: () => 0, told }));
  return [...fields(written, true), ...fields(ours, false)].flatMap((field) => piecesOf(field, said));
}

/** A screen reader reads it in one breath, and cannot go back in it. */
const LONGEST_ALT_TEXT = 250;

/**
 * What a person who cannot see the picture is told: the names, then what happens; of one who does nothing, how they look. In the
 * words that were written, so in their language; and not that it is a picture, which a screen reader says itself.
 * @param looks of the only one
 */
export function altText(names: string[], scene: string, looks = ''): string {
  const what = scene || (names.length === 1 ? looks : '');
  const text = [names.join(', '), what].filter(Boolean).join(': ').replace(/\s+/g, ' ').trim();
  if (text.length <= LONGEST_ALT_TEXT) return text;
  // The last word may be cut in two by the limit, and goes as well, unless it is all that there is.
  return `${text.slice(0, LONGEST_ALT_TEXT).replace(/[\s,.;:]+\S*$/, '')}…`;
}
