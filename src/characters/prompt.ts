// Composes the prompt of a picture: who it shows first, then what happens, how it is drawn last. Pure: same parts, same prompt.
import type { Mode } from '../contract.ts';
import type { Style } from './styles.ts';

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
  characters: PromptCharacter[];
  scene: string;
  style: Style;
  negative_prompt: string;
}

export interface ComposedPrompt {
  prompt: string;
  negative_prompt: string;
}

/** Faults of the model itself, whatever is drawn. */
const ALWAYS_UNWANTED = 'blurry, deformed, extra limbs, bad anatomy, watermark, signature, text';

/** SDXL reads from the front and drops the tail beyond 75 tokens, so that what must not be lost stands first. */
export function composePrompt(parts: PromptParts): ComposedPrompt {
  return {
    prompt: join([...parts.characters.map(identity), shot(parts), parts.scene, ...manner(parts)]),
    negative_prompt: join([
      parts.negative_prompt,
      ...parts.characters.map((character) => character.negative_prompt),
      parts.style.negative_prompt,
      ALWAYS_UNWANTED,
    ]),
  };
}

/** A reference is shot for its purpose: the character alone, whole, in front of nothing. */
function shot({ kind, mode, characters }: PromptParts): string {
  if (kind === 'reference') return 'full body character portrait, solo, facing viewer, plain background';
  if (mode === 'character') return characters.length > 1 ? 'group portrait' : 'character portrait, solo';
  return mode === 'scene' ? 'establishing shot' : '';
}

function identity(character: PromptCharacter): string {
  const who = character.trigger ? `a photo of ${character.trigger}` : '';
  return join([who, character.base_description, character.look ? `wearing ${character.look}` : '']);
}

function manner({ characters, style }: PromptParts): string[] {
  return [...characters.map((character) => character.style_modifiers), style.prompt];
}

/** Joins by commas, each part once: a style that a description already names is not said twice. */
function join(parts: string[]): string {
  const pieces = parts.flatMap((part) => part.split(',')).map((piece) => piece.replace(/\s+/g, ' ').trim());
  const seen = new Set<string>();
  return pieces.filter((piece) => isNew(piece, seen)).join(', ');
}

function isNew(piece: string, seen: Set<string>): boolean {
  const key = piece.toLowerCase();
  if (key === '' || seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** What a person who cannot see the picture is told: the names, then what happens. */
export function altText(names: string[], scene: string): string {
  const who = names.join(', ');
  if (who && scene) return `${who}: ${scene}`;
  return who || scene;
}
